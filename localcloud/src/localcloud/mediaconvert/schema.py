"""Requests against botocore's service model, enums, ranges and patterns included (botocore checks none of these).

Members travel in camelCase; decoded they carry the SDK's names. Problems are told as the service tells them: the
JSON pointer in the request's own names, then a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float, str),
}


@cache
def service_model() -> ServiceModel:
    """MediaConvert's service model as botocore ships it."""
    return botocore.session.Session().get_service_model("mediaconvert")


@dataclass
class Decoder:
    """Decodes one value; collects every problem instead of stopping at the first.

    `wire` says which names the value uses: camelCase of the wire, or the SDK's (a CloudFormation template).
    """

    wire: bool = True
    problems: list[str] = field(default_factory=list)

    def decode(self, shape: Shape, value: Any, pointer: str = "") -> Any:
        """The value with the SDK's member names, checked against the shape."""
        if isinstance(shape, StructureShape):
            return self._structure(shape, value, pointer)
        if isinstance(shape, ListShape):
            if not isinstance(value, list):
                return self._mismatch(pointer, "array")
            return [self.decode(shape.member, item, f"{pointer}/{index}") for index, item in enumerate(value)]
        if isinstance(shape, MapShape):
            if not isinstance(value, Mapping):
                return self._mismatch(pointer, "object")
            return {key: self.decode(shape.value, item, f"{pointer}/{key}") for key, item in value.items()}
        return self._scalar(shape, value, pointer)

    def _structure(self, shape: StructureShape, value: Any, pointer: str) -> Any:
        if not isinstance(value, Mapping):
            return self._mismatch(pointer, "object")
        by_name = {self._name(member, own): own for own, member in shape.members.items()}
        decoded: dict[str, Any] = {}
        for name, item in value.items():
            own = by_name.get(name)
            if own is None:
                self.problems.append(f"{pointer}: {name} is not a property of {shape.name}")
            elif item is not None:
                decoded[own] = self.decode(shape.members[own], item, f"{pointer}/{name}")
        for own in shape.required_members:
            if own not in decoded:
                self.problems.append(f"{pointer}: {self._name(shape.members[own], own)} is a required property")
        return decoded

    def _name(self, member: Shape, own: str) -> str:
        return str(member.serialization.get("name", own)) if self.wire else own

    def _scalar(self, shape: Shape, value: Any, pointer: str) -> Any:
        allowed = _TYPES.get(shape.type_name)
        if allowed is None:
            raise NotImplementedError(f"{shape.type_name} in a MediaConvert request ({pointer})")
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            return self._mismatch(pointer, shape.type_name)
        metadata = shape.metadata
        if "enum" in metadata and value not in metadata["enum"]:
            self.problems.append(f"{pointer}: Should be one of the enum values: {', '.join(metadata['enum'])}")
        if isinstance(value, str):
            self._length(metadata, value, pointer)
        elif isinstance(value, (int, float)):
            self._range(_bounds(shape), value, pointer)
        return value

    def _length(self, metadata: Mapping[str, Any], value: str, pointer: str) -> None:
        if len(value) < metadata.get("min", 0):
            self.problems.append(f"{pointer}: Should be at least {metadata['min']} characters long")
        if "max" in metadata and len(value) > metadata["max"]:
            self.problems.append(f"{pointer}: Should be at most {metadata['max']} characters long")
        if "pattern" in metadata and not re.search(metadata["pattern"], value):
            self.problems.append(f"{pointer}: Should match the pattern {metadata['pattern']}")

    def _range(self, bounds: tuple[float | None, float | None], value: float, pointer: str) -> None:
        low, high = bounds
        if low is not None and value < low:
            self.problems.append(f"{pointer}: Should be greater than or equal to {low:g}")
        if high is not None and value > high:
            self.problems.append(f"{pointer}: Should be less than or equal to {high:g}")

    def _mismatch(self, pointer: str, expected: str) -> None:
        self.problems.append(f"{pointer}: Should be of type {expected}")


def _bounds(shape: Shape) -> tuple[float | None, float | None]:
    """Range of a number; of doubles the model states it only in the shape's name (`__doubleMin0Max1`)."""
    metadata = shape.metadata
    if "min" in metadata or "max" in metadata:
        return metadata.get("min"), metadata.get("max")
    named = re.fullmatch(r"__\w+?Min(Negative)?(\d+)(?:Max(Negative)?(\d+))?", shape.name)
    if not named:
        return None, None
    low = float(named[2]) * (-1 if named[1] else 1)
    high = float(named[4]) * (-1 if named[3] else 1) if named[4] else None
    return low, high
