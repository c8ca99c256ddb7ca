"""Request quotas in Google's units, in a sliding minute.

Drive "Usage limits" for projects created since May 2026: 1,000,000 units a minute for the project and 325,000 for one
user; a read costs 5, a list 100, a download 200. 325,000 / 200 = 1,625 downloads a minute.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable

from localcloud.google_drive.errors import DriveError

WINDOW_SECONDS = 60.0
USER_UNITS, PROJECT_UNITS = 325_000, 1_000_000
READ_UNITS, LIST_UNITS, DOWNLOAD_UNITS = 5, 100, 200
_PROJECT = ""


def units_of(operation: str, media: bool) -> int:
    """Return the cost of one request."""
    if media:
        return DOWNLOAD_UNITS
    return LIST_UNITS if operation.endswith(".list") else READ_UNITS


class Quota:
    """Count the units of each user and of the project; rejected requests cost nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: defaultdict[str, deque[tuple[float, int]]] = defaultdict(deque)

    def charge(self, user: str, units: int) -> None:
        """Raises DriveError 403 userRateLimitExceeded or rateLimitExceeded beyond a limit."""
        with self._lock:
            now = self._clock()
            if self._used(user, now) + units > USER_UNITS:
                raise DriveError(403, "userRateLimitExceeded", "User Rate Limit Exceeded", domain="usageLimits")
            if self._used(_PROJECT, now) + units > PROJECT_UNITS:
                raise DriveError(403, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits")
            for payer in (user, _PROJECT):
                self._spent[payer].append((now, units))

    def _used(self, payer: str, now: float) -> int:
        spent = self._spent[payer]
        while spent and spent[0][0] <= now - WINDOW_SECONDS:
            spent.popleft()
        return sum(units for _, units in spent)
