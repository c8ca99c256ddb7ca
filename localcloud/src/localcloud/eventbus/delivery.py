"""Delivery of one event to one target: retries, then the dead-letter queue.

Source: "Event retry policy and using dead-letter queues", EventBridge User Guide. What no retry can mend (no
permission, no resource) goes to the dead-letter queue at once; all else is retried until the target's
MaximumRetryAttempts (185) or MaximumEventAgeInSeconds (a day) is reached.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from localcloud.context import ActivityLog
from localcloud.eventbus.targets import CannotDeliver, Parcel
from localcloud.eventbus.timeline import Waiting

_log = logging.getLogger(__name__)
_MAX_ATTEMPTS = 185
_MAX_AGE_SECONDS = 86_400
_KEPT_RECORDS = 10_000


@dataclass(frozen=True)
class RetryDelays:
    """Seconds between attempts: doubled each time up to a limit. EventBridge's are longer, and with jitter."""

    first_seconds: float = 0.2
    longest_seconds: float = 30.0

    def before(self, retry: int) -> float:
        return min(self.first_seconds * 2.0 ** min(retry, 32), self.longest_seconds)


@dataclass
class Record:
    """One delivery as the console tells it."""

    rule: str
    target: str
    event_id: str
    outcome: str = "pending"
    attempts: int = 0
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        fields = asdict(self)
        return {"eventId": fields.pop("event_id"), **fields}


class Courier:
    """Delivers parcels and remembers how it went.

    `hand_over` gives a parcel to its resource; it raises CannotDeliver where no retry helps.
    """

    def __init__(
        self,
        activity: ActivityLog,
        timeline: Waiting,
        hand_over: Callable[[Parcel], None],
        delays: RetryDelays | None = None,
    ) -> None:
        self._activity = activity
        self._timeline = timeline
        self._hand_over = hand_over
        self._delays = delays or RetryDelays()
        self.records: deque[Record] = deque(maxlen=_KEPT_RECORDS)

    def send(self, parcel: Parcel, target: Mapping[str, Any], event_id: str) -> None:
        """Deliver as soon as a thread is free."""
        record = Record(parcel.rule_arn.rsplit("/", 1)[-1], parcel.arn, event_id)
        self.records.append(record)
        accepted_at = time.monotonic()
        self._timeline.after(0, lambda: self._attempt(parcel, target, record, accepted_at))

    def refuse(self, parcel: Parcel, target: Mapping[str, Any], event_id: str, reason: CannotDeliver) -> None:
        """A delivery that failed before it began."""
        record = Record(parcel.rule_arn.rsplit("/", 1)[-1], parcel.arn, event_id)
        self.records.append(record)
        self._timeline.after(0, lambda: self._give_up(parcel, target, record, reason.code, str(reason), None))

    def _attempt(self, parcel: Parcel, target: Mapping[str, Any], record: Record, accepted_at: float) -> None:
        record.attempts += 1
        try:
            self._hand_over(parcel)
        except CannotDeliver as final:
            self._give_up(parcel, target, record, final.code, str(final), None)
        except NotImplementedError as gap:
            self._give_up(parcel, target, record, "SDK_CLIENT_ERROR", str(gap), None)
        except Exception as failure:  # noqa: BLE001 - whatever the target's service raises is a failed attempt
            _log.warning("delivery to %s failed", parcel.arn, exc_info=True)
            self._again(parcel, target, record, accepted_at, failure)
        else:
            record.outcome, record.error = "delivered", None
            self._note(record)

    def _again(
        self,
        parcel: Parcel,
        target: Mapping[str, Any],
        record: Record,
        accepted_at: float,
        failure: Exception,
    ) -> None:
        policy = target.get("RetryPolicy") or {}
        retries = int(policy.get("MaximumRetryAttempts", _MAX_ATTEMPTS))
        age_limit = int(policy.get("MaximumEventAgeInSeconds", _MAX_AGE_SECONDS))
        record.error = f"{type(failure).__name__}: {failure}"
        delay = self._delays.before(record.attempts - 1)
        exhausted = None
        if record.attempts > retries:
            exhausted = "MaximumRetryAttempts"
        elif time.monotonic() + delay - accepted_at > age_limit:
            exhausted = "MaximumEventAgeInSeconds"
        if exhausted is None:
            self._timeline.after(delay, lambda: self._attempt(parcel, target, record, accepted_at))
        else:
            self._give_up(parcel, target, record, "SDK_CLIENT_ERROR", record.error, exhausted)

    def _give_up(
        self,
        parcel: Parcel,
        target: Mapping[str, Any],
        record: Record,
        code: str,
        message: str,
        exhausted: str | None,
    ) -> None:
        record.error = f"{code}: {message}"
        queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn")
        record.outcome = "failed"
        if queue_arn is not None:
            letter = _dead_letter(parcel, queue_arn, code, message, record.attempts, exhausted)
            try:
                self._hand_over(letter)
                record.outcome = "dead-lettered"
            except CannotDeliver as lost:
                record.error += f"; and the dead-letter queue: {lost.code}: {lost}"
        _log.warning("%s: event %s to %s: %s", record.outcome, record.event_id, record.target, record.error)
        self._note(record)

    def _note(self, record: Record) -> None:
        self._activity.record("events", record.outcome, **record.as_json())


def _dead_letter(
    parcel: Parcel, queue_arn: str, code: str, message: str, attempts: int, exhausted: str | None
) -> Parcel:
    attributes = {
        "RULE_ARN": parcel.rule_arn,
        "TARGET_ARN": parcel.arn,
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message,
        "RETRY_ATTEMPTS": str(max(attempts - 1, 0)),
    }
    if exhausted is not None:
        attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted
    return Parcel(queue_arn, parcel.body, parcel.rule_arn, attributes=attributes)
