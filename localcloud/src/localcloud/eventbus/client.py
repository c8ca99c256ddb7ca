"""Client of the EventBridge routes of the console."""

from __future__ import annotations

from typing import Any

from localcloud.calls import Call


class EventBusClient:
    """Looks into the event bus: what was delivered, and makes a schedule's time come."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def deliveries(self, rule: str | None = None) -> list[dict[str, Any]]:
        """Deliveries, oldest first: `{rule, target, eventId, outcome, attempts, error}`.

        `outcome` is one of `pending`, `delivered`, `dead-lettered` and `failed`.
        """
        return list(self._call("GET", "/events/deliveries", {"rule": rule}))

    def fire(self, rule: str) -> str:
        """Make the time of a scheduled rule come now; the id of the scheduled event."""
        return str(self._call("POST", "/events/fire", {"rule": rule})["eventId"])

    def emit(self, event: dict[str, Any]) -> str:
        """Put an event of an AWS service on the default bus, as the service would; the id of the event.

        `source` and `detail-type` are needed; the rest of the envelope is filled in. A customer's own events go
        through PutEvents, which refuses sources that begin with `aws.`.
        """
        return str(self._call("POST", "/events/emit", event)["eventId"])
