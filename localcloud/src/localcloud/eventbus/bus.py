"""The event bus: match events against rules, send them to targets, and fire schedules."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.events.models import Rule, events_backends

from localcloud.event_patterns import matches, parse_pattern
from localcloud.eventbus.delivery import Courier
from localcloud.eventbus.targets import Parcel
from localcloud.timeline import Scheduler

#: The id in the template that moto copies for S3's events.
_MOTO_TEMPLATE_ID = "17793124-05d4-b198-2fde-7ededc63b103"
_ENVELOPE = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")


class InvalidScheduleError(ValueError):
    """EventBridge rejects the schedule expression."""


def parse_rate(expression: str) -> timedelta:
    """Return the period of `rate(5 minutes)`. Raises InvalidScheduleError, NotImplementedError for cron."""
    if expression.startswith("cron("):
        raise NotImplementedError(f"the schedule expression {expression}: only rate() is implemented")
    rate = _RATE.fullmatch(expression)
    if rate is None or int(rate[1]) < 1 or (int(rate[1]) == 1) == bool(rate[3]):
        raise InvalidScheduleError("Parameter ScheduleExpression is not valid.")
    return timedelta(**{f"{rate[2]}s": int(rate[1])})


def envelope(event: Mapping[str, Any], account_id: str, region: str) -> dict[str, Any]:
    """Return the event in the documented envelope, with defaults for what is missing. Raises ValueError."""
    for name in ("source", "detail-type"):
        if not event.get(name):
            raise ValueError(f"an event needs {name}")
    full = {
        "version": "0",
        "account": account_id,
        "region": region,
        "resources": [],
        "detail": {},
        **event,
        "time": _iso(event.get("time") or datetime.now(UTC)),
    }
    if full.get("id") in (None, _MOTO_TEMPLATE_ID):
        full["id"] = str(uuid.uuid4())
    return {name: full[name] for name in _ENVELOPE}


class EventBus:
    """Replaces moto's delivery."""

    def __init__(
        self,
        account_id: str,
        region: str,
        courier: Courier,
        scheduler: Scheduler,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._account_id = account_id
        self._region = region
        self._courier = courier
        self._scheduler = scheduler
        self._now = now

    def emit(self, event: Mapping[str, Any]) -> str:
        """Put an event of an AWS service on the default bus of its region; return its id."""
        full = envelope(event, self._account_id, self._region)
        for rule in list(_default_bus(full["account"], full["region"]).values()):
            self.offer(rule, full)
        return str(full["id"])

    def offer(self, rule: Rule, event: Mapping[str, Any]) -> None:
        """Send an event to the targets of a rule that is enabled and whose pattern matches."""
        pattern = rule.event_pattern.dump()
        if rule.state == "DISABLED" or not pattern:
            return
        full = envelope(event, rule.account_id, rule.region_name)
        if matches(parse_pattern(pattern), full):
            self._send(rule, full)

    def fire(self, name: str) -> str:
        """Send the scheduled event of a rule of the default bus now; return the event's id.

        Raises LookupError, or ValueError for a rule that is disabled or has no schedule.
        """
        rule = _default_bus(self._account_id, self._region).get(name)
        if rule is None:
            raise LookupError(f"there is no rule {name} on the default bus of {self._region}")
        if not rule.scheduled_expression or rule.state == "DISABLED":
            raise ValueError(f"the rule {name} {'is disabled' if rule.scheduled_expression else 'has no schedule'}")
        return self._fire(rule)

    def schedule(self, rule: Rule) -> None:
        """Start the schedule of a rule."""
        period = parse_rate(rule.scheduled_expression).total_seconds()
        self._scheduler.after(period, lambda: self._due(rule))

    def _due(self, rule: Rule) -> None:
        exists = _default_bus(rule.account_id, rule.region_name).get(rule.name) is rule
        if not exists:  # a rule that replaced it has its own schedule
            return
        if rule.state != "DISABLED":
            self._fire(rule)
        self.schedule(rule)

    def _fire(self, rule: Rule) -> str:
        fields = {"source": "aws.events", "detail-type": "Scheduled Event", "resources": [rule.arn]}
        event = envelope({**fields, "time": self._now()}, rule.account_id, rule.region_name)
        self._send(rule, event)
        return str(event["id"])

    def _send(self, rule: Rule, event: dict[str, Any]) -> None:
        for target in list(rule.targets):
            self._courier.send(Parcel(target["Arn"], json.dumps(event), rule.arn), target, event["id"])


def _default_bus(account_id: str, region: str) -> Mapping[str, Rule]:
    rules: Mapping[str, Rule] = events_backends[account_id][region].event_buses["default"].rules
    return rules


def _iso(moment: Any) -> str:
    """Format a time as EventBridge does: ISO 8601 in UTC, whole seconds."""
    if isinstance(moment, int | float):
        moment = datetime.fromtimestamp(moment, UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(moment, datetime) else str(moment)
