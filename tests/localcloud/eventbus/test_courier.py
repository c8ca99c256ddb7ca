"""Retries, dead letters and schedules, on a timeline that the test moves."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import Rule, events_backends

from localcloud.context import ActivityLog
from localcloud.eventbus.bus import EventBus
from localcloud.eventbus.delivery import Courier, RetryDelays
from localcloud.eventbus.targets import CannotDeliver, Parcel

ACCOUNT, REGION = "210987654321", "eu-west-3"
RULE_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/jobs"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
LETTERS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters"


class MovedTimeline:
    """Work is done when the test says that time has passed."""

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


class Resources:
    """Targets that fail as often as they are told to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.received: list[Parcel] = []

    def hand_over(self, parcel: Parcel) -> None:
        if parcel.arn != LETTERS and self.failures:
            raise self.failures.pop(0)
        self.received.append(parcel)


@pytest.fixture
def timeline() -> MovedTimeline:
    return MovedTimeline()


def courier(tmp_path: Path, timeline: MovedTimeline, resources: Resources) -> Courier:
    log = ActivityLog(tmp_path / "activity.jsonl")
    return Courier(log, timeline, resources.hand_over, RetryDelays(first_seconds=1, longest_seconds=4))


def target(**fields: Any) -> dict[str, Any]:
    return {"Id": "1", "Arn": QUEUE, "DeadLetterConfig": {"Arn": LETTERS}, **fields}


def test_a_passing_failure_is_tried_again_later_and_later(tmp_path: Path, timeline: MovedTimeline) -> None:
    resources = Resources(*[OSError("busy")] * 4)
    sender = courier(tmp_path, timeline, resources)

    sender.send(Parcel(QUEUE, "{}", RULE_ARN), target(), "e1")
    timeline.pass_time(60)

    assert timeline.waits == [0, 1, 2, 4, 4]
    assert [parcel.arn for parcel in resources.received] == [QUEUE]
    (record,) = sender.records
    assert (record.outcome, record.attempts, record.error) == ("delivered", 5, None)


def test_after_the_last_attempt_the_event_is_a_dead_letter(tmp_path: Path, timeline: MovedTimeline) -> None:
    resources = Resources(*[OSError("busy")] * 3)
    sender = courier(tmp_path, timeline, resources)

    sender.send(Parcel(QUEUE, '{"id": "e1"}', RULE_ARN), target(RetryPolicy={"MaximumRetryAttempts": 2}), "e1")
    timeline.pass_time(60)

    (letter,) = resources.received
    assert (letter.arn, letter.body) == (LETTERS, '{"id": "e1"}')
    assert letter.attributes == {
        "RULE_ARN": RULE_ARN,
        "TARGET_ARN": QUEUE,
        "ERROR_CODE": "SDK_CLIENT_ERROR",
        "ERROR_MESSAGE": "OSError: busy",
        "RETRY_ATTEMPTS": "2",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
    }
    assert sender.records[0].outcome == "dead-lettered"


def test_no_retry_where_none_helps(tmp_path: Path, timeline: MovedTimeline) -> None:
    resources = Resources(CannotDeliver("NO_PERMISSIONS", "no"))
    sender = courier(tmp_path, timeline, resources)

    sender.send(Parcel(QUEUE, "{}", RULE_ARN), target(), "e1")
    timeline.pass_time(60)

    assert sender.records[0].attempts == 1
    assert resources.received[0].attributes is not None
    assert resources.received[0].attributes["ERROR_CODE"] == "NO_PERMISSIONS"


def test_without_a_dead_letter_queue_the_event_is_lost_and_told(tmp_path: Path, timeline: MovedTimeline) -> None:
    resources = Resources(CannotDeliver("NO_RESOURCE", "gone"))
    sender = courier(tmp_path, timeline, resources)

    sender.send(Parcel(QUEUE, "{}", RULE_ARN), {"Id": "1", "Arn": QUEUE}, "e1")
    timeline.pass_time(60)

    assert resources.received == []
    assert (sender.records[0].outcome, sender.records[0].error) == ("failed", "NO_RESOURCE: gone")
    assert '"event": "failed"' in (tmp_path / "activity.jsonl").read_text()


@pytest.fixture
def rule() -> Rule:
    backend = events_backends[ACCOUNT][REGION]
    made = backend.put_rule(name="jobs", scheduled_expression="rate(5 minutes)")
    made.put_targets([target()])
    return made


def scheduled_bus(tmp_path: Path, timeline: MovedTimeline, resources: Resources) -> EventBus:
    sender = courier(tmp_path, timeline, resources)
    return EventBus(ACCOUNT, REGION, sender, timeline, now=lambda: timeline.now)


def test_a_schedule_fires_each_time(tmp_path: Path, timeline: MovedTimeline, rule: Rule) -> None:
    resources = Resources()
    scheduled_bus(tmp_path, timeline, resources).schedule(rule)

    timeline.pass_time(299)
    assert resources.received == []
    timeline.pass_time(602)
    assert len(resources.received) == 3


def test_a_disabled_rule_skips_its_time_and_goes_on_when_enabled(
    tmp_path: Path, timeline: MovedTimeline, rule: Rule
) -> None:
    resources = Resources()
    scheduled_bus(tmp_path, timeline, resources).schedule(rule)

    rule.disable()
    timeline.pass_time(301)
    assert resources.received == []
    rule.enable()
    timeline.pass_time(300)
    assert len(resources.received) == 1


def test_a_rule_put_anew_or_deleted_has_no_old_schedule(tmp_path: Path, timeline: MovedTimeline, rule: Rule) -> None:
    resources = Resources()
    bus = scheduled_bus(tmp_path, timeline, resources)
    bus.schedule(rule)
    again = events_backends[ACCOUNT][REGION].put_rule(name="jobs", scheduled_expression="rate(1 day)")
    bus.schedule(again)

    timeline.pass_time(3600)
    assert resources.received == []
