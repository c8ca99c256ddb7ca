"""The node types of the pinned n8n that the workflows use, recorded for tests without an n8n.

python -m tests.n8n.node_types    # record them again from build/n8n
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vcpctl.n8n.workflows import COMPRESS, FOLDER, NOTIFY, read_workflow

ROOT = Path(__file__).parents[2]
INSTALL = ROOT / "build/n8n"
RECORDED = ROOT / "tests/data/n8n_node_types.json"
_PACKAGE = "n8n-nodes-base"


def recorded() -> dict[str, Any]:
    """`{"n8n": version, "nodes": {type: {"versions", "credentials", "parameters"}}}`."""
    types: dict[str, Any] = json.loads(RECORDED.read_text("utf-8"))
    return types


def used_types() -> set[str]:
    return {node["type"] for name in (COMPRESS, NOTIFY) for node in read_workflow(name)["nodes"]}


def pinned_version() -> str:
    """Return the n8n version of `n8n/runtime`."""
    return str(json.loads((FOLDER / "runtime/package.json").read_text("utf-8"))["dependencies"]["n8n"])


def installed(install: Path = INSTALL) -> dict[str, Any]:
    """Return the same, read from an installed n8n."""
    modules = install / "node_modules"
    described = json.loads((modules / _PACKAGE / "dist/types/nodes.json").read_text("utf-8"))
    nodes: dict[str, Any] = {}
    for each in described:  # a node has several descriptions when its versions differ much
        name = f"{_PACKAGE}.{each['name'].rpartition('.')[2]}"
        if name not in used_types():
            continue
        entry = nodes.setdefault(name, {"versions": [], "credentials": [], "parameters": []})
        versions = each["version"] if isinstance(each["version"], list) else [each["version"]]
        entry["versions"] = sorted({*entry["versions"], *versions})
        names = {credential["name"] for credential in each.get("credentials", ())}
        entry["credentials"] = sorted({*entry["credentials"], *names})
        entry["parameters"] = sorted({*entry["parameters"], *(one["name"] for one in each["properties"])})
    version = json.loads((modules / "n8n/package.json").read_text("utf-8"))["version"]
    return {"n8n": version, "nodes": dict(sorted(nodes.items()))}


if __name__ == "__main__":
    RECORDED.write_text(json.dumps(installed(), indent=1) + "\n", "utf-8")
