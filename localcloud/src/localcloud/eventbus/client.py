"""Client of the console's EventBridge routes."""

from __future__ import annotations

from typing import Any

from localcloud.calls import Call


class EventBusClient:
    """Fire schedules and emit events of AWS services."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def fire(self, rule: str) -> str:
        """Fire a scheduled rule now; return the id of its event."""
        return str(self._call("POST", "/events/fire", {"rule": rule})["eventId"])

    def emit(self, event: dict[str, Any]) -> str:
        """Put an event of an AWS service on the default bus, as the service would; return its id.

        `source` and `detail-type` are required; the rest of the envelope has defaults. A customer's own events go
        through PutEvents, which rejects sources that begin with `aws.`.
        """
        return str(self._call("POST", "/events/emit", event)["eventId"])
