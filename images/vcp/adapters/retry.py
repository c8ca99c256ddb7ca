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
