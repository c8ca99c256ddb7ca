"""Publishes the shape of the door's answer as a JSON Schema, for whoever builds on it in n8n or elsewhere.

python -m vcpctl.n8n.schema           # write it
python -m vcpctl.n8n.schema --check   # say whether it is as it would be written
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from vcp.interface.messages import ANSWER_SCHEMA, DoorAnswer

ROOT = Path(__file__).parents[2]
PAGE = Path(f"docs/schemas/door-answer.v{ANSWER_SCHEMA}.json")
COMMAND = "python -m vcpctl.n8n.schema"


def answer_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of what video-file-processor answers."""
    schema = DoorAnswer.model_json_schema(by_alias=True, mode="serialization")
    states = schema.pop("$defs")["State"]["enum"]
    # The first paragraph of a docstring is for readers of the answer, the rest for those of the code.
    schema["description"] = schema["description"].partition("\n")[0]
    properties = {name: _without_title(each) for name, each in schema["properties"].items()}
    properties["state"] = {"type": "string", "enum": states, "description": properties["state"]["description"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:vcp:door-answer:{ANSWER_SCHEMA}",
        **schema,
        "title": f"Answer of video-file-processor, version {ANSWER_SCHEMA}",
        "properties": properties,
        "required": list(properties),
    }


def _without_title(field: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in field.items() if key not in ("title", "default")}


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write or check the published schema; 1 when it is stale."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; say whether it is stale")
    fresh = json.dumps(answer_schema(), indent=2) + "\n"
    page = root / PAGE
    if not parser.parse_args(arguments).check:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(fresh, "utf-8")
    elif not page.exists() or page.read_text("utf-8") != fresh:
        print(
            f"{PAGE} is not what the code answers. If only its words changed, `make format` (or `{COMMAND}`) writes "
            "them. If its shape changed, flows that are in use would break: raise ANSWER_SCHEMA in "
            "vcp/interface/messages.py and publish the new shape beside the old one.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
