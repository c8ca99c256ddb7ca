"""The `q` of files.list: terms joined by `and`; the rest of Google's grammar is rejected by name.

Grammar: Drive guides, "Search for files and folders" and "Search query terms and operators".
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from localcloud.google_drive.errors import DriveError, invalid_value, not_found, not_implemented
from localcloud.google_drive.model import DriveFile
from localcloud.google_drive.store import DriveStore

_STRING = r"'((?:\\.|[^'\\])*)'"
_MEMBERSHIP = re.compile(rf"{_STRING}\s*in\s+(\w+)")
_COMPARISON = re.compile(rf"(\w+)\s*(<=|>=|!=|=|<|>|contains\b)\s*(?:{_STRING}|(true|false)\b)")
#: Google reads `AND`, which n8n writes, as it reads `and`.
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_UNIMPLEMENTED = frozenset(
    {
        "(",
        "appProperties",
        "contains",
        "fullText",
        "hidden",
        "labels",
        "memberCount",
        "name",
        "not",
        "or",
        "organizerCount",
        "owners",
        "properties",
        "readers",
        "sharedWithMe",
        "shortcutDetails",
        "starred",
        "viewedByMeTime",
        "visibility",
        "writers",
    }
)
_EQUALITY: dict[str, Callable[[Any, Any], bool]] = {"=": operator.eq, "!=": operator.ne}
_ORDER = {**_EQUALITY, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
Predicate = Callable[[DriveFile], bool]


class Query:
    """One `q` of one caller. Raises DriveError for what is invalid or not implemented."""

    def __init__(self, text: str, store: DriveStore, viewer: str) -> None:
        self._store = store
        self._viewer = viewer
        self._terms = list(self._parse(text.strip()))

    def matches(self, file: DriveFile) -> bool:
        return all(term(file) for term in self._terms)

    def _parse(self, text: str) -> Iterator[Predicate]:
        while text:
            if found := _MEMBERSHIP.match(text):
                yield self._membership(*found.groups())
            elif found := _COMPARISON.match(text):
                yield self._comparison(*found.groups())
            else:
                raise _unknown(text)
            text = text[found.end() :]
            if text:
                joint = _AND.match(text)
                if joint is None:
                    raise _unknown(text)
                text = text[joint.end() :]

    def _membership(self, value: str, collection: str) -> Predicate:
        if collection != "parents":
            raise _unknown(collection)
        if value == "root":
            raise not_implemented("the alias root in a query of drive.files.list")
        folder = self._store.files.get(value)
        if folder is None or self._store.access.effective_role(folder, self._viewer, {}) is None:
            raise not_found("")  # Google leaves out the id here
        return lambda file: file.parent_id == value

    def _comparison(self, field: str, sign: str, text: str | None, word: str | None) -> Predicate:
        read: Callable[[DriveFile], Any]
        wanted: Any
        if field == "trashed" and word is not None:
            read, compare, wanted = self._store.access.is_trashed, _EQUALITY, word == "true"
        elif field == "mimeType" and text is not None:
            read, compare, wanted = lambda file: file.mime_type.lower(), _EQUALITY, _unescaped(text).lower()
        elif field in ("createdTime", "modifiedTime") and text is not None:
            attribute = field.removesuffix("Time")
            read, compare, wanted = lambda file: getattr(file, attribute), _ORDER, _moment(text)
        else:
            raise _unknown(field)
        if sign not in compare:
            raise _unknown(sign)
        return lambda file: compare[sign](read(file), wanted)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise invalid_value("q") from wrong
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _unknown(text: str) -> DriveError:
    """Return the error for a query that cannot be read from here on."""
    first = re.match(r"\s*(\w+|.)", text)
    term = first[1] if first else text
    return not_implemented(f"the query term {term}") if term in _UNIMPLEMENTED else invalid_value("q")
