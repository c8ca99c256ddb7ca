"""The Airtable table of videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct


class VideoRow(Struct, frozen=True):
    """A row, by its key. `fields`: the table's fields, the key's included; None clears a cell."""

    video_id: str
    fields: Mapping[str, object]


class VideoTable(Protocol):
    def upsert(self, rows: Sequence[VideoRow]) -> None:
        """Write rows. Raises `RetryableError`, `WaitUntilError`, `PermanentError`."""
        ...
