"""Remove from installed packages what the functions do not use: descriptions of AWS services, operations and Google
APIs that are not in requested.toml, documentation, tests, type stubs, programs.

botocore's own files (partitions, endpoints, retries, defaults) are kept. Descriptions are left uncompressed: a cold
start reads them, and image layers are compressed anyway.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

#: Globs in the directory of packages.
UNUSED = (
    "bin",
    "**/*.pyi",
    "**/*.pxd",
    "**/*.pyx",
    "**/*.c",
    "**/tests",
    "google/protobuf/testdata",
    "boto3/data",  # of boto3's resources; the functions use clients
    "boto3/examples",
    "botocore/data/**/examples-1.json",
)


def prune(packages: Path, requested: Mapping[str, Any]) -> None:
    """Prune a directory of packages. `requested` is the content of requested.toml.

    Raises FileNotFoundError when a service or API has no description, ValueError when a service lacks an operation.
    """
    _keep_only(packages / "botocore/data", requested["aws"], "*/")
    prune_botocore(packages / "botocore/data", requested)
    if (packages / "googleapiclient").exists():
        documents = packages / "googleapiclient/discovery_cache/documents"
        _keep_only(documents, [f"{api}.json" for api in requested["google"]], "*.json")
    for pattern in UNUSED:
        for path in list(packages.glob(pattern)):
            _remove(path)


def prune_botocore(data: Path, requested: Mapping[str, Any]) -> None:
    """Prune botocore's data of the requested services: documentation, operations, and endpoints of other services.

    Raises ValueError when a service lacks an operation.
    """
    endpoint_prefixes = set()
    for service in sorted(path for path in data.iterdir() if path.is_dir()):
        *older, newest = sorted(service.iterdir())
        for version in older:  # clients use the newest
            _remove(version)
        for path in sorted(newest.glob("*.json.gz")):
            description = json.loads(gzip.decompress(path.read_bytes()), object_hook=_without_documentation)
            if path.name == "service-2.json.gz":
                endpoint_prefixes.add(description["metadata"]["endpointPrefix"])
                operations = [name for by in ("aws", "botocore") for name in requested[by].get(service.name, ())]
                description = keep_operations(description, operations)
            _write(path.with_suffix(""), description)
            path.unlink()
    endpoints = json.loads((data / "endpoints.json").read_text("utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: it for name, it in partition["services"].items() if name in endpoint_prefixes}
    _write(data / "endpoints.json", endpoints)


def keep_operations(description: dict[str, Any], operations: Collection[str]) -> dict[str, Any]:
    """Return a service's description with these operations only, their shapes, and the service's errors.

    Raises ValueError when the service lacks one of them.
    """
    if missing := set(operations) - description["operations"].keys():
        raise ValueError(f"{description['metadata']['endpointPrefix']} has no operations {sorted(missing)}")
    kept = {
        name: operation
        for name, operation in description["operations"].items()
        if name in operations or operation.get("endpointoperation")  # of endpoint discovery
    }
    shapes = description["shapes"]
    used: set[str] = set()
    new = {*_shapes_of(kept), *(name for name, shape in shapes.items() if shape.get("exception"))}
    while new:
        used |= new
        new = {inner for name in new for inner in _shapes_of(shapes[name])} - used
    return {**description, "operations": kept, "shapes": {name: it for name, it in shapes.items() if name in used}}


def _shapes_of(part: Any) -> list[str]:
    """Return the names of the shapes that a part of a description refers to."""
    return re.findall(r'"shape": "(\w+)"', json.dumps(part))


def _without_documentation(part: dict[str, Any]) -> dict[str, Any]:
    """Empty the documentation, which botocore expects to exist. A member of that name is not a text."""
    texts = {name: "" for name in ("documentation", "documentationUrl") if isinstance(part.get(name), str)}
    return part | texts


def _write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, separators=(",", ":")), "utf-8")


def _keep_only(directory: Path, names: Collection[str], pattern: str) -> None:
    for name in names:
        if not (directory / name).exists():
            raise FileNotFoundError(directory / name)
    for path in list(directory.glob(pattern)):
        if path.name not in names:
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    prune(Path(sys.argv[1]), tomllib.loads(Path(sys.argv[2]).read_text("utf-8")))
