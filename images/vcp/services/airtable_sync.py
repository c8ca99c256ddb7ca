"""Write the ledger's records as rows of the Airtable table."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aws_lambda_powertools import Logger
from msgspec import Struct

from vcp.domain.reporting.airtable_rows import row
from vcp.domain.video.record import Result, VideoRecord
from vcp.ports.airtable import VideoRow, VideoTable
from vcp.ports.ledger import Ledger

logger = Logger(child=True)


class AirtableSync(Struct, frozen=True):
    """Write current records, so that late, duplicate and reordered stream records do no harm."""

    ledger: Ledger
    table: VideoTable
    result_url: Callable[[Result], str]

    def sync(self, video_ids: Iterable[str]) -> int:
        """Write one row per video and return their number. Raises what the table raises."""
        records = [record for vid in dict.fromkeys(video_ids) if (record := self.ledger.get(vid)) is not None]
        rows = [self._row(record) for record in records]
        if rows:
            self.table.upsert(rows)
        logger.info("synced", extra={"videos": [record.video_id for record in records]})
        return len(rows)

    def _row(self, record: VideoRecord) -> VideoRow:
        compressed = self.result_url(record.result) if record.result else None
        return VideoRow(record.video_id, row(record, original_url=record.source.web_url, compressed_url=compressed))
