"""Faults that a test switches on."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from werkzeug.wrappers import Response

from localcloud.airtable.errors import AirtableError, RateLimitError

_MESSAGES = {
    429: ("RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later"),
    500: ("SERVER_ERROR", "The server encountered an unexpected condition."),
    502: ("BAD_GATEWAY", "Airtable's servers are restarting or an unexpected outage is in progress."),
    503: ("SERVICE_UNAVAILABLE", "The server could not process your request in time."),
}
_KNOWN = {"status", "count", "skip", "delaySeconds", "after", "only", "type", "message"}


@dataclass(frozen=True)
class Fault:
    """Strikes `count` requests after `skip` of them.

    `status` None only delays. `after`: the request is carried out, its answer is lost. `only`: one operation, such
    as update_many.
    """

    status: int | None
    kind: str
    message: str
    count: int
    skip: int
    delay_seconds: float
    after: bool
    only: str | None

    def response(self) -> Response:
        status = self.status or 500
        shape = RateLimitError if status == 429 else AirtableError
        return shape(status, self.kind, self.message).response()


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[Fault] = []

    def add(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Switch a fault on. Raises ValueError for what is no fault."""
        unknown = sorted(set(body) - _KNOWN)
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}; known are {', '.join(sorted(_KNOWN))}")
        status = None if body.get("status") is None else int(body["status"])
        delay = float(body.get("delaySeconds", 0))
        count, skip = int(body.get("count", 1)), int(body.get("skip", 0))
        if (status is None and delay <= 0) or (status is not None and not 400 <= status < 600):
            raise ValueError("a fault needs a status from 400 to 599 or delaySeconds")
        if count < 1 or skip < 0:
            raise ValueError("count is at least 1 and skip at least 0")
        kind, message = _MESSAGES.get(status or 500, ("INVALID_REQUEST_UNKNOWN", "Invalid request."))
        fault = Fault(
            status=status,
            kind=str(body.get("type", kind)),
            message=str(body.get("message", message)),
            count=count,
            skip=skip,
            delay_seconds=delay,
            after=bool(body.get("after", False)),
            only=body.get("only"),
        )
        with self._lock:
            self._pending.append(fault)
        return asdict(fault)

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()

    def pending(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._pending]

    def take(self, operation: str) -> Fault | None:
        """The fault that strikes this request; it is used up by one."""
        with self._lock:
            for number, fault in enumerate(self._pending):
                if fault.only not in (None, operation):
                    continue
                if fault.skip > 0:
                    self._pending[number] = replace(fault, skip=fault.skip - 1)
                    continue
                if fault.count > 1:
                    self._pending[number] = replace(fault, count=fault.count - 1)
                else:
                    del self._pending[number]
                return fault
        return None
