"""Validate values against shapes of botocore's service models, with enums, ranges, lengths and patterns.

botocore itself checks types, required members and lower bounds only; the services check all of it. The checker works on
shapes only, so that it can validate requests of every service, by the names of the wire or those of the SDK.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import botocore.session
import regex  # type: ignore[import-untyped]  # the models' patterns are Java's: \p{L} and the like
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float, str, datetime),
    "blob": (bytes, bytearray, str),
}


class Rule(StrEnum):
    """Kinds of constraints."""

    TYPE = "type"
    REQUIRED = "required"
    UNKNOWN = "unknown"
    ONE_OF = "one of"
    ENUM = "enum"
    PATTERN = "pattern"
    LEAST = "least"
    MOST = "most"
    SHORTEST = "shortest"
    LONGEST = "longest"
    FEWEST = "fewest"
    MOST_ITEMS = "most items"


@dataclass(frozen=True)
class Problem:
    """One violation.

    Attributes:
        path: names of members, keys of maps and indexes of lists, from the root; the last one may be a missing or
            unknown member.
        rule: the violated constraint.
        bound: its parameter: the values of an enum, a limit, a pattern, the expected type.
        shape: name of the shape with the constraint.
        value: the invalid value.
        secret: the value is sensitive and must not be shown.
    """

    path: tuple[str, ...]
    rule: Rule
    bound: Any
    shape: str
    value: Any = None
    secret: bool = False


@cache
def service_model(service: str) -> ServiceModel:
    """A service's model from botocore. Raises UnknownServiceError."""
    return botocore.session.Session().get_service_model(service)


@dataclass
class Checker:
    """Checks one value and collects all problems.

    `wire`: the value uses the names of the wire instead of the SDK's.
    """

    wire: bool = False
    problems: list[Problem] = field(default_factory=list)

    def check(self, shape: Shape, value: Any, path: tuple[str, ...] = ()) -> Any:
        """Check a value and return it with the SDK's member names. Members that are None count as absent."""
        if isinstance(shape, StructureShape):
            return self._structure(shape, value, path)
        if isinstance(shape, ListShape):
            return self._list(shape, value, path)
        if isinstance(shape, MapShape):
            return self._map(shape, value, path)
        return self._scalar(shape, value, path)

    def _structure(self, shape: StructureShape, value: Any, path: tuple[str, ...]) -> Any:
        if getattr(shape, "is_document_type", False):
            return value
        if not isinstance(value, Mapping):
            return self._mismatch(shape, path, "object", value)
        by_name = {self.name_of(member, own): own for own, member in shape.members.items()}
        checked: dict[str, Any] = {}
        for name, item in value.items():
            own = by_name.get(name)
            if own is None:
                self._add(shape, (*path, name), Rule.UNKNOWN, None, item)
            elif item is not None:
                checked[own] = self.check(shape.members[own], item, (*path, name))
        for own in shape.required_members:
            if own not in checked:
                self._add(shape, (*path, self.name_of(shape.members[own], own)), Rule.REQUIRED, None, None)
        if getattr(shape, "is_tagged_union", False) and len(checked) != 1:
            self._add(shape, path, Rule.ONE_OF, tuple(by_name), value)
        return checked

    def name_of(self, member: Shape, own: str) -> str:
        """The name of a member in the value."""
        return str(member.serialization.get("name", own)) if self.wire else own

    def _list(self, shape: ListShape, value: Any, path: tuple[str, ...]) -> Any:
        if not isinstance(value, list | tuple):
            return self._mismatch(shape, path, "array", value)
        self._count(shape, len(value), value, path)
        return [self.check(shape.member, item, (*path, str(index))) for index, item in enumerate(value)]

    def _map(self, shape: MapShape, value: Any, path: tuple[str, ...]) -> Any:
        if not isinstance(value, Mapping):
            return self._mismatch(shape, path, "object", value)
        self._count(shape, len(value), value, path)
        for key in value:
            self.check(shape.key, key, (*path, str(key)))
        return {key: self.check(shape.value, item, (*path, str(key))) for key, item in value.items()}

    def _scalar(self, shape: Shape, value: Any, path: tuple[str, ...]) -> Any:
        if shape.serialization.get("jsonvalue"):
            return value
        allowed = _TYPES.get(shape.type_name)
        if allowed is None:
            raise NotImplementedError(f"the type {shape.type_name} of a service model ({'/'.join(path)})")
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            return self._mismatch(shape, path, shape.type_name, value)
        metadata = shape.metadata
        if "enum" in metadata and value not in metadata["enum"]:
            self._add(shape, path, Rule.ENUM, tuple(metadata["enum"]), value)
        if isinstance(value, str) and shape.type_name != "timestamp":
            self._text(shape, value, path)
        elif isinstance(value, bytes | bytearray):
            self._length(shape, len(value), value, path)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._number(shape, value, path)
        return value

    def _text(self, shape: Shape, value: str, path: tuple[str, ...]) -> None:
        self._length(shape, len(value), value, path)
        pattern = shape.metadata.get("pattern")
        if pattern and not matches(pattern, value):
            self._add(shape, path, Rule.PATTERN, pattern, value)

    def _number(self, shape: Shape, value: float, path: tuple[str, ...]) -> None:
        low, high = bounds(shape)
        if math.isnan(value) or (low is not None and value < low):
            self._add(shape, path, Rule.LEAST, low, value)
        if high is not None and value > high:
            self._add(shape, path, Rule.MOST, high, value)

    def _length(self, shape: Shape, length: int, value: Any, path: tuple[str, ...]) -> None:
        self._between(shape, (Rule.SHORTEST, Rule.LONGEST), length, value, path)

    def _count(self, shape: Shape, count: int, value: Any, path: tuple[str, ...]) -> None:
        self._between(shape, (Rule.FEWEST, Rule.MOST_ITEMS), count, value, path)

    def _between(self, shape: Shape, rules: tuple[Rule, Rule], size: int, value: Any, path: tuple[str, ...]) -> None:
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None and size < low:
            self._add(shape, path, rules[0], low, value)
        if high is not None and size > high:
            self._add(shape, path, rules[1], high, value)

    def _mismatch(self, shape: Shape, path: tuple[str, ...], expected: str, value: Any) -> None:
        self._add(shape, path, Rule.TYPE, expected, value)

    def _add(self, shape: Shape, path: tuple[str, ...], rule: Rule, bound: Any, value: Any) -> None:
        secret = bool(shape.metadata.get("sensitive"))
        self.problems.append(Problem(path, rule, bound, shape.name, value, secret))


def bounds(shape: Shape) -> tuple[float | None, float | None]:
    """Range of a number; for doubles, MediaConvert's model has it in the shape's name only (`__doubleMin0Max1`)."""
    metadata = shape.metadata
    if "min" in metadata or "max" in metadata:
        return metadata.get("min"), metadata.get("max")
    named = re.fullmatch(r"__\w+?Min(Negative)?(\d+)(?:Max(Negative)?(\d+))?", shape.name)
    if not named:
        return None, None
    low = float(named[2]) * (-1 if named[1] else 1)
    high = float(named[4]) * (-1 if named[3] else 1) if named[4] else None
    return low, high


def matches(pattern: str, value: str) -> bool:
    """Whether a text matches a pattern of a model, as a whole unless the pattern is anchored.

    Raises NotImplementedError for a pattern that cannot be compiled.
    """
    compiled = _compiled(pattern)
    anchored = pattern.startswith("^") or pattern.endswith("$")
    return bool(compiled.search(value) if anchored else compiled.fullmatch(value))


@cache
def _compiled(pattern: str) -> Any:
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise NotImplementedError(f"the pattern {pattern} of a service model: {error}") from error
