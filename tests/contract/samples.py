"""Requests generated from a service's model: a minimal valid one, and others that break one rule each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.serialize import create_serializer
from moto.moto_server.werkzeug_app import BackendRequest
from werkzeug.test import EnvironBuilder

from localcloud.service_model import bounds, matches

#: Candidates for patterns; add one for a model that none of them matches.
_TEXTS = ("a", "abc", "a-name", "1", "arn:aws:sns:us-east-1:123456789012:a", "arn:aws:iam::123456789012:role/a")
_UNFITTING = ("!", "a b", "é", "-")
#: Longer limits are not tested.
_LONGEST_TRIED = 10_000
_DEEPEST = 4


def least(shape: Shape) -> Any:
    """Return the smallest valid value of a shape."""
    if isinstance(shape, StructureShape):
        names = list(shape.required_members)
        if getattr(shape, "is_tagged_union", False):
            names = names or [next(iter(shape.members))]
        return {name: least(shape.members[name]) for name in names}
    if isinstance(shape, ListShape):
        return [least(shape.member)] * max(1, shape.metadata.get("min", 1))
    if isinstance(shape, MapShape):
        return {least(shape.key): least(shape.value)}
    if shape.type_name == "string":
        return _text(shape)
    low, _ = bounds(shape)
    return {
        "integer": int(low or 1),
        "long": int(low or 1),
        "double": float(low or 1),
        "float": float(low or 1),
        "boolean": True,
        "blob": b"a",
        "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
    }[shape.type_name]


def _text(shape: Shape) -> str:
    metadata = shape.metadata
    if "enum" in metadata:
        return str(metadata["enum"][0])
    for text in (*_TEXTS, *("a" * length for length in (20, 36, 64, 200))):
        longest = metadata.get("max", len(text))
        fits = metadata.get("min", 0) <= len(text) <= longest
        if fits and ("pattern" not in metadata or matches(metadata["pattern"], text)):
            return text
    raise LookupError(f"no sample for {shape.name} {metadata}: add one to _TEXTS")


def broken(shape: Shape, depth: int = 0) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the broken rule (members from the root, then the rule) and a value that breaks it."""
    if depth > _DEEPEST:
        return
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            for where, wrong in broken(member, depth + 1):
                whole = deepcopy(least(shape))
                if getattr(shape, "is_tagged_union", False):
                    whole = {}
                whole[name] = wrong
                if _travels(member, wrong):
                    yield (name, *where), whole
    elif isinstance(shape, ListShape):
        for where, wrong in broken(shape.member, depth + 1):
            yield ("[]", *where), [wrong]
        if (most := shape.metadata.get("max", _LONGEST_TRIED)) < _LONGEST_TRIED:
            yield ("too many",), [least(shape.member)] * (most + 1)
    elif isinstance(shape, MapShape):
        for where, wrong in broken(shape.value, depth + 1):
            yield ("{}", *where), {least(shape.key): wrong}
    else:
        yield from _broken_scalars(shape)


def _broken_scalars(shape: Shape) -> Iterator[tuple[tuple[str, ...], Any]]:
    metadata = shape.metadata
    if "enum" in metadata:
        yield ("no such value",), "no-such-value"
    elif shape.type_name == "string":
        if (longest := metadata.get("max", _LONGEST_TRIED)) < _LONGEST_TRIED:
            yield ("too long",), "a" * (longest + 1)
        unfitting = (text for text in _UNFITTING if "pattern" in metadata and not matches(metadata["pattern"], text))
        if (text := next(unfitting, None)) is not None:
            yield ("unfitting",), text
    elif shape.type_name in ("integer", "long", "double", "float"):
        low, high = bounds(shape)
        if low is not None:
            yield ("too small",), type(least(shape))(low - 1)
        if high is not None:
            yield ("too large",), type(least(shape))(high + 1)


def _travels(member: Shape, value: Any) -> bool:
    """Return whether the value can be sent: headers and paths are ASCII."""
    place = member.serialization.get("location")
    return place not in ("header", "headers", "uri") or (isinstance(value, str) and value.isascii())


def request_of(operation: OperationModel, parameters: dict[str, Any]) -> Any:
    """Return the request that botocore would send, as the AWS endpoint receives it."""
    serialised = create_serializer(operation.service_model.protocol, False).serialize_to_request(parameters, operation)
    body: Any = serialised["body"]
    headers = dict(serialised["headers"])
    if isinstance(body, dict):
        body = urlencode(body)
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    data = body.encode() if isinstance(body, str) else body.read() if hasattr(body, "read") else bytes(body or b"")
    path, _, literal = serialised["url_path"].partition("?")
    query = "&".join(part for part in (literal, urlencode(serialised["query_string"], doseq=True)) if part)
    environ = EnvironBuilder(
        method=serialised["method"], path=path, query_string=query, headers=headers, data=data
    ).get_environ()
    return BackendRequest({**environ, "RAW_URI": path, "wsgi.input": io.BytesIO(data)})
