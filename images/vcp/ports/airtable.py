"""The Airtable table of videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class VideoTable(Protocol):
    """Rows are keyed by Video ID."""

    def upsert(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Write rows (field name -> value). Raises `RetryableError`, `WaitUntilError`, `PermanentError`."""
        ...
