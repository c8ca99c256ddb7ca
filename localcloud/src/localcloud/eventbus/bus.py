"""The event bus: rules match events, targets receive them, schedules make events of their own."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule, events_backends

from localcloud.eventbus.delivery import Courier
from localcloud.eventbus.patterns import matches, parse_pattern
from localcloud.eventbus.schedules import Schedule, parse_schedule
from localcloud.eventbus.targets import CannotDeliver, Parcel
from localcloud.eventbus.timeline import Waiting
from localcloud.eventbus.transform import InvalidInput, target_input

#: The id of the template that moto copies for S3's events.
_MOTO_TEMPLATE_ID = "17793124-05d4-b198-2fde-7ededc63b103"
_ENVELOPE = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")


def _iso(moment: Any) -> str:
    """EventBridge's time of an event: ISO 8601 in UTC, whole seconds."""
    if isinstance(moment, int | float):
        moment = datetime.fromtimestamp(moment, UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(moment, datetime) else str(moment)


def envelope(event: Mapping[str, Any], account_id: str, region: str) -> dict[str, Any]:
    """The documented envelope of an event; what is not given is filled in. Raises ValueError by name."""
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
    """What replaces moto's delivery."""

    def __init__(
        self,
        account_id: str,
        region: str,
        courier: Courier,
        timeline: Waiting,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._account_id = account_id
        self._region = region
        self._courier = courier
        self._timeline = timeline
        self._now = now

    def emit(self, event: Mapping[str, Any]) -> str:
        """Put a service's own event on the default bus of its region; its id."""
        full = envelope(event, self._account_id, self._region)
        backend = events_backends[full["account"]][full["region"]]
        for rule in list(backend.event_buses["default"].rules.values()):
            self.offer(rule, full)
        return str(full["id"])

    def offer(self, rule: Rule, event: Mapping[str, Any]) -> None:
        """Send an event to the targets of a rule that is enabled and whose pattern matches it."""
        pattern = rule.event_pattern.dump()
        if rule.state == "DISABLED" or not pattern:
            return
        full = envelope(event, rule.account_id, rule.region_name)
        if matches(parse_pattern(pattern), full):
            self._send(rule, full)

    def _send(self, rule: Rule, event: dict[str, Any]) -> None:
        for target in list(rule.targets):
            group_id = (target.get("SqsParameters") or {}).get("MessageGroupId")
            try:
                body = target_input(target, event, rule.arn, _iso(self._now()))
            except InvalidInput as wrong:
                parcel = Parcel(target["Arn"], json.dumps(event), rule.arn, group_id)
                self._courier.refuse(parcel, target, event["id"], CannotDeliver("INVALID_INPUT", str(wrong)))
                continue
            self._courier.send(Parcel(target["Arn"], body, rule.arn, group_id), target, event["id"])

    def fire(self, rule: Rule) -> str:
        """Send the scheduled event of a rule to its targets, as if its time had come; the id of the event."""
        event = envelope(
            {
                "source": "aws.events",
                "detail-type": "Scheduled Event",
                "time": self._now(),
                "resources": [rule.arn],
            },
            rule.account_id,
            rule.region_name,
        )
        self._send(rule, event)
        return str(event["id"])

    def schedule(self, rule: Rule) -> None:
        """Begin the schedule of a rule that was just put."""
        self._wait_for(rule, parse_schedule(rule.scheduled_expression))

    def _wait_for(self, rule: Rule, schedule: Schedule) -> None:
        now = self._now()
        due = schedule.next_after(now)
        if due is not None:
            self._timeline.after((due - now).total_seconds(), lambda: self._due(rule, schedule))

    def _due(self, rule: Rule, schedule: Schedule) -> None:
        rules = events_backends[rule.account_id][rule.region_name].event_buses["default"].rules
        if rules.get(rule.name) is not rule:
            return  # deleted, or put anew: then its successor has a schedule of its own
        if rule.state != "DISABLED":
            self.fire(rule)
        self._wait_for(rule, schedule)
