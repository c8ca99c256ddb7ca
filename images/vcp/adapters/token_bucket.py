"""A rate limit for calls to external services."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock


class TokenBucket:
    """Limit the calls per second of all threads of a process.

    Args:
        per_second: calls per second in the long run.
        burst: calls that may start at once after a pause.
    """

    def __init__(
        self,
        per_second: float,
        burst: int = 1,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._now = now
        self._sleep = sleep
        self._tokens = float(burst)
        self._at = now()
        self._lock = Lock()

    def wait(self) -> None:
        """Block until the next call may start."""
        with self._lock:
            now = self._now()
            self._tokens = min(float(self._burst), self._tokens + (now - self._at) * self._per_second)
            self._at = now
            self._tokens -= 1
            seconds = -self._tokens / self._per_second
        if seconds > 0:
            self._sleep(seconds)
