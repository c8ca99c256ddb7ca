"""Records of invocations and environments, as the console shows them."""

# ruff: noqa: N815 (the names of the console's JSON)

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 10_000


@dataclass(frozen=True)
class InvocationRecord:
    """An invocation that has ended. `outcome`: ok, error, init-error, timeout or exit; times in milliseconds;
    `startedAt` in seconds since the epoch; `initMs` null in a warm environment."""

    function: str
    requestId: str
    pid: int | None
    environment: str
    source: str
    startedAt: float
    durationMs: float
    initMs: float | None
    coldStart: bool
    maxRssKb: int
    outcome: str
    errorType: str | None


@dataclass(frozen=True)
class EnvironmentInfo:
    """An execution environment. `state`: new, starting, busy, frozen or ended."""

    id: str
    function: str
    version: str
    pid: int | None
    state: str
    invocations: int
    maxRssKb: int
    memoryMb: int
    ephemeralStorageMb: int
    logStream: str


class Journal:
    """The last invocations, in the order in which they ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: deque[InvocationRecord] = deque(maxlen=_KEPT)

    def add(self, record: InvocationRecord) -> None:
        with self._lock:
            self._records.append(record)

    def list(self, function: str | None = None) -> list[dict[str, Any]]:
        with self._lock:
            records = list(self._records)
        return [asdict(each) for each in records if function in (None, each.function)]
