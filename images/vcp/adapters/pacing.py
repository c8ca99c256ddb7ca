"""How often and how patiently outside services are called."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct

from vcp.domain.errors import RetryableError

if TYPE_CHECKING:
    from tenacity import Retrying


class Backoff(Struct, frozen=True):
    """Exponential backoff with full jitter, in seconds."""

    attempts: int = 6
    first_seconds: float = 0.5
    longest_seconds: float = 30.0

    def retrying(self) -> Retrying:
        """Tenacity's loop over `RetryableError`s; the last one is raised as it is."""
        # Here, since functions that follow the ledger's stream never come by, and start without it.
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

        return Retrying(
            retry=retry_if_exception_type(RetryableError),
            stop=stop_after_attempt(self.attempts),
            wait=wait_random_exponential(multiplier=self.first_seconds, max=self.longest_seconds),
            reraise=True,
        )

    def pause(self, failures: int) -> None:
        """Wait after the n-th failure in a row (1 is the first)."""
        longest = min(self.longest_seconds, self.first_seconds * 2 ** (failures - 1))
        time.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not cryptography


class Pace:
    """A limit of calls a second, shared by the threads of a process: a token bucket.

    Args:
        per_second: calls a second in the long run.
        burst: calls that may start at once after a quiet time.
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
        """Take one call's turn: returns when it may start."""
        with self._lock:
            now = self._now()
            self._tokens = min(float(self._burst), self._tokens + (now - self._at) * self._per_second)
            self._at = now
            self._tokens -= 1
            seconds = -self._tokens / self._per_second
        if seconds > 0:
            self._sleep(seconds)
