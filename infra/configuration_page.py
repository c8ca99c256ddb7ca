"""Writes the tables of docs/configuration.md from Pulumi.yaml and the typed settings; the prose around them stays.

    python -m infra.configuration_page           # write them
    python -m infra.configuration_page --check   # say whether they are as they would be written

Group, default and meaning of a key come from Pulumi.yaml, what is allowed from its types and agreements.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr

from infra.agreements import AGREEMENTS
from infra.settings import Settings, key_of, kinds_of_setting
from vcp.domain.text.constraints import allowed_words

ROOT = Path(__file__).parents[1]
PAGE = Path("docs/configuration.md")
DECLARATIONS = Path("Pulumi.yaml")
COMMAND = "python -m infra.configuration_page"

_BEGIN, _END = "<!-- generated: keys; `make format` writes it -->", "<!-- end of generated -->"
_BETWEEN = re.compile(f"(?<={re.escape(_BEGIN)}\n).*?(?={re.escape(_END)})", re.DOTALL)
_HEADER = "| key | default | allowed | what it is |\n|---|---|---|---|"
#: In Pulumi.yaml, at the keys' own indentation: a comment begins a group, a name followed by a colon is a key.
_GROUP = re.compile(r"^  # (.+)$")
_KEY = re.compile(r"^  (\w+):$")


class PageError(Exception):
    """Page and declarations are not what the tables can be written from; says what to mend."""


def groups(declarations: str) -> dict[str, list[str]]:
    """Heading -> keys, in the order of Pulumi.yaml."""
    _, found, block = declarations.partition("\nconfig:\n")
    grouped: dict[str, list[str]] = {}
    for line in block.splitlines() if found else ():
        if heading := _GROUP.match(line):
            grouped[heading[1]] = []
        elif key := _KEY.match(line):
            if not grouped:
                raise PageError(f"{DECLARATIONS}: {key[1]} stands above the first group; begin it with a comment")
            grouped[list(grouped)[-1]].append(key[1])
    return grouped


def allowed_for(name: str) -> str:
    """What a setting may be: its type's words, then what it must be in the light of others."""
    words = [allowed_words(kinds_of_setting(name))]
    words += [agreement.words for agreement in AGREEMENTS if agreement.key == key_of(name)]
    if Settings.model_fields[name].annotation is SecretStr:
        words.append("encrypted")
    return "; ".join(words)


def tables(declarations: str) -> str:
    """The generated part of the page. Raises `PageError` when Pulumi.yaml and the settings have other keys."""
    entries: Mapping[str, Mapping[str, Any]] = yaml.safe_load(declarations)["config"]
    grouped = groups(declarations)
    names = {key_of(name): name for name in Settings.model_fields}
    listed = [key for keys in grouped.values() for key in keys]
    if odd := sorted({*listed, *entries} ^ names.keys()):
        raise PageError(f"{DECLARATIONS} and infra/settings.py do not have the same keys: {', '.join(odd)}")
    parts = []
    for heading, keys in grouped.items():
        rows = [_row(key, entries[key], allowed_for(names[key])) for key in keys]
        parts.append("\n".join([f"## {heading}", "", _HEADER, *rows]))
    return "\n" + "\n\n".join(parts) + "\n\n"


def _row(key: str, entry: Mapping[str, Any], allowed: str) -> str:
    cells = (f"`{key}`", _default(entry), allowed, entry["description"])
    return "| " + " | ".join(cell.replace("|", r"\|").replace("<", r"\<") for cell in cells) + " |"


def _default(entry: Mapping[str, Any]) -> str:
    if "default" not in entry:
        return "must be set"
    match entry["default"]:
        case "" | []:
            return "empty"
        case bool(value):
            return f"`{str(value).lower()}`"
        case value:
            return f"`{value}`"


def written(page: str, declarations: str) -> str:
    """The page with its tables written anew. Raises `PageError` when it has no place for them."""
    if len(_BETWEEN.findall(page)) != 1:
        raise PageError(f"{PAGE} must have one line {_BEGIN} and, below, one line {_END}")
    return _BETWEEN.sub(lambda _: tables(declarations), page)


def stale_lines(page: str, fresh: str) -> Iterator[str]:
    """Lines that would be written otherwise, as they stand now or as they should be."""
    now, then = page.splitlines(), fresh.splitlines()
    yield from (f"- {line}" for line in now if line not in then)
    yield from (f"+ {line}" for line in then if line not in now)


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write or check the page; 1 when it is stale or cannot be written."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; say what is stale")
    check = parser.parse_args(arguments).check
    page = (root / PAGE).read_text("utf-8")
    try:
        fresh = written(page, (root / DECLARATIONS).read_text("utf-8"))
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    if check and fresh != page:
        told = [f"{PAGE} is stale; `make format` (or `{COMMAND}`) writes it anew:", *stale_lines(page, fresh)]
        print("\n".join(told), file=sys.stderr)
        return 1
    if not check:
        (root / PAGE).write_text(fresh, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
