"""The `fields` parameter: parsed, checked against the schema, and applied.

Grammar (Drive guides, "Return specific fields"): a comma-separated list of paths; `/` goes into a field, `(...)`
selects several below it, `*` takes everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localcloud.google_drive.discovery import drive_v3
from localcloud.google_drive.errors import DriveError, invalid_parameter

#: Name -> what is selected of it; None selects all of it.
Selection = dict[str, "Selection | None"]

_TOKEN = re.compile(r"\s*([A-Za-z0-9_$.\-]+|[*,/()])")

#: What is returned without `fields` (Drive guides: "kind, id, name, mimeType" for files).
DEFAULTS = {
    "File": "kind,id,name,mimeType",
    "FileList": "kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType)",
    "ChangeList": "kind,nextPageToken,newStartPageToken,changes(kind,type,changeType,time,removed,fileId,"
    "file(kind,id,name,mimeType))",
}


def parse(text: str | None, schema: str) -> Selection:
    """Return the selection for a response of one schema; None selects the default of that schema.

    Raises DriveError 400 invalidParameter for a field that the schema does not have.
    """
    if text is None:
        text = DEFAULTS.get(schema, "*")
    elif not text.strip():
        return {}
    selection = _Parser(text).parse()
    _check(selection, drive_v3().schemas[schema])
    return selection


def project(value: Any, selection: Selection | None) -> Any:
    """Return `value` with only what was selected."""
    if selection is None or "*" in selection:
        return value
    if isinstance(value, list):
        return [project(item, selection) for item in value]
    if isinstance(value, dict):
        return {name: project(value[name], below) for name, below in selection.items() if name in value}
    return value


def _invalid(name: str) -> DriveError:
    return invalid_parameter("fields", f"Invalid field selection {name}")


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKEN.findall(text)
        if "".join(self._tokens) != "".join(text.split()):
            raise _invalid(text)

    def parse(self) -> Selection:
        selection = self._list({})
        if self._tokens:
            raise _invalid(self._text)
        return selection

    def _accept(self, sign: str) -> bool:
        if self._tokens[:1] == [sign]:
            del self._tokens[0]
            return True
        return False

    def _list(self, into: Selection) -> Selection:
        self._path(into)
        while self._accept(","):
            self._path(into)
        return into

    def _path(self, into: Selection) -> None:
        if not self._tokens or self._tokens[0] in ",/()":
            raise _invalid(self._text)
        name = self._tokens.pop(0)
        held = into.get(name, {})
        below: Selection | None = None
        if self._accept("/"):
            below = held or {}
            self._path(below)
        elif self._accept("("):
            below = self._list(held or {})
            if not self._accept(")"):
                raise _invalid(self._text)
        into[name] = below if held is not None else None


def _check(selection: Selection, schema: Mapping[str, Any]) -> None:
    discovery = drive_v3()
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
            if not {"properties", "additionalProperties"} & set(resolved):
                raise _invalid(next(iter(below)))
            _check(below, resolved)
