"""List records: filter, sort, page. GET and POST .../listRecords take the same parameters."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from localcloud.airtable.errors import AirtableError, invalid_request, not_implemented, unknown_field
from localcloud.airtable.formula import Formula
from localcloud.airtable.model import Field, Record, Table, new_id

MAXIMUM_PAGE = 100
_ITERATORS_KEPT = 200
_SORT = re.compile(r"sort\[(\d+)\]\[(field|direction)\]")
_PLAIN = frozenset({"view", "pageSize", "maxRecords", "offset", "filterByFormula", "returnFieldsByFieldId"})
_UNIMPLEMENTED = frozenset({"timeZone", "userLocale"})


@dataclass(frozen=True)
class Listing:
    """One list request; `fields` are field ids (None: all), `sort` pairs of field and descending."""

    page_size: int
    max_records: int | None
    offset: str | None
    formula: Formula | None
    fields: list[str] | None
    sort: list[tuple[Field, bool]]
    by_id: bool


def from_query(args: MultiDict[str, str]) -> dict[str, Any]:
    """The JSON form of the query parameters of a GET."""
    body: dict[str, Any] = {}
    sort: dict[int, dict[str, str]] = {}
    for name in args:
        if found := _SORT.fullmatch(name):
            sort.setdefault(int(found[1]), {})[found[2]] = args[name]
        elif name in ("fields[]", "fields", "recordMetadata[]", "recordMetadata"):
            body[name.removesuffix("[]")] = args.getlist(name)
        else:
            body[name] = args[name]
    if sort:
        body["sort"] = [sort[number] for number in sorted(sort)]
    return body


def parse(body: Mapping[str, Any], table: Table) -> Listing:
    """Raises AirtableError 422 for parameters that Airtable refuses, 501 for those not implemented here."""
    for name in body:
        if name in _UNIMPLEMENTED:
            raise not_implemented(f"the parameter {name} of list records")
        if name not in _PLAIN | {"fields", "sort", "cellFormat", "recordMetadata"}:
            raise invalid_request(f'unknown parameter "{name}"')
    if body.get("cellFormat", "json") != "json":
        raise not_implemented(f"cellFormat {body['cellFormat']}")
    if body.get("recordMetadata"):
        raise not_implemented("recordMetadata")
    view = body.get("view")
    if view is not None and view not in (table.view_id, "Grid view"):
        raise AirtableError(422, "VIEW_NAME_NOT_FOUND", f"View {view} not found")
    text = body.get("filterByFormula")
    limit = body.get("maxRecords")
    return Listing(
        page_size=_count(body.get("pageSize", MAXIMUM_PAGE), "pageSize", MAXIMUM_PAGE),
        max_records=None if limit is None else _count(limit, "maxRecords", None),
        offset=body.get("offset"),
        formula=Formula(str(text), table) if text else None,
        fields=_fields(body.get("fields"), table),
        sort=_sort(body.get("sort") or [], table),
        by_id=truth(body.get("returnFieldsByFieldId", False), "returnFieldsByFieldId"),
    )


def truth(value: Any, name: str) -> bool:
    """A boolean of a query string or of JSON."""
    if value in (True, "true", "1", 1):
        return True
    if value in (False, "false", "0", 0):
        return False
    raise invalid_request(f"{name} is true or false")


def _count(value: Any, name: str, most: int | None) -> int:
    try:
        count = int(value)
    except (TypeError, ValueError) as wrong:
        raise AirtableError(422, f"INVALID_{name.upper()}_VALUE", f"{name} is no number: {value!r}") from wrong
    if count < 1 or (most is not None and count > most):
        raise AirtableError(422, f"INVALID_{name.upper()}_VALUE", f"{name} must be between 1 and {most or 'any'}")
    return count


def _known(table: Table, name: Any) -> Field:
    field = table.field(str(name))
    if field is None:
        raise unknown_field(str(name))
    return field


def _fields(names: Any, table: Table) -> list[str] | None:
    if names is None:
        return None
    if not isinstance(names, list):
        raise invalid_request("fields is a list of field names")
    return [_known(table, name).id for name in names]


def _sort(entries: Any, table: Table) -> list[tuple[Field, bool]]:
    if not isinstance(entries, list):
        raise invalid_request("sort is a list of objects")
    order = []
    for entry in entries:
        direction = entry.get("direction", "asc") if isinstance(entry, dict) else None
        if direction not in ("asc", "desc") or "field" not in entry:
            raise invalid_request("a sort object has a field and a direction, asc or desc")
        order.append((_known(table, entry["field"]), direction == "desc"))
    return order


def _sort_key(field: Field, record: Record) -> tuple[int, Any]:
    """Empty cells come first, as in Airtable's ascending order; choices sort in the order of their list."""
    value = record.cells.get(field.id)
    if value is None:
        return (0, 0)
    if field.type == "singleSelect":
        return (1, field.choice_names().index(value))
    if field.type == "multipleAttachments":
        return (1, len(value))
    return (1, value.lower() if isinstance(value, str) else value)


class Iterators:
    """Listings under way: an offset names what is still to come, as it was when the listing began."""

    def __init__(self) -> None:
        self._pending: OrderedDict[str, list[str]] = OrderedDict()

    def page(self, table: Table, listing: Listing) -> dict[str, Any]:
        """One page as the API answers it."""
        ids = self._resumed(listing.offset) if listing.offset else _selected(table, listing)
        shown, rest = ids[: listing.page_size], ids[listing.page_size :]
        records = [table.records[each] for each in shown if each in table.records]
        answer: dict[str, Any] = {
            "records": [table.shown(record, by_id=listing.by_id, only=listing.fields) for record in records]
        }
        if rest:
            answer["offset"] = f"{new_id('itr')}/{rest[0]}"
            self._pending[answer["offset"]] = rest
            while len(self._pending) > _ITERATORS_KEPT:
                self._pending.popitem(last=False)
        return answer

    def _resumed(self, offset: str) -> list[str]:
        if offset not in self._pending:
            raise AirtableError(
                422, "LIST_RECORDS_ITERATOR_NOT_AVAILABLE", "The offset is unknown or its listing has expired."
            )
        return self._pending[offset]


def _selected(table: Table, listing: Listing) -> list[str]:
    records = list(table.records.values())
    if listing.formula is not None:
        records = [record for record in records if listing.formula.matches(record)]
    for field, descending in reversed(listing.sort):
        records.sort(key=lambda record, field=field: _sort_key(field, record), reverse=descending)  # type: ignore[misc]
    return [record.id for record in records[: listing.max_records]]
