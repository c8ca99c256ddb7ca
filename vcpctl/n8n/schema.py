"""Publish the JSON Schema of the intake's answer.

python -m vcpctl.n8n.schema           # write it
python -m vcpctl.n8n.schema --check   # fail if the published file is stale
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec.structs import fields

from vcp.domain.text.constraints import plain
from vcp.wire.messages import ANSWER_SCHEMA, IntakeAnswer

ROOT = Path(__file__).parents[2]
PAGE = Path(f"docs/schemas/intake-answer.v{ANSWER_SCHEMA}.json")
COMMAND = "python -m vcpctl.n8n.schema"


def answer_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the answer of video-file-processor."""
    schema = msgspec.json.schema(IntakeAnswer)["$defs"][IntakeAnswer.__name__]
    found = schema["properties"]
    properties = {field.encode_name: _property(found[field.encode_name], field.type) for field in fields(IntakeAnswer)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:vcp:intake-answer:{ANSWER_SCHEMA}",
        "title": f"Answer of video-file-processor, version {ANSWER_SCHEMA}",
        # The docstring's first line is for readers of the answer, the rest for those of the code.
        "description": schema["description"].partition("\n")[0],
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _property(found: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    """Return msgspec's schema of a field, with its choices inline and in our order (msgspec sorts them)."""
    of = plain(kind)
    choices = list(get_args(of) if get_origin(of) is Literal else of if issubclass(of, Enum) else ())
    if not choices:
        return dict(found)
    types = {"type": "integer" if isinstance(choices[0], int) else "string"}
    only = {"const": choices[0]} if len(choices) == 1 else {"enum": choices}
    return {"description": found["description"], **types, **only}


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write or check the published schema; return 1 if it is stale."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it is stale")
    fresh = json.dumps(answer_schema(), indent=2) + "\n"
    page = root / PAGE
    if not parser.parse_args(arguments).check:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(fresh, "utf-8")
    elif not page.exists() or page.read_text("utf-8") != fresh:
        print(
            f"{PAGE} is stale. If only descriptions changed, run `make format` (or `{COMMAND}`). If the shape changed, "
            "workflows in use would break: raise ANSWER_SCHEMA in vcp/wire/messages.py and publish the new "
            "version next to the old one.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
