"""The `q` of files.list: parsed for real; terms that this stand-in does not know are refused by name.

Grammar: Drive guides, "Search for files and folders" and "Search query terms and operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud.google_drive.errors import DriveError, invalid_value, not_found, not_implemented
from localcloud.google_drive.model import DriveFile
from localcloud.google_drive.store import DriveStore

_TOKEN = re.compile(r"\s*(?:(?P<string>'(?:\\.|[^'\\])*')|(?P<operator><=|>=|!=|=|<|>|\(|\))|(?P<word>[A-Za-z]+))")
_KNOWN_TO_GOOGLE = frozenset(
    {
        "fullText",
        "viewedByMeTime",
        "writers",
        "readers",
        "properties",
        "appProperties",
        "visibility",
        "shortcutDetails",
        "memberCount",
        "organizerCount",
        "hidden",
        "labels",
    }
)
_TIMES: dict[str, Callable[[DriveFile], datetime]] = {
    "modifiedTime": lambda file: file.modified,
    "createdTime": lambda file: file.created,
}
Predicate = Callable[[DriveFile], bool]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


class Query:
    """One `q` for one caller; `matches(file)` decides. Raises DriveError while it is built."""

    def __init__(self, text: str, store: DriveStore, viewer: str) -> None:
        self._store = store
        self._viewer = viewer
        self._tokens = _tokenize(text)
        self._at = 0
        self.matches: Predicate = self._either() if self._tokens else lambda _: True
        if self._at < len(self._tokens):
            raise invalid_value("q")

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "")

    def _take(self, kind: str | None = None) -> _Token:
        token = self._peek()
        if kind is not None and token.kind != kind:
            raise invalid_value("q")
        self._at += 1
        return token

    def _word(self, text: str) -> bool:
        """Take this word if it is next; Google reads `AND`, which n8n writes, as it reads `and`."""
        if self._peek().kind == "word" and self._peek().text.lower() == text:
            self._at += 1
            return True
        return False

    def _either(self) -> Predicate:
        options = [self._all()]
        while self._word("or"):
            options.append(self._all())
        return options[0] if len(options) == 1 else lambda file: any(option(file) for option in options)

    def _all(self) -> Predicate:
        parts = [self._one()]
        while self._word("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda file: all(part(file) for part in parts)

    def _one(self) -> Predicate:
        if self._word("not"):
            negated = self._one()
            return lambda file: not negated(file)
        token = self._take()
        if token == _Token("operator", "("):
            inner = self._either()
            if self._take() != _Token("operator", ")"):
                raise invalid_value("q")
            return inner
        if token.kind == "string":
            return self._membership(_unquoted(token.text))
        if token.kind == "word":
            return self._comparison(token.text)
        raise invalid_value("q")

    def _membership(self, value: str) -> Predicate:
        if not self._word("in"):
            raise invalid_value("q")
        collection = self._take("word").text
        if collection == "parents":
            parent = self._parent(value)
            return lambda file: file.parent_id == parent
        if collection == "owners":
            owner = self._viewer if value == "me" else value
            return lambda file: file.owner == owner
        raise _unknown(collection)

    def _parent(self, value: str) -> str:
        if value == "root":
            return self._store.root_of(self._viewer).id
        folder = self._store.files.get(value)
        if folder is None or self._store.access.effective_role(folder, self._viewer, {}) is None:
            raise not_found("")  # Google leaves the id out here
        return value

    def _comparison(self, field: str) -> Predicate:
        if field in ("name", "mimeType"):
            return self._text(field)
        if field in _TIMES:
            return self._time(_TIMES[field])
        if field in ("trashed", "starred", "sharedWithMe"):
            return self._flag(field)
        raise _unknown(field)

    def _text(self, field: str) -> Predicate:
        operator = self._take().text
        value = _unquoted(self._take("string").text)
        read: Callable[[DriveFile], str] = (
            (lambda file: file.name) if field == "name" else (lambda file: file.mime_type)
        )
        if operator == "=":
            return lambda file: read(file).lower() == value.lower()
        if operator == "!=":
            return lambda file: read(file).lower() != value.lower()
        if operator == "contains":
            return _contains(field, value, read)
        raise invalid_value("q")

    def _time(self, read: Callable[[DriveFile], datetime]) -> Predicate:
        operator = self._take("operator").text
        wanted = _moment(_unquoted(self._take("string").text))
        compare: dict[str, Predicate] = {
            "=": lambda file: read(file) == wanted,
            "!=": lambda file: read(file) != wanted,
            "<": lambda file: read(file) < wanted,
            "<=": lambda file: read(file) <= wanted,
            ">": lambda file: read(file) > wanted,
            ">=": lambda file: read(file) >= wanted,
        }
        if operator not in compare:
            raise invalid_value("q")
        return compare[operator]

    def _flag(self, field: str) -> Predicate:
        wanted = True
        if self._peek().text in ("=", "!="):
            equal = self._take().text == "="
            word = self._take("word").text
            if word not in ("true", "false"):
                raise invalid_value("q")
            wanted = (word == "true") == equal
        elif field != "sharedWithMe":
            raise invalid_value("q")
        if field == "trashed":
            return lambda file: self._store.access.is_trashed(file) == wanted
        if field == "starred":
            return lambda file: file.starred == wanted
        return lambda file: self._shared_with_viewer(file) == wanted

    def _shared_with_viewer(self, file: DriveFile) -> bool:
        """Shared with the caller by name on the file itself, not through a folder."""
        given = any(permission.email == self._viewer for permission in file.permissions.values())
        return given and file.owner != self._viewer


def _contains(field: str, value: str, read: Callable[[DriveFile], str]) -> Predicate:
    """`name contains` matches beginnings of words, `mimeType contains` beginnings of the type."""
    wanted = value.lower()
    if field == "mimeType":
        return lambda file: read(file).lower().startswith(wanted)
    at_word = re.compile(r"(?:^|[^0-9a-z])" + re.escape(wanted), re.IGNORECASE)
    return lambda file: at_word.search(read(file)) is not None


def _tokenize(text: str) -> list[_Token]:
    tokens, at, text = [], 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise invalid_value("q")
        kind = found.lastgroup or ""
        tokens.append(_Token(kind, found.group(kind)))
        at = found.end()
    return tokens


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise invalid_value("q") from wrong
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _unknown(term: str) -> DriveError:
    return not_implemented(f"the query term {term}") if term in _KNOWN_TO_GOOGLE else invalid_value("q")
