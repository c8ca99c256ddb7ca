"""Field types: which can be created by the API, and the options that each insists on.

[Airtable Web API, "Field types and cell values"; "Create table", "Create field"]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from localcloud.airtable.errors import AirtableError, not_implemented
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
        "currency",
        "multipleCollaborators",
        "multipleRecordLinks",
        "multipleSelects",
        "percent",
        "rating",
        "richText",
        "singleCollaborator",
    }
)
_NOT_PRIMARY = frozenset({"singleSelect", "checkbox", "multipleAttachments"})
_DATE_FORMATS = {
    "local": "l",
    "friendly": "LL",
    "us": "M/D/YYYY",
    "european": "D/M/YYYY",
    "iso": "YYYY-MM-DD",
}
_TIME_FORMATS = {"12hour": "h:mma", "24hour": "HH:mm"}
_DURATION_FORMATS = ("h:mm", "h:mm:ss", "h:mm:ss.S", "h:mm:ss.SS", "h:mm:ss.SSS")
_HUES = ("blue", "cyan", "teal", "green", "yellow", "orange", "red", "pink", "purple", "gray")
_BRIGHT = frozenset(f"{hue}Bright" for hue in _HUES)
_CHOICE_COLOURS = frozenset(f"{hue}{shade}" for hue in _HUES for shade in ("Light2", "Light1", "Bright", "Dark1"))
_ICONS = ("check", "xCheckbox", "star", "heart", "thumbsUp", "flag", "dot")
_MAXIMUM_PRECISION = 8
_MAXIMUM_DESCRIPTION = 20_000

Options = dict[str, Any] | None


class _WrongOptions(Exception):  # noqa: N818 - becomes an AirtableError where the field's name is known
    pass


def _require(condition: bool, why: str) -> None:
    if not condition:
        raise _WrongOptions(why)


def _keys(options: Mapping[str, Any], *names: str) -> None:
    _require(set(options) == set(names), f"options must be exactly {', '.join(names)}")


def _none(options: Mapping[str, Any]) -> Options:
    _require(not options, "this type takes no options")
    return None


def _number(options: Mapping[str, Any]) -> Options:
    _keys(options, "precision")
    precision = options["precision"]
    _require(type(precision) is int and 0 <= precision <= _MAXIMUM_PRECISION, "precision is 0 to 8")
    return {"precision": precision}


def _choices(options: Mapping[str, Any]) -> Options:
    _keys(options, "choices")
    choices = options["choices"]
    _require(isinstance(choices, list) and bool(choices), "choices is a list of at least one choice")
    made = []
    for number, choice in enumerate(choices):
        _require(isinstance(choice, dict) and set(choice) <= {"name", "color"}, "a choice has name and color")
        _require(isinstance(choice.get("name"), str) and bool(choice["name"]), "a choice has a name")
        colour = choice.get("color", f"{_HUES[number % len(_HUES)]}Light2")
        _require(colour in _CHOICE_COLOURS, f"unknown color {colour}")
        made.append({"id": new_id("sel"), "name": choice["name"], "color": colour})
    _require(len({choice["name"] for choice in made}) == len(made), "names of choices are unique")
    return {"choices": made}


def _format(options: Mapping[str, Any], name: str, formats: Mapping[str, str]) -> dict[str, str]:
    given = options[name]
    _require(isinstance(given, dict) and given.get("name") in formats, f"{name}.name is one of {list(formats)}")
    _require(given.get("format", formats[given["name"]]) == formats[given["name"]], f"{name}.format does not fit")
    return {"name": given["name"], "format": formats[given["name"]]}


def _date(options: Mapping[str, Any]) -> Options:
    _keys(options, "dateFormat")
    return {"dateFormat": _format(options, "dateFormat", _DATE_FORMATS)}


def _date_time(options: Mapping[str, Any]) -> Options:
    _keys(options, "timeZone", "dateFormat", "timeFormat")
    zone = options["timeZone"]
    if zone not in ("client", "utc"):
        try:
            ZoneInfo(str(zone))
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise _WrongOptions(f"unknown timeZone {zone}") from unknown
    return {
        "timeZone": zone,
        "dateFormat": _format(options, "dateFormat", _DATE_FORMATS),
        "timeFormat": _format(options, "timeFormat", _TIME_FORMATS),
    }


def _duration(options: Mapping[str, Any]) -> Options:
    _keys(options, "durationFormat")
    _require(options["durationFormat"] in _DURATION_FORMATS, f"durationFormat is one of {_DURATION_FORMATS}")
    return {"durationFormat": options["durationFormat"]}


def _checkbox(options: Mapping[str, Any]) -> Options:
    _keys(options, "icon", "color")
    _require(options["icon"] in _ICONS, f"icon is one of {_ICONS}")
    _require(options["color"] in _BRIGHT, f"color is one of {sorted(_BRIGHT)}")
    return {"icon": options["icon"], "color": options["color"]}


def _attachments(options: Mapping[str, Any]) -> Options:
    _require(not options, "this type takes no options")
    return {"isReversed": False}


TYPES: dict[str, Callable[[Mapping[str, Any]], Options]] = {
    "singleLineText": _none,
    "multilineText": _none,
    "email": _none,
    "url": _none,
    "phoneNumber": _none,
    "number": _number,
    "singleSelect": _choices,
    "date": _date,
    "dateTime": _date_time,
    "duration": _duration,
    "checkbox": _checkbox,
    "multipleAttachments": _attachments,
}


def _schema_error(kind: str, message: str) -> AirtableError:
    return AirtableError(422, kind, message)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _schema_error("INVALID_REQUEST_UNKNOWN", f"Invalid request: {name} must be given as text")
    return value


def describe(body: Mapping[str, Any]) -> str | None:
    """The description of a table or field, if one is given."""
    description = body.get("description")
    if description is not None and (not isinstance(description, str) or len(description) > _MAXIMUM_DESCRIPTION):
        raise _schema_error("INVALID_REQUEST_UNKNOWN", "Invalid request: description is text of at most 20k characters")
    return description


def build_field(body: Any, where: str) -> Field:
    """A field from its model. Raises AirtableError 422 (501 for types that only this stand-in lacks)."""
    if not isinstance(body, dict) or not set(body) <= {"name", "type", "description", "options"}:
        raise _schema_error(
            "INVALID_REQUEST_UNKNOWN", "Invalid request: a field has name, type, description and options"
        )
    name, kind = _text(body, "name"), _text(body, "type")
    label = f"{where}{name}"
    if kind in NOT_CREATABLE:
        raise _schema_error(
            "UNSUPPORTED_FIELD_TYPE_FOR_CREATE",
            f"Invalid options for {label}: Creating {kind} fields is not supported at this time",
        )
    if kind in _UNIMPLEMENTED:
        raise not_implemented(f"fields of type {kind} ({label})")
    if kind not in TYPES:
        raise _schema_error("INVALID_FIELD_TYPE_FOR_CREATE", f"Invalid options for {label}: unknown type {kind}")
    try:
        options = TYPES[kind](body.get("options") or {})
    except _WrongOptions as wrong:
        raise _schema_error("INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE", f"Invalid options for {label}: {wrong}") from wrong
    return Field(new_id("fld"), name, kind, options, describe(body))


def build_table(base: Base, body: Mapping[str, Any]) -> Table:
    """A table from its model, not yet in the base. The first field is the primary one."""
    name = _text(body, "name")
    check_table_name(base, name)
    given = body.get("fields")
    if not isinstance(given, list) or not given:
        raise _schema_error("INVALID_REQUEST_UNKNOWN", "Invalid request: fields is a list of at least one field")
    table = Table(new_id("tbl"), name, [], new_id("viw"), describe(body))
    for model in given:
        field = build_field(model, f"{name}.")
        check_field_name(table, field.name)
        table.fields.append(field)
    primary = table.fields[0]
    if primary.type in _NOT_PRIMARY:
        raise _schema_error(
            "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE",
            f"Invalid options for {name}.{primary.name}: a field of type {primary.type} cannot be primary",
        )
    return table


def check_table_name(base: Base, name: str) -> None:
    if any(table.name.lower() == name.lower() for table in base.tables):
        raise _schema_error("DUPLICATE_TABLE_NAME", f"Table {name} already exists in this base")


def check_field_name(table: Table, name: str) -> None:
    if any(field.name.lower() == name.lower() for field in table.fields):
        raise _schema_error("DUPLICATE_OR_EMPTY_FIELD_NAME", f"Field {name} already exists in this table")
