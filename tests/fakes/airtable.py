"""The Airtable table in memory."""

from __future__ import annotations

from collections.abc import Sequence

from vcp.ports.airtable import VideoRow


class FakeTable:
    """Rows by video id."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, object]] = {}
        self.calls = 0

    def upsert(self, rows: Sequence[VideoRow]) -> None:
        self.calls += 1
        for row in rows:
            self.rows[row.video_id] = dict(row.fields)
