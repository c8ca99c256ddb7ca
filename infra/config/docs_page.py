"""Write the tables of docs/configuration.md from Pulumi.yaml and the typed settings; the text around them stays.

    python -m infra.config.docs_page           # write them
    python -m infra.config.docs_page --check   # fail if they are outdated

Groups, defaults and descriptions come from Pulumi.yaml; what is allowed comes from the types and the cross checks.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

import yaml

from infra.config.cross_checks import CROSS_CHECKS
from infra.config.model import StackConfig
from infra.config.reading import keys

ROOT = Path(__file__).parents[2]
PAGE = Path("docs/configuration.md")
DECLARATIONS = Path("Pulumi.yaml")
COMMAND = "python -m infra.config.docs_page"

_BEGIN, _END = "<!-- generated: keys; `make format` writes it -->", "<!-- end of generated -->"
_BETWEEN = re.compile(f"(?<={re.escape(_BEGIN)}\n).*?(?={re.escape(_END)})", re.DOTALL)
_HEADER = "| key | default | allowed | description |\n|---|---|---|---|"
#: In Pulumi.yaml at the indentation of the keys: a comment starts a group, a name with a colon is a key.
_GROUP_OR_KEY = re.compile(r"^  (?:# (?P<group>.+)|(?P<key>\w+):)$", re.MULTILINE)


class PageError(Exception):
    """The tables cannot be written from the page and the declarations."""


def tables(declarations: str) -> str:
    """Return the generated part of the page. Raises `PageError` if Pulumi.yaml and the settings have different keys."""
    entries: Mapping[str, Mapping[str, Any]] = yaml.safe_load(declarations)["config"]
    allowed = allowed_values()
    if odd := sorted(entries.keys() ^ allowed.keys()):
        raise PageError(f"{DECLARATIONS} and the settings do not have the same keys: {', '.join(odd)}")
    lines: list[str] = []
    for match in _GROUP_OR_KEY.finditer(declarations.partition("\nconfig:\n")[2]):
        if match["group"]:
            lines += ["", f"## {match['group']}", "", _HEADER]
        elif not lines:
            raise PageError(f"{DECLARATIONS}: {match['key']} is above the first group; start the group with a comment")
        else:
            lines.append(_row(match["key"], entries[match["key"]], allowed[match["key"]]))
    return "\n".join([*lines, "", ""])


def allowed_values() -> dict[str, str]:
    """Return what is allowed for each key of Pulumi.yaml."""
    properties = StackConfig.model_json_schema()["properties"]
    words = {}
    for field, key in keys(StackConfig).items():
        if key.startswith("vcp:"):
            checks = [check.allowed for check in CROSS_CHECKS if check.field == field]
            words[key.removeprefix("vcp:")] = "; ".join([_words(properties[key]), *checks])
    return words


def _words(schema: Mapping[str, Any]) -> str:
    """Describe a JSON schema."""
    encrypted = ["encrypted"] if schema.get("writeOnly") else []
    if "description" in schema:
        return "; ".join([schema["description"], *encrypted])
    if "enum" in schema:
        return f"one of {', '.join(schema['enum'])}"
    if schema["type"] == "boolean":
        return "true or false"
    if schema["type"] == "integer":
        lowest = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        return f"a whole number from {lowest:,} to {schema['maximum']:,}"
    length = f" with {schema['minLength']} to {schema['maxLength']} characters" if "minLength" in schema else ""
    return "; ".join([f"text{length}", *encrypted])


def _row(key: str, entry: Mapping[str, Any], allowed: str) -> str:
    cells = (f"`{key}`", _default(entry), allowed, entry["description"])
    return "| " + " | ".join(cell.replace("|", r"\|").replace("<", r"\<") for cell in cells) + " |"


def _default(entry: Mapping[str, Any]) -> str:
    value = entry.get("default")
    if value is None:
        return "required"
    return "empty" if value in ("", []) else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write or check the page; return 1 if it is outdated or cannot be written."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is outdated")
    check = parser.parse_args(arguments).check
    page = (root / PAGE).read_text("utf-8")
    try:
        if len(_BETWEEN.findall(page)) != 1:
            raise PageError(f"{PAGE} must have one line {_BEGIN} and, below, one line {_END}")
        generated = tables((root / DECLARATIONS).read_text("utf-8"))
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    fresh = _BETWEEN.sub(lambda _: generated, page)
    if check and fresh != page:
        diff = unified_diff(page.splitlines(), fresh.splitlines(), str(PAGE), "generated", n=0, lineterm="")
        print(f"{PAGE} is outdated; `make format` (or `{COMMAND}`) writes it:", *diff, sep="\n", file=sys.stderr)
        return 1
    if not check:
        (root / PAGE).write_text(fresh, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
