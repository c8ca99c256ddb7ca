"""Bases, tables, fields and records of the local Airtable."""

from __future__ import annotations

import secrets
import string
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """Return an id in Airtable's form: a three-letter kind and fourteen characters."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(14))


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass
class Field:
    """One column; `options` are those of its type."""

    id: str
    name: str
    type: str
    options: dict[str, Any] | None = None

    def schema(self) -> dict[str, Any]:
        options = {} if self.options is None else {"options": self.options}
        return {"type": self.type, **options, "id": self.id, "name": self.name}

    def choice_names(self) -> list[str]:
        return [choice["name"] for choice in (self.options or {}).get("choices", [])]


@dataclass
class Record:
    """One row; `cells` by field id, without empty ones."""

    id: str
    created: datetime
    cells: dict[str, Any] = field(default_factory=dict)


@dataclass
class Table:
    id: str
    name: str
    fields: list[Field]
    view_id: str
    records: dict[str, Record] = field(default_factory=dict)

    def field(self, id_or_name: str) -> Field | None:
        return next((each for each in self.fields if id_or_name in (each.id, each.name)), None)

    def schema(self, *, visible_field_ids: bool = False) -> dict[str, Any]:
        view: dict[str, Any] = {"id": self.view_id, "name": "Grid view", "type": "grid"}
        if visible_field_ids:
            view["visibleFieldIds"] = [each.id for each in self.fields]
        return {
            "id": self.id,
            "name": self.name,
            "primaryFieldId": self.fields[0].id,
            "fields": [each.schema() for each in self.fields],
            "views": [view],
        }

    def record_resource(self, record: Record) -> dict[str, Any]:
        """Return a record as the API does: without empty cells."""
        cells = {each.name: record.cells[each.id] for each in self.fields if each.id in record.cells}
        return {"id": record.id, "createdTime": timestamp(record.created), "fields": cells}


@dataclass
class Base:
    id: str
    name: str
    tables: list[Table] = field(default_factory=list)

    def table(self, id_or_name: str) -> Table | None:
        return next((each for each in self.tables if id_or_name in (each.id, each.name)), None)


@dataclass(frozen=True)
class Token:
    """A personal access token: its scopes and the bases that it opens."""

    owner: str
    scopes: frozenset[str]
    bases: frozenset[str]


class Workspace:
    """All bases and tokens; hold `lock` for the length of a request."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.bases: dict[str, Base] = {}
        self.tokens: dict[str, Token] = {}
