"""Take out of installed packages what no function can reach: descriptions of services and of their operations that
are not called, the documentation inside those that are, tests, type stubs, programs.

`vcp.adapters` names the services in use where it makes their clients, and the operations where it calls them, so the
lists are read from there and cannot fall behind. botocore's own files (partitions, endpoints, retries, defaults) stay;
of the endpoints, those in use. A cold start reads all that is left and makes a method of each operation, so it is left
as short as it can be, and not compressed: layers are anyway.
"""

from __future__ import annotations

import ast
import gzip
import json
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

#: Paths in the directory of packages, as globs.
USELESS = (
    "bin",
    "**/*.pyi",
    "**/*.pxd",
    "**/*.pyx",
    "**/*.c",
    "**/tests",
    "google/protobuf/testdata",
    "boto3/data",  # of boto3's resources; only clients are made
    "boto3/examples",
    "botocore/data/**/examples-1.json",
)
#: Services by the packages of their clients' types.
_STUBS = "mypy_boto3_"
#: What clients have besides operations; the first two are asked for an operation by its name.
_INDIRECT = ("get_paginator", "get_waiter")
_NO_OPERATIONS = (*_INDIRECT, "meta", "exceptions")
#: What botocore calls by itself: where a bucket is, when S3 says that it is elsewhere (`S3RegionRedirectorv2`).
_BOTOCORES_OWN = {"s3": {"head_bucket"}}


def first_texts(adapters: Path, function: str) -> set[tuple[str, ...]]:
    """The texts that calls of `function` begin with in these sources: `_make("s3", ...)` is `("s3",)`."""
    calls: list[ast.Call] = []
    for source in sorted(adapters.rglob("*.py")):
        calls += [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    of_function = [call for call in calls if ast.unparse(call.func) == function]
    return {tuple(_texts(call.args)) for call in of_function}


def _texts(arguments: Iterable[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            return
        yield argument.value


def aws_services(adapters: Path) -> set[str]:
    """The AWS services that clients are made of, by botocore's names. Raises `ValueError` when one is not literal."""
    return {_only(texts, 1)[0] for texts in first_texts(adapters, "_make")}


def operations(adapters: Path) -> dict[str, set[str]]:
    """Service -> what the adapters call on its clients, as it is written there (`get_item`); what is paged through or
    waited for, by its own name. A client is what is named so; its service is that of the types that the module imports.

    Raises `ValueError` where that cannot be told: a client of another name, a module that calls clients of no service
    or of several, pages of what is not literal.
    """
    found: dict[str, set[str]] = {}
    for source in sorted(adapters.rglob("*.py")):
        module = ast.parse(source.read_text("utf-8"))
        types = dict(_client_types(module))
        if unseen := [name for name in _typed(module, types) if not name.endswith("client")]:
            raise ValueError(f"{source.name} has clients that are not named so: {unseen}")
        if not (calls := set(_client_calls(module))):
            continue
        if len(services := {*types.values()}) != 1:
            raise ValueError(f"{source.name} calls {sorted(calls)} on clients of {sorted(services)}")
        found.setdefault(services.pop(), set()).update(calls)
    return found


def _client_types(module: ast.Module) -> Iterator[tuple[str, str]]:
    """The types of clients that a module imports, each with its service."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and (package := node.module or "").startswith(_STUBS):
            service = package.removeprefix(_STUBS).partition(".")[0]
            yield from ((alias.asname or alias.name, service) for alias in node.names if alias.name.endswith("Client"))


def _typed(module: ast.Module, types: Collection[str]) -> Iterator[str]:
    """The arguments and attributes that are said to be of one of these types."""
    for node in ast.walk(module):
        if isinstance(node, ast.arg | ast.AnnAssign) and _words(node.annotation) & {*types}:
            yield node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)


def _words(annotation: ast.expr | None) -> set[str]:
    return {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)} if annotation else set()


def _client_calls(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("client"):
            if node.attr not in _NO_OPERATIONS:
                yield node.attr
        elif isinstance(node, ast.Call) and isinstance(of := node.func, ast.Attribute) and of.attr in _INDIRECT:
            yield _only(tuple(_texts(node.args)), 1)[0]


def google_apis(adapters: Path) -> set[str]:
    """Google's APIs in use, as their descriptions are named: `drive.v3`. Raises `ValueError` as `aws_services`."""
    return {".".join(_only(texts, 2)) for texts in first_texts(adapters, "discovery.build")}


def _only(texts: tuple[str, ...], number: int) -> tuple[str, ...]:
    if len(texts) != number:
        raise ValueError(f"what a client is made of, or asked, is not written out: {texts}")
    return texts


def cut(packages: Path, adapters: Path) -> None:
    """Remove what is not needed from a directory of installed packages.

    Raises `FileNotFoundError` when a service in use has no description there.
    """
    _keep_only(packages / "botocore/data", aws_services(adapters), "*/")
    shorten(packages / "botocore/data", operations(adapters))
    if (packages / "googleapiclient").exists():
        documents = packages / "googleapiclient/discovery_cache/documents"
        _keep_only(documents, {f"{api}.json" for api in google_apis(adapters)}, "*.json")
    for pattern in USELESS:
        for path in list(packages.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def shorten(data: Path, calls: Mapping[str, Collection[str]]) -> None:
    """Take out of botocore's descriptions the documentation and the operations that are not called, and of the
    endpoints those of other services.

    Args:
        data: botocore's, of the services in use.
        calls: what is called, as `operations` tells it.

    Raises `ValueError` when a service cannot do what is called.
    """
    prefixes = set()
    for service in sorted(path for path in data.iterdir() if path.is_dir()):
        *older, newest = sorted(service.iterdir())
        for version in older:  # a client is made of the newest
            shutil.rmtree(version)
        for path in sorted(newest.glob("*.json.gz")):
            description = _undocumented(json.loads(gzip.decompress(path.read_bytes())))
            if path.name == "service-2.json.gz":
                prefixes.add(description["metadata"]["endpointPrefix"])
                description = only_operations(
                    description, {*calls.get(service.name, ()), *_BOTOCORES_OWN.get(service.name, ())}
                )
            _write(path.with_suffix(""), description)
            path.unlink()
    endpoints = json.loads((data / "endpoints.json").read_text("utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: it for name, it in partition["services"].items() if name in prefixes}
    _write(data / "endpoints.json", endpoints)


def only_operations(description: dict[str, Any], calls: Collection[str]) -> dict[str, Any]:
    """A service's description with the operations of these calls, and what they and the service's errors are made of.

    Raises `ValueError` when the service has no such operation.
    """
    wanted = {_folded(call): call for call in calls}
    kept = {
        name: operation
        for name, operation in description["operations"].items()
        if _folded(name) in wanted or operation.get("endpointoperation")
    }
    if missing := wanted.keys() - {_folded(name) for name in kept}:
        raise ValueError(f"{description['metadata']['endpointPrefix']} cannot do {[wanted[name] for name in missing]}")
    shapes = description["shapes"]
    used: set[str] = set()
    ahead = {*_shapes_of(kept), *(name for name, shape in shapes.items() if shape.get("exception"))}
    while ahead:
        used |= ahead
        ahead = {of for name in ahead for of in _shapes_of(shapes[name])} - used
    return {**description, "operations": kept, "shapes": {name: it for name, it in shapes.items() if name in used}}


def _folded(name: str) -> str:
    """`list_objects_v2` and `ListObjectsV2` are one."""
    return name.replace("_", "").lower()


def _shapes_of(part: Any) -> Iterator[str]:
    """The names of shapes that a part of a description refers to."""
    if isinstance(part, list):
        for each in part:
            yield from _shapes_of(each)
    elif isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for each in part.values():
            yield from _shapes_of(each)


def _undocumented(description: Any) -> Any:
    """With the texts for people emptied: botocore asks for some. What is named so and is no text is the service's."""
    if isinstance(description, list):
        return [_undocumented(each) for each in description]
    if not isinstance(description, dict):
        return description
    texts = {name for name in ("documentation", "documentationUrl") if isinstance(description.get(name), str)}
    return {name: "" if name in texts else _undocumented(value) for name, value in description.items()}


def _write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, separators=(",", ":")), "utf-8")


def _keep_only(directory: Path, names: set[str], pattern: str) -> None:
    for name in names:
        if not (directory / name).exists():
            raise FileNotFoundError(directory / name)
    for path in list(directory.glob(pattern)):
        if path.name not in names:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    cut(Path(sys.argv[1]), Path(sys.argv[2]))
