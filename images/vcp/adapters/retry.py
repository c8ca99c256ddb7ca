"""Retries with exponential backoff."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from msgspec import Struct

from vcp.domain.errors import RetryableError

if TYPE_CHECKING:
    from tenacity import Retrying


class Backoff(Struct, frozen=True):
    """Exponential backoff with full jitter, in seconds."""

    attempts: int = 6
    first_seconds: float = 0.5
    max_seconds: float = 30.0

    def retrying(self) -> Retrying:
        """Return tenacity's loop that retries after `RetryableError`s and raises the last one unchanged."""
        # Imported here: functions that never retry start without it.
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

        return Retrying(
            retry=retry_if_exception_type(RetryableError),
            stop=stop_after_attempt(self.attempts),
            wait=wait_random_exponential(multiplier=self.first_seconds, max=self.max_seconds),
            reraise=True,
        )

    def pause(self, failures: int) -> None:
        """Sleep after the n-th failure in a row (1 is the first)."""
        limit = min(self.max_seconds, self.first_seconds * 2 ** (failures - 1))
        time.sleep(random.uniform(0, limit))  # noqa: S311 - jitter, not cryptography
