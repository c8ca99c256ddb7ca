"""The Airtable table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class TableProjection(Protocol):
    """The Airtable table: rows keyed by Video ID."""

    def upsert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Field name -> value. Raises `RetryableError`, `WaitUntilError`, `PermanentError`."""
        ...
