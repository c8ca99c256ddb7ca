"""Rate limits and the monthly count of calls.

5 requests a second a base and 50 a second for all tokens of one owner; whoever goes beyond waits 30 s, and every
call until then is refused too. [Airtable Web API, "Rate limits"; "Managing API call limits"]
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.airtable.errors import month_used_up, rate_limited


@dataclass(frozen=True)
class Limits:
    """Requests a second, the wait after a breach in seconds, and calls a month (None: no cap)."""

    per_base: int = 5
    per_owner: int = 50
    penalty_seconds: float = 30.0
    monthly_calls: int | None = None


class RateLimiter:
    """Counts in a sliding second."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.limits = Limits()
        self.calls_this_month = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._recent: dict[str, deque[float]] = {}
        self._closed_until: dict[str, float] = {}

    def reset(self) -> None:
        """Forget breaches, the last second and the month's count."""
        with self._lock:
            self._recent.clear()
            self._closed_until.clear()
            self.calls_this_month = 0

    def admit(self, owner: str, base_id: str | None) -> None:
        """Count one call. Raises RateLimitError 429 within or because of a breach."""
        with self._lock:
            now = self._clock()
            buckets = [(f"owner:{owner}", self.limits.per_owner)]
            if base_id is not None:
                buckets.append((f"base:{base_id}", self.limits.per_base))
            for bucket, allowed in buckets:
                self._check(bucket, allowed, now)
            monthly = self.limits.monthly_calls
            if monthly is not None and self.calls_this_month >= monthly:
                raise month_used_up()
            for bucket, _ in buckets:
                self._recent[bucket].append(now)
            self.calls_this_month += 1

    def _check(self, bucket: str, allowed: int, now: float) -> None:
        if self._closed_until.get(bucket, 0.0) > now:
            raise rate_limited()
        recent = self._recent.setdefault(bucket, deque())
        while recent and recent[0] <= now - 1.0:
            recent.popleft()
        if len(recent) >= allowed:
            self._closed_until[bucket] = now + self.limits.penalty_seconds
            raise rate_limited()
