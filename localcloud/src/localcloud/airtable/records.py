"""Upsert records: a request is checked as a whole before anything changes. [Web API, "Update multiple records"]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localcloud.airtable.errors import AirtableError, invalid_request, not_implemented, unknown_field
from localcloud.airtable.model import Field, Record, Table, new_id
from localcloud.airtable.schema import new_choice
from localcloud.airtable.values import parse_cell

MAX_RECORDS = 10
MAX_MERGE_FIELDS = 3
#: "number, text, long text, single select, multiple select, date", as far as these types are implemented.
_MERGEABLE = frozenset({"number", "singleLineText", "multilineText", "singleSelect"})
_KEYS = frozenset({"records", "performUpsert", "typecast", "returnFieldsByFieldId"})


@dataclass
class _Write:
    """The new cells of a record, by field id, None to clear; `record` None creates one."""

    record: Record | None
    cells: dict[str, Any]


def upsert(table: Table, body: Mapping[str, Any]) -> dict[str, Any]:
    """Update or create up to ten records by the fields to merge on; leave the other fields as they are."""
    _check_keys(body)
    merge = _merge_fields(table, body["performUpsert"])
    cells = [_cells(table, fields, body.get("typecast", False)) for fields in _fields_of_records(body)]
    writes = [_Write(_matching(table, each, merge), each) for each in cells]
    _reject_repeated(writes, merge)
    created = [write.record is None for write in writes]
    records = [_apply(table, write) for write in writes]
    return {
        "records": [table.record_resource(record) for record in records],
        "updatedRecords": [record.id for record, is_new in zip(records, created, strict=True) if not is_new],
        "createdRecords": [record.id for record, is_new in zip(records, created, strict=True) if is_new],
    }


def _check_keys(body: Mapping[str, Any]) -> None:
    unknown = sorted(set(body) - _KEYS)
    if unknown:
        raise invalid_request(f"unknown {', '.join(unknown)} in the request body")
    for name in ("typecast", "returnFieldsByFieldId"):
        if not isinstance(body.get(name, False), bool):
            raise invalid_request(f"{name} is true or false")
    if "performUpsert" not in body:
        raise not_implemented("updating records without performUpsert")
    if body.get("returnFieldsByFieldId"):
        raise not_implemented("returnFieldsByFieldId")


def _fields_of_records(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    records = body.get("records")
    if not (
        isinstance(records, list)
        and 1 <= len(records) <= MAX_RECORDS
        and all(isinstance(each, dict) and set(each) <= {"id", "fields"} for each in records)
    ):
        raise AirtableError(
            422,
            "INVALID_RECORDS",
            'You must provide an array of up to 10 record objects, each with an "id" ID field and a "fields" object '
            "for cell values.",
        )
    for record in records:
        if "id" in record:
            raise not_implemented("upserting records by id")
        if not isinstance(record.get("fields"), dict):
            raise AirtableError(
                422, "INVALID_REQUEST_MISSING_FIELDS", 'Could not find field "fields" in the request body'
            )
    return [record["fields"] for record in records]


def _known_field(table: Table, name: Any) -> Field:
    field = table.field(str(name))
    if field is None:
        raise unknown_field(str(name))
    return field


def _cells(table: Table, fields: Mapping[str, Any], typecast: bool) -> dict[str, Any]:
    known = [(_known_field(table, name), value) for name, value in fields.items()]
    return {field.id: parse_cell(field, value, typecast=typecast) for field, value in known}


def _merge_fields(table: Table, upsert: Any) -> list[Field]:
    names = upsert.get("fieldsToMergeOn") if isinstance(upsert, dict) and len(upsert) == 1 else None
    if not isinstance(names, list) or not 1 <= len(names) <= MAX_MERGE_FIELDS:
        raise invalid_request("performUpsert.fieldsToMergeOn is a list of one to three fields")
    fields = [_known_field(table, name) for name in names]
    for field in fields:
        if field.type not in _MERGEABLE:
            raise invalid_request(f"records cannot be merged on {field.name}, a field of type {field.type}")
    return fields


def _matching(table: Table, cells: Mapping[str, Any], merge: list[Field]) -> Record | None:
    for field in merge:
        if field.id not in cells:
            raise invalid_request(f'a record of an upsert has no value for "{field.name}", which it is merged on')
    found = [
        record
        for record in table.records.values()
        if all(record.cells.get(field.id) == cells[field.id] for field in merge)
    ]
    if len(found) > 1:
        names = ", ".join(field.name for field in merge)
        raise invalid_request(
            f"{len(found)} records match one record of the upsert on {names}; it must match one at most"
        )
    return found[0] if found else None


def _reject_repeated(writes: list[_Write], merge: list[Field]) -> None:
    """Reject a key that occurs twice in one request: no order is documented."""
    keys = [tuple(str(write.cells[field.id]) for field in merge) for write in writes]
    if len(set(keys)) < len(keys):
        raise invalid_request("the same record is named twice in one request")


def _apply(table: Table, write: _Write) -> Record:
    record = write.record or Record(new_id("rec"), datetime.now(UTC))
    table.records[record.id] = record
    for field in table.fields:
        value = write.cells.get(field.id)
        if value is not None:
            record.cells[field.id] = value
            if field.type == "singleSelect" and value not in field.choice_names():
                (field.options or {})["choices"].append(new_choice(value))
        elif field.id in write.cells:
            record.cells.pop(field.id, None)
    return record
