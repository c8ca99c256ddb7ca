"""Schedule expressions: when they come due, and which are none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.eventbus.schedules import InvalidSchedule, parse_schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# 2026-11-22 is a Sunday.
@pytest.mark.parametrize(
    ("expression", "now", "due"),
    [
        ("rate(1 minute)", "2026-11-22 10:00:30", "2026-11-22 10:01:30"),
        ("rate(5 minutes)", "2026-11-22 10:00:00", "2026-11-22 10:05:00"),
        ("rate(2 hours)", "2026-11-22 23:00:00", "2026-11-23 01:00:00"),
        ("rate(1 day)", "2026-12-31 10:00:00", "2027-01-01 10:00:00"),
        ("cron(0 10 * * ? *)", "2026-11-22 09:59:59", "2026-11-22 10:00:00"),
        ("cron(0 10 * * ? *)", "2026-11-22 10:00:00", "2026-11-23 10:00:00"),
        ("cron(15 12 * * ? *)", "2026-11-22 12:15:01", "2026-11-23 12:15:00"),
        ("cron(0/15 8-17 ? * MON-FRI *)", "2026-11-22 09:00:00", "2026-11-23 08:00:00"),
        ("cron(0/15 8-17 ? * 2-6 *)", "2026-11-23 08:00:00", "2026-11-23 08:15:00"),
        ("cron(0 8 1 * ? *)", "2026-11-22 00:00:00", "2026-12-01 08:00:00"),
        ("cron(0 0 29 2 ? *)", "2026-01-01 00:00:00", "2028-02-29 00:00:00"),
        ("cron(5,35 14 * * ? *)", "2026-11-22 14:05:00", "2026-11-22 14:35:00"),
        ("cron(0 18 ? JAN,mar SUN 2027)", "2026-11-22 00:00:00", "2027-01-03 18:00:00"),
        ("cron(0 0 1 1 ? 2020)", "2026-11-22 00:00:00", None),
    ],
)
def test_comes_due(expression: str, now: str, due: str | None) -> None:
    assert parse_schedule(expression).next_after(at(now)) == (at(due) if due else None)


@pytest.mark.parametrize(
    "expression",
    [
        "every(1 minute)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(2 minute)",
        "rate(5 seconds)",
        "rate(1.5 hours)",
        "cron(0 10 * * ?)",
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(60 10 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 10 ? * 0 *)",
        "cron(5-1 10 * * ? *)",
        "cron(0/0 10 * * ? *)",
        "cron(0 10 x * ? *)",
    ],
)
def test_refuses(expression: str) -> None:
    with pytest.raises(InvalidSchedule, match="ScheduleExpression is not valid"):
        parse_schedule(expression)


@pytest.mark.parametrize(("expression", "wildcard"), [("cron(0 0 L * ? *)", "L"), ("cron(0 0 3W * ? *)", "W")])
def test_refuses_by_name_what_is_not_implemented(expression: str, wildcard: str) -> None:
    with pytest.raises(NotImplementedError, match=f"cron wildcard {wildcard}"):
        parse_schedule(expression)


@given(
    st.integers(0, 59),
    st.integers(0, 23),
    st.integers(int(at("2026-01-01").timestamp()), int(at("2036-01-01").timestamp())),
)
def test_a_daily_time_is_always_the_next_one(minute: int, hour: int, seconds: int) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    due = parse_schedule(f"cron({minute} {hour} * * ? *)").next_after(now)

    assert due is not None
    assert (due.minute, due.hour, due.second) == (minute, hour, 0)
    assert 0 < (due - now).total_seconds() <= 86_400
