"""Take out of installed packages what no function can reach: descriptions of services that are not called, the
documentation inside those that are, tests, type stubs, programs.

`vcp.adapters` names the services in use where it makes their clients, so the lists are read from there and cannot
fall behind. botocore's own files (partitions, endpoints, retries, defaults) stay; of the endpoints, those in use.
A cold start reads all that is left, so it is left as short as it can be, and not compressed: layers are anyway.
"""

from __future__ import annotations

import ast
import gzip
import json
import shutil
import sys
from collections.abc import Iterable
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


def first_texts(adapters: Path, function: str) -> set[tuple[str, ...]]:
    """The texts that calls of `function` begin with in these sources: `_make("s3", ...)` is `("s3",)`."""
    calls: list[ast.Call] = []
    for source in sorted(adapters.rglob("*.py")):
        calls += [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    of_function = [call for call in calls if ast.unparse(call.func) == function]
    return {tuple(_texts(call.args)) for call in of_function}


def _texts(arguments: Iterable[ast.expr]) -> Iterable[str]:
    for argument in arguments:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            return
        yield argument.value


def aws_services(adapters: Path) -> set[str]:
    """The AWS services that clients are made of, by botocore's names. Raises `ValueError` when one is not literal."""
    return {_only(texts, 1)[0] for texts in first_texts(adapters, "_make")}


def google_apis(adapters: Path) -> set[str]:
    """Google's APIs in use, as their descriptions are named: `drive.v3`. Raises `ValueError` as `aws_services`."""
    return {".".join(_only(texts, 2)) for texts in first_texts(adapters, "discovery.build")}


def _only(texts: tuple[str, ...], number: int) -> tuple[str, ...]:
    if len(texts) != number:
        raise ValueError(f"a client is made of a service that is not written out: {texts}")
    return texts


def cut(packages: Path, adapters: Path) -> None:
    """Remove what is not needed from a directory of installed packages.

    Raises `FileNotFoundError` when a service in use has no description there.
    """
    _keep_only(packages / "botocore/data", aws_services(adapters), "*/")
    shorten(packages / "botocore/data")
    if (packages / "googleapiclient").exists():
        documents = packages / "googleapiclient/discovery_cache/documents"
        _keep_only(documents, {f"{api}.json" for api in google_apis(adapters)}, "*.json")
    for pattern in USELESS:
        for path in list(packages.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def shorten(data: Path) -> None:
    """Take the documentation out of botocore's descriptions, and the endpoints of other services than theirs."""
    prefixes = set()
    for path in sorted(data.rglob("*.json.gz")):
        description = _undocumented(json.loads(gzip.decompress(path.read_bytes())))
        prefixes.add(description.get("metadata", {}).get("endpointPrefix"))
        _write(path.with_suffix(""), description)
        path.unlink()
    endpoints = json.loads((data / "endpoints.json").read_text("utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: it for name, it in partition["services"].items() if name in prefixes}
    _write(data / "endpoints.json", endpoints)


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
