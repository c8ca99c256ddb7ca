"""Request quotas in Google's units, in a sliding minute.

Drive "Usage limits" for projects created since May 2026: 1,000,000 units a minute for the project and 325,000 for
one user; a read costs 5, a list 100, a download 200, a write 50. 325,000 / 200 = 1,625 downloads a minute.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.google_drive.errors import DriveError

WINDOW_SECONDS = 60.0
READ_UNITS, LIST_UNITS, DOWNLOAD_UNITS, WRITE_UNITS = 5, 100, 200, 50


@dataclass(frozen=True)
class Limits:
    """Units a minute; None takes the limit away."""

    user_units: int | None = 325_000
    project_units: int | None = 1_000_000


def units_of(operation: str, http_method: str, media: bool) -> int:
    """What one request costs."""
    if media and http_method == "GET":
        return DOWNLOAD_UNITS
    if http_method != "GET":
        return WRITE_UNITS
    return LIST_UNITS if operation.endswith(".list") else READ_UNITS


class Quota:
    """Counts units a user and for the whole project; refused requests cost nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.limits = Limits()
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: dict[str, deque[tuple[float, int]]] = {}

    def _used(self, whose: str, now: float) -> int:
        spent = self._spent.setdefault(whose, deque())
        while spent and spent[0][0] <= now - WINDOW_SECONDS:
            spent.popleft()
        return sum(units for _, units in spent)

    def charge(self, user: str, units: int) -> None:
        """Raises DriveError 403 userRateLimitExceeded or rateLimitExceeded beyond a limit."""
        with self._lock:
            now = self._clock()
            limits = self.limits
            if limits.user_units is not None and self._used(user, now) + units > limits.user_units:
                raise _exceeded("userRateLimitExceeded", "User Rate Limit Exceeded")
            if limits.project_units is not None and self._used("", now) + units > limits.project_units:
                raise _exceeded("rateLimitExceeded", "Rate Limit Exceeded")
            for whose in (user, ""):
                self._spent.setdefault(whose, deque()).append((now, units))

    def used(self) -> dict[str, int]:
        """Units of the last minute by user; the project's under the empty name."""
        with self._lock:
            now = self._clock()
            return {whose: self._used(whose, now) for whose in list(self._spent)}


def _exceeded(reason: str, message: str) -> DriveError:
    return DriveError(403, reason, message, domain="usageLimits")
