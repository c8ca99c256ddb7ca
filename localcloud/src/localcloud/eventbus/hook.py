"""Where the event bus takes the place of moto's: putting rules, targets and events, and delivering."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventsBackend, Rule

from localcloud.eventbus.bus import EventBus
from localcloud.eventbus.patterns import InvalidPattern, parse_pattern
from localcloud.eventbus.schedules import InvalidSchedule, parse_schedule
from localcloud.eventbus.targets import is_supported
from localcloud.eventbus.transform import INPUTS, InvalidInput, check_input
from localcloud.hooks.patching import replace_function

#: RoleArn is taken and needs no effect: Lambda, SQS and SNS decide by their resource policies.
_TARGET_FIELDS = {"Id", "Arn", "RoleArn", "RetryPolicy", "DeadLetterConfig", "SqsParameters", *INPUTS}
_STATES = ("ENABLED", "DISABLED")
_SERVICE_SOURCE = "aws."
_MAX_TARGETS = 5


def _check_target(target: Mapping[str, Any]) -> None:
    if surplus := sorted(set(target) - _TARGET_FIELDS):
        raise NotImplementedError(f"EventBridge target field {surplus[0]} has no effect here, so it is refused")
    if not is_supported(target["Arn"]):
        raise NotImplementedError(f"EventBridge target {target['Arn']}: only Lambda, SQS and SNS are targets here")
    try:
        check_input(target)
    except InvalidInput as wrong:
        raise ValidationException(str(wrong)) from wrong


def _checked_targets(original: Callable[..., None]) -> Callable[..., None]:
    def put_targets(self: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            _check_target(target)
        rule = self.describe_rule(name, event_bus_arn)
        if len({*(target["Id"] for target in rule.targets), *(target["Id"] for target in targets)}) > _MAX_TARGETS:
            raise ValidationException(
                f"The requested resource exceeds the maximum number allowed: {_MAX_TARGETS} targets"
            )
        original(self, name, event_bus_arn, targets)

    return put_targets


def _checked_rule(bus: EventBus) -> Callable[[Callable[..., Rule]], Callable[..., Rule]]:
    def wrap(original: Callable[..., Rule]) -> Callable[..., Rule]:
        def put_rule(self: Any, name: str, *rest: Any, **named: Any) -> Rule:
            if rest:
                raise NotImplementedError("put_rule with positional arguments")
            _check_rule(named)
            rule = original(self, name, **named)
            if rule.scheduled_expression:
                bus.schedule(rule)
            return rule

        return put_rule

    return wrap


def _check_rule(given: Mapping[str, Any]) -> None:
    if (state := given.get("state")) and state not in _STATES:
        raise NotImplementedError(f"the state {state} of an EventBridge rule")
    try:
        if given.get("event_pattern"):
            parse_pattern(given["event_pattern"])
        if given.get("scheduled_expression"):
            parse_schedule(given["scheduled_expression"])
    except InvalidPattern as wrong:
        raise InvalidEventPatternException(reason=str(wrong)) from wrong
    except InvalidSchedule as wrong:
        raise ValidationException(str(wrong)) from wrong


def _customers_only(original: Callable[..., list[dict[str, Any]]]) -> Callable[..., list[dict[str, Any]]]:
    """Events of sources that begin with aws. come from AWS alone; a customer's entry is refused."""

    def put_events(self: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        own = [event for event in events if not str(event.get("Source") or "").startswith(_SERVICE_SOURCE)]
        accepted = iter(original(self, own)) if own or not events else iter(())
        refused = {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
        return [
            dict(refused) if str(event.get("Source") or "").startswith(_SERVICE_SOURCE) else next(accepted)
            for event in events
        ]

    return put_events


def install(bus: EventBus) -> None:
    """Put `bus` in the place of moto's delivery. Raises MotoChanged."""

    def delivered_by_us(_: Callable[..., None]) -> Callable[..., None]:
        def send_to_targets(self: Rule, original_event: Mapping[str, Any], transform_input: bool = True) -> None:  # noqa: ARG001
            bus.offer(self, original_event)

        return send_to_targets

    replace_function(Rule, "send_to_targets", "self original_event transform_input", delivered_by_us)
    replace_function(
        EventsBackend,
        "put_rule",
        "self name description event_bus_arn event_pattern role_arn scheduled_expression state managed_by tags",
        _checked_rule(bus),
    )
    replace_function(EventsBackend, "put_targets", "self name event_bus_arn targets", _checked_targets)
    replace_function(EventsBackend, "put_events", "self events", _customers_only)
