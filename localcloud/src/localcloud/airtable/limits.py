"""Rate limits: 5 requests a second for each base and 50 for all tokens of one owner.

A breach closes the base or the owner for 30 s, in which every request is rejected. [Airtable Web API, "Rate limits"]
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable

from localcloud.airtable.errors import rate_limited

PER_BASE, PER_OWNER, PENALTY_SECONDS = 5, 50, 30.0


class RateLimiter:
    """Count requests in a sliding second."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.set_per_base(PER_BASE)

    def set_per_base(self, per_base: int) -> None:
        """Allow another number of requests a second for each base; reset breaches and counts."""
        with self._lock:
            self._per_base = per_base
            self._recent: defaultdict[str, deque[float]] = defaultdict(deque)
            self._closed_until: dict[str, float] = {}

    def admit(self, owner: str, base_id: str) -> None:
        """Count one request. Raises AirtableError 429 in case of, or after, a breach."""
        allowed = {owner: PER_OWNER, base_id: self._per_base}
        with self._lock:
            now = self._clock()
            for bucket, limit in allowed.items():
                self._check(bucket, limit, now)
            for bucket in allowed:
                self._recent[bucket].append(now)

    def _check(self, bucket: str, limit: int, now: float) -> None:
        if self._closed_until.get(bucket, 0.0) > now:
            raise rate_limited()
        recent = self._recent[bucket]
        while recent and recent[0] <= now - 1.0:
            recent.popleft()
        if len(recent) >= limit:
            self._closed_until[bucket] = now + PENALTY_SECONDS
            raise rate_limited()
