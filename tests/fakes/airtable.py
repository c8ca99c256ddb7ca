"""The Airtable table in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class FakeTable:
    """Rows by video id."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.calls = 0

    def upsert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.calls += 1
        for row in rows:
            self.rows[row["Video ID"]] = dict(row)
