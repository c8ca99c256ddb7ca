"""Create, update, upsert and delete records: a request is checked as a whole before anything changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.airtable.errors import (
    AirtableError,
    NotFoundError,
    invalid_request,
    no_such_record,
    unknown_field,
)
from localcloud.airtable.model import Field, Record, Table, new_id
from localcloud.airtable.values import EMPTY, keep_choice, read_cell

MAXIMUM_RECORDS = 10
MAXIMUM_MERGE_FIELDS = 3
#: "number, text, long text, single select, multiple select, date" ("Update multiple records").
_MERGEABLE = frozenset({"number", "singleLineText", "multilineText", "singleSelect", "date"})
_CREATE_KEYS = frozenset({"fields", "records", "typecast", "returnFieldsByFieldId"})
_UPDATE_KEYS = _CREATE_KEYS | {"performUpsert"}


@dataclass
class _Write:
    """What one record will hold; `record` None makes a new one."""

    record: Record | None
    cells: dict[str, Any]
    replace: bool = False
    made: Record | None = field(default=None)


def create(table: Table, body: Mapping[str, Any]) -> dict[str, Any]:
    """One record (`fields`) or up to ten (`records`)."""
    _check_keys(body, _CREATE_KEYS)
    if "records" not in body:
        write = _Write(None, _cells(table, _fields_of(body), body))
        return _answer_one(table, _apply(table, [write]), body)
    writes = [_Write(None, _cells(table, _fields_of(each), body)) for each in _records_of(body, {"fields"})]
    return {"records": _shown(table, _apply(table, writes), body)}


def update_one(table: Table, record_id: str, body: Mapping[str, Any], *, replace: bool) -> dict[str, Any]:
    """PATCH leaves alone what it does not name; PUT (`replace`) clears it."""
    _check_keys(body, _CREATE_KEYS - {"records"})
    record = table.records.get(record_id)
    if record is None:
        raise NotFoundError
    write = _Write(record, _cells(table, _fields_of(body), body, record), replace)
    return _answer_one(table, _apply(table, [write]), body)


def update_many(table: Table, body: Mapping[str, Any], *, replace: bool) -> dict[str, Any]:
    """Up to ten records, by id or, with performUpsert, by the fields to merge on."""
    _check_keys(body, _UPDATE_KEYS)
    upsert = body.get("performUpsert")
    merge = _merge_fields(table, upsert) if upsert is not None else None
    given = _records_of(body, {"id", "fields"})
    writes = [_write_of(table, each, body, merge, replace) for each in given]
    _refuse_twice(writes, merge)
    records = _shown(table, _apply(table, writes), body)
    if merge is None:
        return {"records": records}
    updated = [write.record.id for write in writes if write.record is not None]
    created = [write.made.id for write in writes if write.record is None and write.made is not None]
    return {"records": records, "updatedRecords": updated, "createdRecords": created}


def delete(table: Table, ids: list[str]) -> list[dict[str, Any]]:
    """Up to ten records, all or none."""
    if not 1 <= len(ids) <= MAXIMUM_RECORDS:
        raise AirtableError(422, "INVALID_RECORDS", "You must provide an array of up to 10 record IDs.")
    for record_id in ids:
        if record_id not in table.records:
            raise no_such_record(record_id)
    for record_id in ids:
        table.records.pop(record_id, None)
    return [{"id": record_id, "deleted": True} for record_id in ids]


def _check_keys(body: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(body) - known)
    if unknown:
        raise invalid_request(f"unknown {', '.join(unknown)} in the request body")
    for name in ("typecast", "returnFieldsByFieldId"):
        if not isinstance(body.get(name, False), bool):
            raise invalid_request(f"{name} is true or false")


def _fields_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = body.get("fields")
    if not isinstance(fields, dict):
        raise AirtableError(422, "INVALID_REQUEST_MISSING_FIELDS", 'Could not find field "fields" in the request body')
    return fields


def _records_of(body: Mapping[str, Any], keys: set[str]) -> list[Mapping[str, Any]]:
    records = body.get("records")
    if isinstance(records, list) and 1 <= len(records) <= MAXIMUM_RECORDS:
        given = [each for each in records if isinstance(each, dict) and set(each) <= keys]
        if len(given) == len(records):
            return list(given)
    identified = ' an "id" ID field and' if "id" in keys else ""
    raise AirtableError(
        422,
        "INVALID_RECORDS",
        f'You must provide an array of up to 10 record objects, each with{identified} a "fields" object for '
        "cell values.",
    )


def _cells(
    table: Table, given: Mapping[str, Any], body: Mapping[str, Any], record: Record | None = None
) -> dict[str, Any]:
    """Field id -> value to store, EMPTY to clear."""
    cells: dict[str, Any] = {}
    held = record.cells if record is not None else {}
    for name, value in given.items():
        found = table.field(name)
        if found is None:
            raise unknown_field(name)
        cells[found.id] = read_cell(found, value, typecast=body.get("typecast", False), held=held.get(found.id, EMPTY))
    return cells


def _merge_fields(table: Table, upsert: Any) -> list[Field]:
    names = upsert.get("fieldsToMergeOn") if isinstance(upsert, dict) and len(upsert) == 1 else None
    if not isinstance(names, list) or not 1 <= len(names) <= MAXIMUM_MERGE_FIELDS:
        raise invalid_request("performUpsert.fieldsToMergeOn is a list of one to three fields")
    fields = []
    for name in names:
        found = table.field(str(name))
        if found is None:
            raise unknown_field(str(name))
        if found.type not in _MERGEABLE:
            raise invalid_request(f"records cannot be merged on {found.name}, a field of type {found.type}")
        fields.append(found)
    return fields


def _write_of(
    table: Table, given: Mapping[str, Any], body: Mapping[str, Any], merge: list[Field] | None, replace: bool
) -> _Write:
    if "id" in given or merge is None:
        record_id = str(given.get("id", ""))
        record = table.records.get(record_id)
        if record is None:
            raise no_such_record(record_id)
        return _Write(record, _cells(table, _fields_of(given), body, record), replace)
    cells = _cells(table, _fields_of(given), body)
    matching = _matching(table, cells, merge)
    if matching is not None:
        cells = _cells(table, _fields_of(given), body, matching)
    return _Write(matching, cells, replace)


def _matching(table: Table, cells: Mapping[str, Any], merge: list[Field]) -> Record | None:
    for each in merge:
        if each.id not in cells:
            raise invalid_request(f'a record of an upsert has no value for "{each.name}", which it is merged on')
    found = [
        record
        for record in table.records.values()
        if all(record.cells.get(each.id) == cells[each.id] for each in merge)
    ]
    if len(found) > 1:
        names = ", ".join(each.name for each in merge)
        raise invalid_request(
            f"{len(found)} records match one record of the upsert on {names}; it must match one at most"
        )
    return found[0] if found else None


def _refuse_twice(writes: list[_Write], merge: list[Field] | None) -> None:
    """The same record, or the same new key, twice in one request has no order to go by."""
    keys = [
        write.record.id if write.record is not None else tuple(str(write.cells.get(each.id)) for each in merge or [])
        for write in writes
    ]
    if len(set(keys)) < len(keys):
        raise invalid_request("the same record is named twice in one request")


def _apply(table: Table, writes: list[_Write]) -> list[Record]:
    now = datetime.now(UTC)
    for write in writes:
        record = write.record or Record(new_id("rec"), now)
        table.records[record.id] = write.made = record
        if write.replace:
            record.cells.clear()
        for each in table.fields:
            if each.id not in write.cells:
                continue
            value = write.cells[each.id]
            if value is EMPTY:
                record.cells.pop(each.id, None)
            else:
                keep_choice(each, value)
                record.cells[each.id] = value
    return [write.made for write in writes if write.made is not None]


def _shown(table: Table, records: list[Record], body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [table.shown(record, by_id=body.get("returnFieldsByFieldId", False)) for record in records]


def _answer_one(table: Table, records: list[Record], body: Mapping[str, Any]) -> dict[str, Any]:
    return _shown(table, records, body)[0]
