"""Switchable faults, set through the console: what a test needs to see how a caller copes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.mediaconvert.exceptions import JobFailed, TooManyRequestsException

_PHASES = ("PROBING", "TRANSCODING", "UPLOADING")
_KEYS = ("hold", "failNext", "events", "throttle", "statusUpdateSeconds", "clear")


@dataclass
class _Failure:
    code: int
    message: str
    phase: str


@dataclass
class _EventFault:
    kind: str  # drop or duplicate
    status: str | None


class Faults:
    """All faults of the service. Each one-time fault is used up by the first job, event or call it meets."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self.hold = False
        self.status_update_seconds: float | None = None
        self._failures: list[_Failure] = []
        self._events: list[_EventFault] = []
        self._throttled: dict[str, int] = {}

    def configure(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take faults from the console's JSON; see `MediaConvertClient` for their meaning.

        Raises ValueError for a key or value that is none.
        """
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
                self._failures.append(_failure(body["failNext"]))
            for one in body.get("events", []):
                self._events.append(_event_fault(one))
            for operation, count in body.get("throttle", {}).items():
                self._throttled[operation] = int(count)
        return self.describe()

    def describe(self) -> dict[str, Any]:
        """What is set now."""
        return {
            "hold": self.hold,
            "statusUpdateSeconds": self.status_update_seconds,
            "failures": [vars(one) for one in self._failures],
            "events": [vars(one) for one in self._events],
            "throttle": dict(self._throttled),
        }

    def next_failure(self) -> _Failure | None:
        """The failure of the job that starts now, if one is set."""
        with self._lock:
            return self._failures.pop(0) if self._failures else None

    def copies_of(self, status: str) -> int:
        """How often the event of this status is sent now: 0 dropped, 2 duplicated, else 1."""
        with self._lock:
            for fault in self._events:
                if fault.status in (None, status):
                    self._events.remove(fault)
                    return 0 if fault.kind == "drop" else 2
        return 1

    def refuse_call(self, operation: str) -> None:
        """Raise TooManyRequestsException while the operation is set to be throttled."""
        with self._lock:
            left = self._throttled.get(operation, 0)
            if left:
                self._throttled[operation] = left - 1
                raise TooManyRequestsException("Too many requests")


def fail_if(failure: _Failure | None, phase: str) -> None:
    """Raise JobFailed when the job is set to fail in this phase."""
    if failure is not None and failure.phase == phase:
        raise JobFailed(failure.code, failure.message)


def _failure(given: Mapping[str, Any]) -> _Failure:
    if "code" not in given:
        raise ValueError("failNext needs a code")
    phase = given.get("phase", "TRANSCODING")
    if phase not in _PHASES:
        raise ValueError(f"phase is one of {', '.join(_PHASES)}, not {phase}")
    return _Failure(int(given["code"]), str(given.get("message", "Set to fail through the console")), phase)


def _event_fault(given: Mapping[str, Any]) -> _EventFault:
    if given.get("kind") not in ("drop", "duplicate"):
        raise ValueError(f"kind is drop or duplicate, not {given.get('kind')}")
    return _EventFault(given["kind"], given.get("status"))
