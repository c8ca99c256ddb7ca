"""Property values on their way between the Pulumi SDK's wire format, the engine and the state file.

Inside the deployer a value is plain JSON data, with two additions: `Secret` round a value that must never be
written in plain, and `UNKNOWN` for one that is not known yet (a preview) or that nobody reads back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

#: Keys and values of the wire format for special objects (pulumi SDK, sdk/python/lib/pulumi/runtime/rpc.py).
_SIGNATURE: Final = rpc._special_sig_key
_SECRET: Final = rpc._special_secret_sig
_RESOURCE: Final = rpc._special_resource_sig
_OTHERS: Final = {rpc._special_asset_sig: "asset", rpc._special_archive_sig: "archive"}
#: What the SDK makes of an Output that a program formats into a string.
STRINGIFIED_OUTPUT: Final = "Calling __str__ on an Output[T] is not supported"


class Unknown:
    """The one value that stands for "not known"."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that goes to the service in plain, and nowhere else."""

    value: Any

    def __repr__(self) -> str:
        return "[secret]"


def decode(value: Any) -> Any:
    """Wire -> plain data. Integral numbers become int; resource references become the resource's id."""
    if isinstance(value, struct_pb2.Value):
        kind = value.WhichOneof("kind")
        return None if kind in (None, "null_value") else decode(getattr(value, kind))
    if isinstance(value, struct_pb2.Struct):
        return _decode_object({key: value.fields[key] for key in value.fields})
    if isinstance(value, struct_pb2.ListValue):
        return [decode(element) for element in value.values]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN if value == rpc.UNKNOWN else value


def _decode_object(fields: Mapping[str, struct_pb2.Value]) -> Any:
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else ""
    if signature == _SECRET:
        inner = decode(fields["value"])
        return inner if isinstance(inner, Secret) else Secret(inner)
    if signature == _RESOURCE:
        return decode(fields["id"]) if "id" in fields else decode(fields["urn"])
    if signature in _OTHERS:
        return {"pulumi-" + _OTHERS[signature]: {k: decode(v) for k, v in fields.items() if k != _SIGNATURE}}
    return {key: decode(field) for key, field in fields.items()}


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Plain data -> wire."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        struct.fields[key].CopyFrom(_encode_value(value))
    return struct


def _encode_value(value: Any) -> struct_pb2.Value:
    if isinstance(value, Secret):
        value = {_SIGNATURE: _SECRET, "value": value.value}
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=rpc.UNKNOWN)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=encode(value))
    return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encode_value(item) for item in value]))


def transform(value: Any, change: Callable[[Any], Any]) -> Any:
    """Rebuild nested data with `change` applied to every leaf (a Secret is a leaf)."""
    if isinstance(value, Mapping):
        return {key: transform(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [transform(item, change) for item in value]
    return change(value)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path (`rules[0].expiration.days`); a Secret's content is looked into."""
    if isinstance(value, Secret):
        yield from leaves(value.value, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def plain(value: Any) -> Any:
    """The same data with secrets opened (also nested ones)."""
    return transform(value, lambda leaf: plain(leaf.value) if isinstance(leaf, Secret) else leaf)


def has_secret(value: Any) -> bool:
    """Whether any part of the value is a Secret."""
    if isinstance(value, Mapping):
        return any(has_secret(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_secret(item) for item in value)
    return isinstance(value, Secret)


def has_unknown(value: Any) -> bool:
    """Whether any part of the value is UNKNOWN."""
    return any(leaf is UNKNOWN for _, leaf in leaves(value))


def secret_texts(value: Any) -> set[str]:
    """Every string inside a Secret in the value."""
    found: set[str] = set()

    def collect(leaf: Any) -> Any:
        if isinstance(leaf, Secret):
            found.update(text for _, text in leaves(leaf.value) if isinstance(text, str))
        return leaf

    transform(value, collect)
    return found


def without_nulls(value: Any) -> Any:
    """Drop null properties at every depth: an absent input and a null one are the same to a provider."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(item) for item in value]
    return value
