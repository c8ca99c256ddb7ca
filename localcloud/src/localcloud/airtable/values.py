"""Cell values: what each field type accepts, with and without `typecast`, and how it is stored."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from localcloud.airtable.errors import AirtableError, invalid_value, not_implemented
from localcloud.airtable.model import Field, timestamp

#: Longest text of one cell, single or long ("Airtable field limits").
MAX_TEXT = 100_000
_DURATION = re.compile(r"(?P<hours>\d+):(?P<minutes>\d{1,2})(?::(?P<seconds>\d{1,2}(?:\.\d+)?))?")


def parse_cell(field: Field, value: Any, *, typecast: bool) -> Any:
    """Return the value to store; None clears the cell. Raises AirtableError 422."""
    return None if value is None else _PARSERS[field.type](field, value, typecast)


def _text(field: Field, value: Any, typecast: bool) -> str | None:
    if typecast and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise invalid_value(field.name)
    return value or None


def _number(field: Field, value: Any, typecast: bool) -> float | None:
    if typecast and isinstance(value, str):
        if not value.strip():
            return None
        try:
            value = float(value.replace(",", ""))
        except ValueError as invalid:
            raise invalid_value(field.name) from invalid
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise invalid_value(field.name)
    return int(value) if float(value).is_integer() else value


def _duration(field: Field, value: Any, typecast: bool) -> float | None:
    if typecast and isinstance(value, str) and (found := _DURATION.fullmatch(value.strip())):
        value = int(found["hours"]) * 3600 + int(found["minutes"]) * 60 + float(found["seconds"] or 0)
    return _number(field, value, typecast)


def _choice(field: Field, value: Any, typecast: bool) -> str | None:
    """Return a choice; one that `typecast` creates is not yet in the field's options."""
    if not isinstance(value, str):
        raise invalid_value(field.name)
    if value in field.choice_names():
        return value
    if not typecast:
        raise AirtableError(
            422,
            "INVALID_MULTIPLE_CHOICE_OPTIONS",
            f'Insufficient permissions to create new select option ""{value}""',
        )
    if not value.strip():
        return None
    return next((name for name in field.choice_names() if name.lower() == value.lower()), value)


def _date_time(field: Field, value: Any, typecast: bool) -> str | None:
    """Return a time in UTC; a value without an offset is in the field's time zone."""
    if value == "":
        return None
    if not isinstance(value, str):
        raise invalid_value(field.name)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as invalid:
        if typecast:
            raise not_implemented(f'guessing a date from "{value}" (typecast of {field.name})') from invalid
        raise invalid_value(field.name) from invalid
    if moment.tzinfo is None:
        zone = (field.options or {}).get("timeZone", "utc")
        moment = moment.replace(tzinfo=UTC if zone in ("client", "utc") else ZoneInfo(zone))
    return timestamp(moment)


_PARSERS: dict[str, Callable[[Field, Any, bool], Any]] = {
    "singleLineText": _text,
    "multilineText": _text,
    "url": _text,
    "number": _number,
    "duration": _duration,
    "singleSelect": _choice,
    "dateTime": _date_time,
}
