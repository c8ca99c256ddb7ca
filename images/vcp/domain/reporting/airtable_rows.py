"""A record as a row of the Airtable table "Processed Videos"; its field names are a public interface."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import ACTIVE, FINAL, State

#: The field that identifies a row.
KEY_FIELD = "Video ID"

STATUSES = ("Processing", "Retrying", "Waiting", "Completed", "Skipped", "Rejected", "Failed", "Cancelled")
_STATUS = {
    State.WAITING: "Waiting",
    State.COMPLETED: "Completed",
    State.SKIPPED: "Skipped",
    State.REJECTED: "Rejected",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
}
_MB = 1e6

_TEXT: Mapping[str, Any] = {"type": "singleLineText"}
_URL: Mapping[str, Any] = {"type": "url"}
_NUMBER: Mapping[str, Any] = {"type": "number", "options": {"precision": 2}}
_LENGTH: Mapping[str, Any] = {"type": "duration", "options": {"durationFormat": "h:mm:ss"}}
_MOMENT: Mapping[str, Any] = {
    "type": "dateTime",
    "options": {"dateFormat": {"name": "iso"}, "timeFormat": {"name": "24hour"}, "timeZone": "utc"},
}

#: Field name -> type and options for Airtable's API; the first is the table's primary field.
TABLE_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "File Name": _TEXT,
    "Status": {"type": "singleSelect", "options": {"choices": [{"name": name} for name in STATUSES]}},
    "Original Size (MB)": _NUMBER,
    "Compressed Size (MB)": _NUMBER,
    "Compression Ratio": _NUMBER,
    "Duration": _LENGTH,
    "Resolution": _TEXT,
    "Processing Time": _LENGTH,
    "Original Uploader": _TEXT,
    "Upload Date": _MOMENT,
    "Processing Date": _MOMENT,
    "Completion Date": _MOMENT,
    "Original URL": _URL,
    "Compressed URL": _URL,
    "Job ID": _TEXT,
    "Error Message": {"type": "multilineText"},
    KEY_FIELD: _TEXT,
}


def row(record: VideoRecord, original_url: str | None, compressed_url: str | None) -> dict[str, Any]:
    """Return every field of the table; None clears a cell that an earlier attempt filled.

    Sizes are in MB (10^6 bytes), durations in seconds, times in ISO 8601 and UTC; the ratio is original to compressed.
    """
    original, compressed = record.source.size_bytes, record.result.size_bytes if record.result else None
    # Files that are skipped or rejected at intake are never queued.
    started = record.times.get(str(State.QUEUED))
    ended = record.times.get(str(record.state)) if record.state in FINAL else None
    processing = (ended - started).total_seconds() if started and ended else None
    return {
        "File Name": record.source.name,
        "Status": status(record),
        "Original Size (MB)": _megabytes(original),
        "Compressed Size (MB)": _megabytes(compressed),
        "Compression Ratio": round(original / compressed, 2) if original and compressed else None,
        "Duration": round(record.source_facts.duration_seconds) if record.source_facts else None,
        "Resolution": _resolution(record),
        "Processing Time": round(processing) if processing is not None else None,
        "Original Uploader": record.source.uploader,
        "Upload Date": _iso(record.source.created_at),
        "Processing Date": _iso(started),
        "Completion Date": _iso(ended),
        "Original URL": original_url,
        "Compressed URL": compressed_url,
        "Job ID": record.job.job_id if record.job else None,
        "Error Message": record.problem.sentence if record.problem else None,
        KEY_FIELD: record.video_id,
    }


def status(record: VideoRecord) -> str:
    """Return the value of the field Status. "Retrying" is a second attempt or a corrective plan."""
    if record.state in ACTIVE and record.state is not State.WAITING:
        corrected = record.plan is not None and record.plan.revision > 1
        return "Retrying" if record.attempt > 1 or corrected else "Processing"
    return _STATUS[record.state]


def _resolution(record: VideoRecord) -> str | None:
    """Return the display size of the result, or of the source as long as there is no result."""
    facts = record.result.facts if record.result else record.source_facts
    return "{}x{}".format(*facts.picture.display_size) if facts and facts.video else None


def _megabytes(size_bytes: int | None) -> float | None:
    return round(size_bytes / _MB, 2) if size_bytes is not None else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
