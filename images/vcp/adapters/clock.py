"""The clock of the real world."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        """The time in UTC, timezone aware."""
        return datetime.now(UTC)
