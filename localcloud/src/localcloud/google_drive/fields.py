"""The `fields` parameter: parsed, checked against the schema, and applied.

Grammar (Drive guides, "Return specific fields"): a comma-separated list of paths; `/` goes into a field, `(...)`
selects several below it, `*` takes everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localcloud.google_drive.discovery import Discovery, drive_v3
from localcloud.google_drive.errors import DriveError, invalid_parameter

#: Name -> what is taken of it; None takes all of it.
Selection = dict[str, "Selection | None"]

_TOKEN = re.compile(r"\s*([A-Za-z0-9_$.\-]+|[*,/()])")

#: What is answered without `fields` (Drive guides: "kind, id, name, mimeType" for files).
DEFAULTS = {
    "File": "kind,id,name,mimeType",
    "FileList": "kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType)",
    "Permission": "kind,id,type,role",
    "PermissionList": "kind,nextPageToken,permissions(kind,id,type,role)",
    "ChangeList": "kind,nextPageToken,newStartPageToken,changes(kind,type,changeType,time,removed,fileId,"
    "file(kind,id,name,mimeType))",
}


def _invalid(name: str) -> DriveError:
    return invalid_parameter("fields", f"Invalid field selection {name}")


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split(text)
        self._next = 0

    def _split(self, text: str) -> list[str]:
        tokens, at = [], 0
        stripped = text.rstrip()
        while at < len(stripped):
            found = _TOKEN.match(stripped, at)
            if found is None:
                raise _invalid(text)
            tokens.append(found.group(1))
            at = found.end()
        return tokens

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._next += 1
        return token

    def whole(self) -> Selection:
        selection = self._list()
        if self._peek():
            raise _invalid(self._text)
        return selection

    def _list(self) -> Selection:
        selection: Selection = {}
        while True:
            self._path(selection)
            if self._peek() != ",":
                return selection
            self._take()

    def _path(self, into: Selection) -> None:
        name = self._take()
        if not name or name in ",/()":
            raise _invalid(self._text)
        below: Selection | None = None
        if self._peek() == "/":
            self._take()
            below = {}
            self._path(below)
        elif self._peek() == "(":
            self._take()
            below = self._list()
            if self._take() != ")":
                raise _invalid(self._text)
        if name in into and below is not None and into[name] is not None:
            _merge(into[name] or {}, below)
        else:
            into[name] = None if name in into else below


def _merge(into: Selection, other: Selection) -> None:
    for name, below in other.items():
        held = into.get(name)
        if name in into and held is not None and below is not None:
            _merge(held, below)
        else:
            into[name] = None if name in into else below


def _check(selection: Selection, schema: Mapping[str, Any], discovery: Discovery) -> None:
    for name, below in selection.items():
        if name == "*":
            if below is not None:
                raise _invalid("*")
            continue
        child = discovery.child(schema, name)
        if child is None:
            raise _invalid(name)
        if below is not None:
            resolved = discovery.resolve(child)
            if "properties" not in resolved and "additionalProperties" not in resolved:
                raise _invalid(next(iter(below)))
            _check(below, resolved, discovery)


def parse(text: str | None, schema: str) -> Selection:
    """The selection for an answer of one schema; None gives the default of that schema.

    Raises DriveError 400 invalidParameter for a field that the schema does not have.
    """
    discovery = drive_v3()
    if text is None:
        text = DEFAULTS.get(schema, "*")
    elif not text.strip():
        return {}
    selection = _Parser(text).whole()
    _check(selection, discovery.schemas[schema], discovery)
    return selection


def project(value: Any, selection: Selection | None) -> Any:
    """`value` with only what was selected."""
    if selection is None or "*" in selection:
        return value
    if isinstance(value, list):
        return [project(item, selection) for item in value]
    if isinstance(value, dict):
        return {name: project(value[name], below) for name, below in selection.items() if name in value}
    return value


def below(selection: Selection, name: str) -> Selection | None:
    """What is selected of one field; an empty selection where the field is not asked for."""
    return None if "*" in selection else selection.get(name, {})
