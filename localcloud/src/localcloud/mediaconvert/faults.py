"""Faults that tests set through the console, to see how callers cope."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.mediaconvert.exceptions import JobError, TooManyRequestsException

PHASES = ("PROBING", "TRANSCODING", "UPLOADING")
_KEYS = ("hold", "failNext", "events", "throttle", "statusUpdateSeconds", "clear")


@dataclass(frozen=True)
class Failure:
    """How the next job fails."""

    code: int
    message: str
    phase: str

    def check(self, phase: str) -> None:
        """Raise JobError in the phase of the failure."""
        if phase == self.phase:
            raise JobError(self.code, self.message)


class Faults:
    """All faults of the service. A one-time fault is used up by the first job, event or call that it affects."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self.hold = False
        self.status_update_seconds: float | None = None
        self._failures: list[Failure] = []
        self._events: list[tuple[int, str | None]] = []  # copies to send, status
        self._throttled: dict[str, int] = {}

    def configure(self, body: Mapping[str, Any]) -> None:
        """Set faults from the console's JSON; see `MediaConvertClient`. Raises ValueError."""
        if unknown := set(body) - set(_KEYS):
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(_KEYS)}")
        with self._lock:
            if body.get("clear"):
                self._clear()
            if "hold" in body:
                self.hold = bool(body["hold"])
            if "statusUpdateSeconds" in body:
                self.status_update_seconds = float(body["statusUpdateSeconds"]) or None
            if "failNext" in body:
                given = body["failNext"]
                self._failures.append(Failure(int(given["code"]), str(given["message"]), str(given["phase"])))
            self._events += [(int(each["copies"]), each.get("status")) for each in body.get("events", [])]
            self._throttled.update(body.get("throttle", {}))

    def next_failure(self) -> Failure | None:
        """Take the failure for the job that starts now, if one is set."""
        with self._lock:
            return self._failures.pop(0) if self._failures else None

    def copies_of(self, status: str) -> int:
        """Return how often to send the event of this status now: 0 to drop it, 2 to duplicate it, else 1."""
        with self._lock:
            for fault in self._events:
                if fault[1] in (None, status):
                    self._events.remove(fault)
                    return fault[0]
        return 1

    def throttle_call(self, operation: str) -> None:
        """Raise TooManyRequestsException while the operation is set to be throttled."""
        with self._lock:
            left = self._throttled.get(operation, 0)
            if left:
                self._throttled[operation] = left - 1
                raise TooManyRequestsException("Too many requests")
