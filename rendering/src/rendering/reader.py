"""Readers that record what was read; at the end, what no rule has read is rejected by its JSON path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from rendering.errors import UnsupportedSetting
from rendering.no_effect import NO_EFFECT

T = TypeVar("T")

_INDEX = re.compile(r"\[[^\]]*\]")


class Reader:
    """One JSON object of the job settings and the record of what was read from it."""

    def __init__(self, value: Mapping[str, Any], path: str) -> None:
        self.value = value
        self.path = path
        self._read: set[str] = set()
        self._children: list[Reader] = []

    def at(self, name: str) -> str:
        """Return the JSON path of a member."""
        return f"{self.path}.{name}"

    def has(self, name: str) -> bool:
        """Return whether the member is present; does not count as reading it."""
        return self.value.get(name) is not None

    def take(self, name: str, default: Any = None) -> Any:
        """Read a member with any value; the calling rule renders every value."""
        self._read.add(name)
        found = self.value.get(name)
        return default if found is None else found

    def choice(self, name: str, meanings: Mapping[str, T], default: str) -> T:
        """Read a member whose value is in `meanings`.

        Raises:
            UnsupportedSetting: the value is not rendered.
        """
        found = self.take(name, default)
        if found not in meanings:
            raise UnsupportedSetting(self.at(name), found, "rendered are " + ", ".join(meanings))
        return meanings[found]

    def choice_of(self, name: str, meanings: Mapping[Any, T]) -> T:
        """Like `choice`, for members that are not strings; None means absent."""
        found = self.take(name)
        if found not in meanings:
            allowed = ", ".join(str(value) for value in meanings if value is not None)
            raise UnsupportedSetting(self.at(name), found, f"rendered are {allowed}")
        return meanings[found]

    def unsupported(self, name: str, why: str) -> UnsupportedSetting:
        """Return the error for this member, for the caller to raise."""
        return UnsupportedSetting(self.at(name), self.value.get(name), why)

    def child(self, name: str) -> Reader:
        """Return the reader of an object member; an absent one reads as empty."""
        self._read.add(name)
        return self._adopt(self.value.get(name) or {}, self.at(name))

    def children(self, name: str) -> list[Reader]:
        """Return the readers of a list of objects."""
        self._read.add(name)
        items: Sequence[Mapping[str, Any]] = self.value.get(name) or []
        return [self._adopt(item, f"{self.at(name)}[{index}]") for index, item in enumerate(items)]

    def entries(self, name: str) -> dict[str, Reader]:
        """Return the readers of a map of objects, by key."""
        self._read.add(name)
        items: Mapping[str, Mapping[str, Any]] = self.value.get(name) or {}
        return {key: self._adopt(item, f"{self.at(name)}[{key}]") for key, item in items.items()}

    def finish(self) -> None:
        """Reject the first leaf that was not read and is not in the table of settings without effect.

        Raises:
            UnsupportedSetting: with the leaf's JSON path and value.
        """
        for path, value in self._leftovers():
            if not _without_effect(path, value):
                raise UnsupportedSetting(path, value)

    def _adopt(self, value: Mapping[str, Any], path: str) -> Reader:
        reader = Reader(value, path)
        self._children.append(reader)
        return reader

    def _leftovers(self) -> Iterator[tuple[str, Any]]:
        for name, value in self.value.items():
            if name not in self._read:
                yield from _leaves(value, self.at(name))
        for child in self._children:
            yield from child._leftovers()


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}")
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    elif value is not None:
        yield path, value


def _without_effect(path: str, value: Any) -> bool:
    rule = NO_EFFECT.get(_INDEX.sub("[]", path))
    return rule is not None and (rule.values is None or value in rule.values)
