"""How long something still takes, from how far it has come."""

from __future__ import annotations

#: Before that much time and percent nothing sensible can be said.
_SETTLED_SECONDS = 1.0
_SETTLED_PERCENT = 2.0
#: What a percent ago counts for less than now: stages change their speed on the way.
_MEMORY = 0.9


class Pace:
    """Watches one stage. Times are seconds of any clock that does not go back."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._last = (0.0, 0.0)
        #: Seconds and percent of all steps, the older the lighter: their quotient is the pace.
        self._seconds = self._percent = 0.0

    def saw(self, percent: float, now: float) -> None:
        """It has come this far. The first percent seen is where it begins: what was done before tells no pace."""
        if self._first is None:
            self._first = self._last = (now, percent)
            return
        gained = percent - self._last[1]
        if gained <= 0:
            return
        weight = _MEMORY**gained
        self._seconds = weight * self._seconds + now - self._last[0]
        self._percent = weight * self._percent + gained
        self._last = (now, percent)

    def left(self, now: float) -> float | None:
        """Seconds that are left, counted down since the last step; None while they are unknown."""
        if self._first is None:
            return None
        took, gained = self._last[0] - self._first[0], self._last[1] - self._first[1]
        if took < _SETTLED_SECONDS or gained < _SETTLED_PERCENT:
            return None
        left = (100 - self._last[1]) * self._seconds / self._percent - (now - self._last[0])
        return left if left > 0 else None
