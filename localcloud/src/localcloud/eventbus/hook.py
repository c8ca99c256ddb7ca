"""Connect the event bus to moto: rules, targets and events are checked, and delivered here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventsBackend, Rule

from localcloud.event_patterns import InvalidPatternError, parse_pattern
from localcloud.eventbus.bus import EventBus, InvalidScheduleError, parse_rate
from localcloud.eventbus.targets import is_supported
from localcloud.hooks.patching import replace_function

#: RoleArn has no effect: Lambda and SQS decide by their resource policies.
_TARGET_FIELDS = {"Id", "Arn", "RoleArn", "RetryPolicy", "DeadLetterConfig"}
_MAX_TARGETS = 5


def install(bus: EventBus) -> None:
    """Replace moto's delivery with `bus`. Raises MotoChanged."""

    def send_to_targets(_: Callable[..., None]) -> Callable[..., None]:
        def send_to_targets(self: Rule, original_event: Mapping[str, Any], transform_input: bool = True) -> None:  # noqa: ARG001
            bus.offer(self, original_event)

        return send_to_targets

    replace_function(Rule, "send_to_targets", "self original_event transform_input", send_to_targets)
    replace_function(
        EventsBackend,
        "put_rule",
        "self name description event_bus_arn event_pattern role_arn scheduled_expression state managed_by tags",
        lambda original: _put_rule(original, bus),
    )
    replace_function(EventsBackend, "put_targets", "self name event_bus_arn targets", _put_targets)
    replace_function(EventsBackend, "put_events", "self events", _put_events)


def _put_rule(original: Callable[..., Rule], bus: EventBus) -> Callable[..., Rule]:
    def put_rule(self: Any, name: str, **given: Any) -> Rule:
        if given.get("state") not in (None, "ENABLED", "DISABLED"):
            raise NotImplementedError(f"the state {given['state']} of an EventBridge rule")
        try:
            if given.get("event_pattern"):
                parse_pattern(given["event_pattern"])
            if given.get("scheduled_expression"):
                parse_rate(given["scheduled_expression"])
        except InvalidPatternError as wrong:
            raise InvalidEventPatternException(reason=str(wrong)) from wrong
        except InvalidScheduleError as wrong:
            raise ValidationException(str(wrong)) from wrong
        rule = original(self, name, **given)
        if rule.scheduled_expression:
            bus.schedule(rule)
        return rule

    return put_rule


def _put_targets(original: Callable[..., None]) -> Callable[..., None]:
    def put_targets(self: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            if unknown := sorted(set(target) - _TARGET_FIELDS):
                raise NotImplementedError(f"EventBridge target field {unknown[0]}")
            if not is_supported(target["Arn"]):
                raise NotImplementedError(f"EventBridge target {target['Arn']}: only Lambda and SQS are implemented")
        rule = self.describe_rule(name, event_bus_arn)
        if len({target["Id"] for target in [*rule.targets, *targets]}) > _MAX_TARGETS:
            raise ValidationException(
                f"The requested resource exceeds the maximum number allowed: {_MAX_TARGETS} targets"
            )
        original(self, name, event_bus_arn, targets)

    return put_targets


def _put_events(original: Callable[..., list[dict[str, Any]]]) -> Callable[..., list[dict[str, Any]]]:
    """Reject entries of sources that begin with `aws.`: only AWS sends those."""
    rejected = {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}

    def put_events(self: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        reserved = [str(event.get("Source") or "").startswith("aws.") for event in events]
        own = [event for event, is_reserved in zip(events, reserved, strict=True) if not is_reserved]
        accepted = iter(original(self, own) if own or not events else [])
        return [dict(rejected) if is_reserved else next(accepted) for is_reserved in reserved]

    return put_events
