"""Tables and fields: the types that the API can create and the options that each requires.

[Airtable Web API, "Field types and cell values"; "Get base schema", "Create table", "Create field"]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from localcloud.airtable.errors import AirtableError, invalid_request, not_implemented
from localcloud.airtable.model import Base, Field, Table, new_id

NOT_CREATABLE = frozenset(
    {
        "aiText",
        "autoNumber",
        "button",
        "count",
        "createdBy",
        "createdTime",
        "externalSyncSource",
        "formula",
        "lastModifiedBy",
        "lastModifiedTime",
        "multipleLookupValues",
        "rollup",
    }
)
_UNIMPLEMENTED = frozenset(
    {
        "barcode",
        "checkbox",
        "currency",
        "date",
        "email",
        "multipleAttachments",
        "multipleCollaborators",
        "multipleRecordLinks",
        "multipleSelects",
        "percent",
        "phoneNumber",
        "rating",
        "richText",
        "singleCollaborator",
    }
)
_DATE_FORMATS = {
    "local": "l",
    "friendly": "LL",
    "us": "M/D/YYYY",
    "european": "D/M/YYYY",
    "iso": "YYYY-MM-DD",
}
_TIME_FORMATS = {"12hour": "h:mma", "24hour": "HH:mm"}
_DURATION_FORMATS = ("h:mm", "h:mm:ss", "h:mm:ss.S", "h:mm:ss.SS", "h:mm:ss.SSS")
_MAX_PRECISION = 8

Options = Mapping[str, Any]


def list_tables(base: Base, include: list[str]) -> dict[str, Any]:
    if set(include) - {"visibleFieldIds"}:
        raise invalid_request(f"include takes visibleFieldIds, not {include}")
    return {"tables": [table.schema(visible_field_ids=bool(include)) for table in base.tables]}


def create_table(base: Base, body: Mapping[str, Any]) -> dict[str, Any]:
    """Create a table; its first field is the primary one."""
    _check_keys(body, "name", "fields")
    name = _text(body, "name")
    if any(table.name.lower() == name.lower() for table in base.tables):
        raise AirtableError(422, "DUPLICATE_TABLE_NAME", f"Table {name} already exists in this base")
    fields = body.get("fields")
    if not isinstance(fields, list) or not fields:
        raise invalid_request("fields is a list of at least one field")
    table = Table(new_id("tbl"), name, [], new_id("viw"))
    for field in fields:
        _add_field(table, field, f"{name}.")
    primary = table.fields[0]
    if primary.type == "singleSelect":
        raise _invalid_options(f"{name}.{primary.name}", f"a field of type {primary.type} cannot be primary")
    base.tables.append(table)
    return table.schema()


def create_field(table: Table, body: Mapping[str, Any]) -> dict[str, Any]:
    return _add_field(table, body, "").schema()


def _add_field(table: Table, body: Any, prefix: str) -> Field:
    """Raises AirtableError 422, or 501 for a type that only the local Airtable lacks."""
    if not isinstance(body, dict):
        raise invalid_request("a field is an object")
    _check_keys(body, "name", "type", "options")
    name, kind = _text(body, "name"), _text(body, "type")
    if any(field.name.lower() == name.lower() for field in table.fields):
        raise AirtableError(422, "DUPLICATE_OR_EMPTY_FIELD_NAME", f"Field {name} already exists in this table")
    label = f"{prefix}{name}"
    if kind in NOT_CREATABLE:
        raise AirtableError(
            422,
            "UNSUPPORTED_FIELD_TYPE_FOR_CREATE",
            f"Invalid options for {label}: Creating {kind} fields is not supported at this time",
        )
    if kind in _UNIMPLEMENTED:
        raise not_implemented(f"fields of type {kind} ({label})")
    if kind not in TYPES:
        raise AirtableError(422, "INVALID_FIELD_TYPE_FOR_CREATE", f"Invalid options for {label}: unknown type {kind}")
    try:
        options = TYPES[kind](body.get("options") or {})
    except _InvalidOptionsError as invalid:
        raise _invalid_options(label, str(invalid)) from invalid
    field = Field(new_id("fld"), name, kind, options)
    table.fields.append(field)
    return field


def _check_keys(body: Mapping[str, Any], *known: str) -> None:
    if "description" in body:
        raise not_implemented("descriptions of tables and fields")
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise invalid_request(f"unknown {', '.join(unknown)} in the request body")


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid_request(f"{name} must be given as text")
    return value


class _InvalidOptionsError(Exception):
    """Becomes an AirtableError where the name of the field is known."""


def _invalid_options(label: str, why: str) -> AirtableError:
    return AirtableError(422, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE", f"Invalid options for {label}: {why}")


def _require(condition: bool, why: str) -> None:
    if not condition:
        raise _InvalidOptionsError(why)


def _require_keys(options: Options, *names: str) -> None:
    _require(set(options) == set(names), f"options must be exactly {', '.join(names)}")


def _none(options: Options) -> None:
    _require(not options, "this type takes no options")


def _number(options: Options) -> dict[str, Any]:
    _require_keys(options, "precision")
    precision = options["precision"]
    _require(type(precision) is int and 0 <= precision <= _MAX_PRECISION, f"precision is 0 to {_MAX_PRECISION}")
    return {"precision": precision}


def _single_select(options: Options) -> dict[str, Any]:
    _require_keys(options, "choices")
    choices = options["choices"]
    _require(isinstance(choices, list) and bool(choices), "choices is a list of at least one choice")
    for choice in choices:
        _require(isinstance(choice, dict) and set(choice) <= {"name", "color"}, "a choice has name and color")
        _require(isinstance(choice.get("name"), str) and bool(choice["name"]), "a choice has a name")
        if "color" in choice:
            raise not_implemented("colors of choices")
    names = [choice["name"] for choice in choices]
    _require(len(set(names)) == len(names), "names of choices are unique")
    return {"choices": [new_choice(name) for name in names]}


def new_choice(name: str) -> dict[str, str]:
    return {"id": new_id("sel"), "name": name, "color": "blueLight2"}


def _format(options: Options, key: str, formats: Mapping[str, str]) -> dict[str, str]:
    given = options[key]
    _require(isinstance(given, dict) and given.get("name") in formats, f"{key}.name is one of {list(formats)}")
    expected = {"name": given["name"], "format": formats[given["name"]]}
    _require(given.items() <= expected.items(), f"{key} is {expected}")
    return expected


def _date_time(options: Options) -> dict[str, Any]:
    _require_keys(options, "timeZone", "dateFormat", "timeFormat")
    zone = options["timeZone"]
    if zone not in ("client", "utc"):
        try:
            ZoneInfo(str(zone))
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise _InvalidOptionsError(f"unknown timeZone {zone}") from unknown
    return {
        "timeZone": zone,
        "dateFormat": _format(options, "dateFormat", _DATE_FORMATS),
        "timeFormat": _format(options, "timeFormat", _TIME_FORMATS),
    }


def _duration(options: Options) -> dict[str, Any]:
    _require_keys(options, "durationFormat")
    _require(options["durationFormat"] in _DURATION_FORMATS, f"durationFormat is one of {_DURATION_FORMATS}")
    return {"durationFormat": options["durationFormat"]}


#: Type -> the check of its options, which returns them as Airtable stores them.
TYPES: dict[str, Callable[[Options], dict[str, Any] | None]] = {
    "singleLineText": _none,
    "multilineText": _none,
    "url": _none,
    "number": _number,
    "singleSelect": _single_select,
    "dateTime": _date_time,
    "duration": _duration,
}
