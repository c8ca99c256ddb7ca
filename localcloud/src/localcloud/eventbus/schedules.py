"""EventBridge schedule expressions: `rate(5 minutes)` and `cron(0 10 * * ? *)`, in UTC.

Source: "Creating an Amazon EventBridge rule that runs on a schedule", User Guide. The cron wildcards L, W and # are
refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_RATE = re.compile(r"rate\((\d+) (minutes?|hours?|days?)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LAST_YEAR = 2199


class InvalidSchedule(ValueError):  # noqa: N818 - reads as the service's refusal
    """The expression is not a schedule that EventBridge takes; the message says why."""


@dataclass(frozen=True)
class Rate:
    """Every so often, counted from the moment when the rule was made."""

    period: timedelta

    def next_after(self, moment: datetime) -> datetime | None:
        return moment + self.period


@dataclass(frozen=True)
class Cron:
    """At every minute whose parts are all in these sets; weekdays count from Sunday = 1."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    years: frozenset[int]

    def _on(self, day: date) -> bool:
        weekday = day.isoweekday() % 7 + 1
        return (
            day.month in self.months
            and (self.days is None or day.day in self.days)
            and (self.weekdays is None or weekday in self.weekdays)
        )

    def next_after(self, moment: datetime) -> datetime | None:
        """The first fitting minute after a moment in UTC; None when there is none any more."""
        start = moment.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        for year in sorted(year for year in self.years if year >= start.year):
            day = max(date(year, 1, 1), start.date())
            while day.year == year:
                if self._on(day) and (found := self._time_on(day, start)):
                    return found
                day += timedelta(days=1)
        return None

    def _time_on(self, day: date, start: datetime) -> datetime | None:
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                if at >= start:
                    return at
        return None


Schedule = Rate | Cron


def parse_schedule(expression: str) -> Schedule:
    """A schedule from its expression. Raises InvalidSchedule, or NotImplementedError for L, W and #."""
    if rate := _RATE.fullmatch(expression):
        return _rate(int(rate[1]), rate[2], expression)
    if cron := _CRON.fullmatch(expression):
        return _cron(cron[1].split(), expression)
    raise InvalidSchedule("Parameter ScheduleExpression is not valid.")


def _rate(count: int, unit: str, expression: str) -> Rate:
    if count < 1 or (count == 1) == unit.endswith("s"):
        raise InvalidSchedule(f"Parameter ScheduleExpression is not valid: {expression}")
    return Rate(timedelta(**{unit.rstrip("s") + "s": count}))


def _cron(fields: list[str], expression: str) -> Cron:
    if len(fields) != 6:
        raise InvalidSchedule(f"Parameter ScheduleExpression is not valid: {expression} needs six fields")
    minutes, hours, days, months, weekdays, years = fields
    if (days == "?") == (weekdays == "?"):
        raise InvalidSchedule(
            f"Parameter ScheduleExpression is not valid: one of day-of-month and day-of-week in {expression} must be ?"
        )
    return Cron(
        minutes=_field(minutes, 0, 59),
        hours=_field(hours, 0, 23),
        days=None if days == "?" else _field(days, 1, 31),
        months=_field(months, 1, 12, _MONTHS),
        weekdays=None if weekdays == "?" else _field(weekdays, 1, 7, _DAYS),
        years=_field(years, 1970, _LAST_YEAR),
    )


def _field(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        if span == "*":
            first, last = low, high
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, names)
            last = _number(end, names) if dash else (high if step else first)
        if not low <= first <= last <= high or (step and not (step.isdigit() and int(step))):
            raise InvalidSchedule(f"Parameter ScheduleExpression is not valid: {item} is not within {low}-{high}")
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, names: tuple[str, ...]) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + 1
    if text.isdigit():
        return int(text)
    for wildcard in ("L", "W", "#"):
        if wildcard in text:
            raise NotImplementedError(f"the cron wildcard {wildcard} in a ScheduleExpression")
    raise InvalidSchedule(f"Parameter ScheduleExpression is not valid: {text!r}")
