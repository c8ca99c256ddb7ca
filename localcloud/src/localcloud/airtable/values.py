"""Cell values: what each field type takes, what `typecast` makes of a string, and how it is stored."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from localcloud.airtable.errors import AirtableError, invalid_value, not_implemented
from localcloud.airtable.model import Field, new_id, timestamp

#: Longest text of one cell, single or long ("Airtable field limits").
MAXIMUM_TEXT = 100_000
_DURATION = re.compile(r"(?P<hours>\d+):(?P<minutes>\d{1,2})(?::(?P<seconds>\d{1,2}(?:\.\d+)?))?")
EMPTY: Any = None


def _text(field: Field, value: Any, typecast: bool) -> Any:
    if typecast and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > MAXIMUM_TEXT:
        raise invalid_value(field.name)
    return value or EMPTY


def _number(field: Field, value: Any, typecast: bool) -> Any:
    if typecast and isinstance(value, str):
        try:
            value = float(value.replace(",", "")) if value.strip() else EMPTY
        except ValueError as wrong:
            raise invalid_value(field.name) from wrong
        if value is EMPTY:
            return EMPTY
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise invalid_value(field.name)
    return int(value) if float(value).is_integer() else value


def _duration(field: Field, value: Any, typecast: bool) -> Any:
    if typecast and isinstance(value, str) and (found := _DURATION.fullmatch(value.strip())):
        return _number(
            field,
            int(found["hours"]) * 3600 + int(found["minutes"]) * 60 + float(found["seconds"] or 0),
            typecast,
        )
    return _number(field, value, typecast)


def _checkbox(field: Field, value: Any, typecast: bool) -> Any:
    if typecast and isinstance(value, str) and value.lower() in ("true", "false", ""):
        value = value.lower() == "true"
    if not isinstance(value, bool):
        raise invalid_value(field.name)
    return value or EMPTY


def _choice(field: Field, value: Any, typecast: bool) -> Any:
    if not isinstance(value, str):
        raise invalid_value(field.name)
    if value in field.choice_names():
        return value
    if typecast and not value.strip():
        return EMPTY
    if not typecast:
        raise AirtableError(
            422,
            "INVALID_MULTIPLE_CHOICE_OPTIONS",
            f'Insufficient permissions to create new select option ""{value}""',
        )
    same = next((name for name in field.choice_names() if name.lower() == value.lower()), None)
    return same or value


def _date(field: Field, value: Any, typecast: bool) -> Any:
    return _moment(field, value, typecast).date().isoformat() if value != "" else EMPTY


def _date_time(field: Field, value: Any, typecast: bool) -> Any:
    return timestamp(_moment(field, value, typecast)) if value != "" else EMPTY


def _moment(field: Field, value: Any, typecast: bool) -> datetime:
    """A time in UTC; without an offset it is meant in the field's time zone."""
    if not isinstance(value, str):
        raise invalid_value(field.name)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as wrong:
        if typecast:
            raise not_implemented(f'guessing a date out of "{value}" (typecast of {field.name})') from wrong
        raise invalid_value(field.name) from wrong
    if moment.tzinfo is None:
        zone = (field.options or {}).get("timeZone", "utc")
        moment = moment.replace(tzinfo=UTC if zone in ("client", "utc") else ZoneInfo(zone))
    return moment.astimezone(UTC)


def _attachments(field: Field, value: Any, typecast: bool) -> Any:  # noqa: ARG001 - one signature for all
    """A list of {"url", "filename"?} or {"id"} of one that is there; the URL is kept, not fetched."""
    if not isinstance(value, list):
        raise invalid_value(field.name)
    return [_attachment(field, item) for item in value] or EMPTY


def _attachment(field: Field, item: Any) -> dict[str, Any]:
    valid = isinstance(item, dict) and set(item) <= {"id", "url", "filename"} and bool({"id", "url"} & set(item))
    if not valid:
        raise AirtableError(
            422, "INVALID_ATTACHMENT_OBJECT", f"Invalid attachment object for field {field.name}: {item!r}"
        )
    if "id" in item:
        return {"id": item["id"]}
    url = item["url"]
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise AirtableError(422, "INVALID_ATTACHMENT_OBJECT", f"Attachment URL of field {field.name} is no web address")
    name = item.get("filename") or url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return {"id": new_id("att"), "url": url, "filename": name}


_READERS: dict[str, Callable[[Field, Any, bool], Any]] = {
    "singleLineText": _text,
    "multilineText": _text,
    "email": _text,
    "url": _text,
    "phoneNumber": _text,
    "number": _number,
    "duration": _duration,
    "checkbox": _checkbox,
    "singleSelect": _choice,
    "date": _date,
    "dateTime": _date_time,
    "multipleAttachments": _attachments,
}


def read_cell(field: Field, value: Any, *, typecast: bool, held: Any = EMPTY) -> Any:
    """The value to store; EMPTY clears the cell. A new choice is not added yet: see `keep_choice`.

    Args:
        held: what the cell holds now; attachments refer to it by id.

    Raises:
        AirtableError: 422 INVALID_VALUE_FOR_COLUMN and its relatives.
    """
    if value is None:
        return EMPTY
    read = _READERS[field.type](field, value, typecast)
    if field.type == "multipleAttachments" and read is not EMPTY:
        known = {item["id"]: item for item in held or []}
        for item in read:
            if "url" not in item and item["id"] not in known:
                raise invalid_value(field.name)
        return [item if "url" in item else known[item["id"]] for item in read]
    return read


def keep_choice(field: Field, value: Any) -> None:
    """Add the choice that a typecast made up."""
    if field.type == "singleSelect" and isinstance(value, str) and value not in field.choice_names():
        field.add_choice(value)
