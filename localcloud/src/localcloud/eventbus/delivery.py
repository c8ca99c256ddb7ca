"""Delivery of one event to one target: retries, then the dead-letter queue.

Source: "Event retry policy and using dead-letter queues", EventBridge User Guide. Without permission or resource an
event goes to the dead-letter queue at once; any other failure is retried until the target's MaximumRetryAttempts (185)
or MaximumEventAgeInSeconds (a day) is reached.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.context import ActivityLog
from localcloud.eventbus.targets import Parcel, UndeliverableError
from localcloud.timeline import Scheduler

_log = logging.getLogger(__name__)
_MAX_ATTEMPTS = 185
_MAX_AGE_SECONDS = 86_400


@dataclass(frozen=True)
class RetryDelays:
    """Seconds between attempts, doubled each time up to a limit. EventBridge's are longer, and with jitter."""

    first_seconds: float = 0.2
    longest_seconds: float = 30.0

    def before(self, retry: int) -> float:
        return min(self.first_seconds * 2.0 ** min(retry, 32), self.longest_seconds)


@dataclass
class _Delivery:
    parcel: Parcel
    target: Mapping[str, Any]
    event_id: str
    attempts: int = 0
    accepted_at: float = field(default_factory=time.monotonic)


class Courier:
    """Deliver parcels through `deliver`, which raises UndeliverableError where no retry helps."""

    def __init__(
        self,
        activity: ActivityLog,
        scheduler: Scheduler,
        deliver: Callable[[Parcel], None],
        delays: RetryDelays | None = None,
    ) -> None:
        self._activity = activity
        self._scheduler = scheduler
        self._deliver = deliver
        self._delays = delays or RetryDelays()

    def send(self, parcel: Parcel, target: Mapping[str, Any], event_id: str) -> None:
        """Deliver as soon as a thread is free."""
        delivery = _Delivery(parcel, target, event_id)
        self._scheduler.after(0, lambda: self._attempt(delivery))

    def _attempt(self, delivery: _Delivery) -> None:
        delivery.attempts += 1
        try:
            self._deliver(delivery.parcel)
        except UndeliverableError as final:
            self._give_up(delivery, final.code, str(final))
        except NotImplementedError as gap:
            self._give_up(delivery, "SDK_CLIENT_ERROR", str(gap))
        except Exception as failure:  # noqa: BLE001 - whatever the target's service raises is a failed attempt
            _log.warning("delivery to %s failed", delivery.parcel.arn, exc_info=True)
            self._retry(delivery, f"{type(failure).__name__}: {failure}")
        else:
            self._record(delivery, "delivered", None)

    def _retry(self, delivery: _Delivery, error: str) -> None:
        policy = delivery.target.get("RetryPolicy") or {}
        age_limit = int(policy.get("MaximumEventAgeInSeconds", _MAX_AGE_SECONDS))
        delay = self._delays.before(delivery.attempts - 1)
        if delivery.attempts > int(policy.get("MaximumRetryAttempts", _MAX_ATTEMPTS)):
            self._give_up(delivery, "SDK_CLIENT_ERROR", error, "MaximumRetryAttempts")
        elif time.monotonic() + delay - delivery.accepted_at > age_limit:
            self._give_up(delivery, "SDK_CLIENT_ERROR", error, "MaximumEventAgeInSeconds")
        else:
            self._scheduler.after(delay, lambda: self._attempt(delivery))

    def _give_up(self, delivery: _Delivery, code: str, message: str, exhausted: str | None = None) -> None:
        parcel, error, outcome = delivery.parcel, f"{code}: {message}", "failed"
        queue_arn = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
        if queue_arn is not None:
            attributes = {
                "RULE_ARN": parcel.rule_arn,
                "TARGET_ARN": parcel.arn,
                "ERROR_CODE": code,
                "ERROR_MESSAGE": message,
                "RETRY_ATTEMPTS": str(delivery.attempts - 1),
            }
            if exhausted is not None:
                attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted
            try:
                self._deliver(Parcel(queue_arn, parcel.body, parcel.rule_arn, attributes))
                outcome = "dead-lettered"
            except UndeliverableError as lost:
                error += f"; and the dead-letter queue: {lost.code}: {lost}"
        _log.warning("%s: event %s to %s: %s", outcome, delivery.event_id, parcel.arn, error)
        self._record(delivery, outcome, error)

    def _record(self, delivery: _Delivery, outcome: str, error: str | None) -> None:
        self._activity.record(
            "events",
            outcome,
            rule=delivery.parcel.rule_arn.rsplit("/", 1)[-1],
            target=delivery.parcel.arn,
            eventId=delivery.event_id,
            attempts=delivery.attempts,
            error=error,
        )
