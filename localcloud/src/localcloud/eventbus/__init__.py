"""EventBridge: delivery of events to targets, and schedules.

What is here in place of moto's: pattern matching, input transformation, delivery to Lambda, SQS and SNS under
their resource policies with retries and dead-letter queues, and schedules that fire. All else is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localcloud.context import CloudContext


def install(context: CloudContext) -> None:
    """Take over EventBridge's delivery, let services emit events, and add the console's routes."""
    from moto.events.models import events_backends

    from localcloud.eventbus import hook
    from localcloud.eventbus.bus import EventBus
    from localcloud.eventbus.delivery import Courier
    from localcloud.eventbus.targets import deliver
    from localcloud.eventbus.timeline import Timeline

    timeline = Timeline("eventbus")
    context.at_stop(timeline.stop)
    courier = Courier(context.activity, timeline, lambda parcel: deliver(parcel, context.invoke_async))
    bus = EventBus(context.account_id, context.region, courier, timeline)
    hook.install(bus)

    def emit(event: dict[str, Any]) -> None:
        bus.emit(event)

    context.emit_event = emit

    def deliveries(query: Mapping[str, Any]) -> Any:
        rule = query.get("rule")
        return [record.as_json() for record in list(courier.records) if rule in (None, record.rule)]

    def emitted(body: Mapping[str, Any]) -> Any:
        return {"eventId": bus.emit(body)}

    def fire(body: Mapping[str, Any]) -> Any:
        name = body.get("rule")
        rules = events_backends[context.account_id][context.region].event_buses["default"].rules
        if name not in rules:
            raise LookupError(f"there is no rule {name} on the default bus of {context.region}")
        rule = rules[name]
        if not rule.scheduled_expression:
            raise ValueError(f"the rule {name} has no schedule")
        if rule.state == "DISABLED":
            raise ValueError(f"the rule {name} is disabled")
        return {"eventId": bus.fire(rule)}

    context.console.add("GET", "/events/deliveries", deliveries)
    context.console.add("POST", "/events/emit", emitted)
    context.console.add("POST", "/events/fire", fire)
