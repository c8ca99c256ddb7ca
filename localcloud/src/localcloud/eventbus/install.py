"""EventBridge: delivery of events to Lambda and SQS under their resource policies, and schedules.

Retries and dead-letter queues included. Input transformation, other targets and cron expressions fail by name.
"""

from __future__ import annotations

from localcloud.context import CloudContext
from localcloud.eventbus import hook
from localcloud.eventbus.bus import EventBus
from localcloud.eventbus.delivery import Courier
from localcloud.eventbus.targets import Parcel, deliver
from localcloud.timeline import Timeline


def install(context: CloudContext) -> None:
    """Replace moto's delivery, set `context.emit_event` and add the console's routes."""

    def send(parcel: Parcel) -> None:
        if context.invoke_async is None:
            raise NotImplementedError("a local cloud without a Lambda host")
        deliver(parcel, context.invoke_async)

    timeline = Timeline("eventbus")
    context.at_stop(timeline.stop)
    bus = EventBus(context.account_id, context.region, Courier(context.activity, timeline, send), timeline)
    hook.install(bus)

    def emit(event: dict[str, object]) -> None:
        bus.emit(event)

    context.emit_event = emit
    context.console.add("POST", "/events/emit", lambda body: {"eventId": bus.emit(body)})
    context.console.add("POST", "/events/fire", lambda body: {"eventId": bus.fire(str(body.get("rule")))})
