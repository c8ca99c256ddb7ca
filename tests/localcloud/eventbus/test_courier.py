"""Retries, dead letters and schedules, on a clock that the test controls."""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import Rule, events_backends

from localcloud.context import ActivityLog
from localcloud.eventbus.bus import EventBus, InvalidScheduleError, parse_rate
from localcloud.eventbus.delivery import Courier, RetryDelays
from localcloud.eventbus.targets import Parcel, UndeliverableError

ACCOUNT, REGION = "210987654321", "eu-west-3"
RULE_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/jobs"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
LETTERS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters"


class FakeScheduler:
    """Run work when the test lets time pass."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
        self._waiting: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.waits: list[float] = []

    def after(self, seconds: float, work: Callable[[], None]) -> None:
        self.waits.append(seconds)
        heapq.heappush(self._waiting, (self.now + timedelta(seconds=seconds), next(self._order), work))

    def pass_time(self, seconds: float) -> None:
        end = self.now + timedelta(seconds=seconds)
        while self._waiting and self._waiting[0][0] <= end:
            self.now, _, work = heapq.heappop(self._waiting)
            work()
        self.now = end


class FakeTargets:
    """Targets that raise the given failures, then accept."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.received: list[Parcel] = []

    def deliver(self, parcel: Parcel) -> None:
        if parcel.arn != LETTERS and self.failures:
            raise self.failures.pop(0)
        self.received.append(parcel)


@pytest.fixture
def scheduler() -> FakeScheduler:
    return FakeScheduler()


def outcomes(tmp_path: Path) -> list[dict[str, Any]]:
    """Return what the activity log says about deliveries."""
    return [json.loads(line) for line in (tmp_path / "activity.jsonl").read_text().splitlines()]


def courier(tmp_path: Path, scheduler: FakeScheduler, targets: FakeTargets) -> Courier:
    log = ActivityLog(tmp_path / "activity.jsonl")
    return Courier(log, scheduler, targets.deliver, RetryDelays(first_seconds=1, longest_seconds=4))


def target(**fields: Any) -> dict[str, Any]:
    return {"Id": "1", "Arn": QUEUE, "DeadLetterConfig": {"Arn": LETTERS}, **fields}


def test_retries_with_growing_delays(tmp_path: Path, scheduler: FakeScheduler) -> None:
    targets = FakeTargets(*[OSError("busy")] * 4)
    sender = courier(tmp_path, scheduler, targets)

    sender.send(Parcel(QUEUE, "{}", RULE_ARN), target(), "e1")
    scheduler.pass_time(60)

    assert scheduler.waits == [0, 1, 2, 4, 4]
    assert [parcel.arn for parcel in targets.received] == [QUEUE]
    (outcome,) = outcomes(tmp_path)
    assert (outcome["event"], outcome["attempts"], outcome["error"]) == ("delivered", 5, None)


def test_sends_a_dead_letter_after_the_last_attempt(tmp_path: Path, scheduler: FakeScheduler) -> None:
    targets = FakeTargets(*[OSError("busy")] * 3)
    sender = courier(tmp_path, scheduler, targets)

    sender.send(Parcel(QUEUE, '{"id": "e1"}', RULE_ARN), target(RetryPolicy={"MaximumRetryAttempts": 2}), "e1")
    scheduler.pass_time(60)

    (letter,) = targets.received
    assert (letter.arn, letter.body) == (LETTERS, '{"id": "e1"}')
    assert letter.attributes == {
        "RULE_ARN": RULE_ARN,
        "TARGET_ARN": QUEUE,
        "ERROR_CODE": "SDK_CLIENT_ERROR",
        "ERROR_MESSAGE": "OSError: busy",
        "RETRY_ATTEMPTS": "2",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
    }
    assert outcomes(tmp_path)[0]["event"] == "dead-lettered"


def test_does_not_retry_without_permission(tmp_path: Path, scheduler: FakeScheduler) -> None:
    targets = FakeTargets(UndeliverableError("NO_PERMISSIONS", "no"))
    sender = courier(tmp_path, scheduler, targets)

    sender.send(Parcel(QUEUE, "{}", RULE_ARN), target(), "e1")
    scheduler.pass_time(60)

    assert outcomes(tmp_path)[0]["attempts"] == 1
    assert targets.received[0].attributes is not None
    assert targets.received[0].attributes["ERROR_CODE"] == "NO_PERMISSIONS"


def test_records_the_loss_without_a_dead_letter_queue(tmp_path: Path, scheduler: FakeScheduler) -> None:
    targets = FakeTargets(UndeliverableError("NO_RESOURCE", "gone"))
    sender = courier(tmp_path, scheduler, targets)

    sender.send(Parcel(QUEUE, "{}", RULE_ARN), {"Id": "1", "Arn": QUEUE}, "e1")
    scheduler.pass_time(60)

    assert targets.received == []
    (outcome,) = outcomes(tmp_path)
    assert (outcome["event"], outcome["error"]) == ("failed", "NO_RESOURCE: gone")


@pytest.fixture
def rule() -> Rule:
    backend = events_backends[ACCOUNT][REGION]
    rule = backend.put_rule(name="jobs", scheduled_expression="rate(5 minutes)")
    rule.put_targets([target()])
    return rule


def scheduled_bus(tmp_path: Path, scheduler: FakeScheduler, targets: FakeTargets) -> EventBus:
    sender = courier(tmp_path, scheduler, targets)
    return EventBus(ACCOUNT, REGION, sender, scheduler, now=lambda: scheduler.now)


def test_schedule_fires_each_period(tmp_path: Path, scheduler: FakeScheduler, rule: Rule) -> None:
    targets = FakeTargets()
    scheduled_bus(tmp_path, scheduler, targets).schedule(rule)

    scheduler.pass_time(299)
    assert targets.received == []
    scheduler.pass_time(602)
    assert len(targets.received) == 3


def test_disabled_rule_skips_its_schedule_until_enabled(tmp_path: Path, scheduler: FakeScheduler, rule: Rule) -> None:
    targets = FakeTargets()
    scheduled_bus(tmp_path, scheduler, targets).schedule(rule)

    rule.disable()
    scheduler.pass_time(301)
    assert targets.received == []
    rule.enable()
    scheduler.pass_time(300)
    assert len(targets.received) == 1


def test_replaced_rule_loses_its_schedule(tmp_path: Path, scheduler: FakeScheduler, rule: Rule) -> None:
    targets = FakeTargets()
    bus = scheduled_bus(tmp_path, scheduler, targets)
    bus.schedule(rule)
    again = events_backends[ACCOUNT][REGION].put_rule(name="jobs", scheduled_expression="rate(1 day)")
    bus.schedule(again)

    scheduler.pass_time(3600)
    assert targets.received == []


@pytest.mark.parametrize(
    ("expression", "period"),
    [
        ("rate(1 minute)", timedelta(minutes=1)),
        ("rate(5 minutes)", timedelta(minutes=5)),
        ("rate(2 hours)", timedelta(hours=2)),
        ("rate(1 day)", timedelta(days=1)),
    ],
)
def test_reads_a_rate(expression: str, period: timedelta) -> None:
    assert parse_rate(expression) == period


@pytest.mark.parametrize(
    "expression",
    ["every(1 minute)", "rate(0 minutes)", "rate(1 minutes)", "rate(2 minute)", "rate(5 seconds)", "rate(1.5 hours)"],
)
def test_rejects_an_invalid_rate(expression: str) -> None:
    with pytest.raises(InvalidScheduleError, match="ScheduleExpression is not valid"):
        parse_rate(expression)
