"""What ran, for people and tests: the console's list of invocations."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 10_000


@dataclass(frozen=True)
class InvocationRecord:
    """One line of GET /lambda/invocations. `outcome`: ok, error, init-error, timeout or exit; times in
    milliseconds; `startedAt` in seconds since the epoch; `initMs` null in a warm environment."""

    function: str
    requestId: str  # noqa: N815  (names of the JSON that the console answers)
    pid: int | None
    environment: str
    source: str
    startedAt: float  # noqa: N815
    durationMs: float  # noqa: N815
    initMs: float | None  # noqa: N815
    coldStart: bool  # noqa: N815
    maxRssKb: int  # noqa: N815
    outcome: str
    errorType: str | None  # noqa: N815


class Journal:
    """The last invocations, in the order of their ends."""

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
