"""Rows of the Airtable table: fields, status and values."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.golden import check_golden
from tests.unit.domain.reporting.records import OUTCOMES, TOO_LONG, TRANSCODING
from tests.unit.domain.samples import NOON, TABLES, delivered, film, limited, record
from vcp.domain.planning.planner import plan
from vcp.domain.reporting.airtable_rows import KEY_FIELD, STATUSES, TABLE_FIELDS, row
from vcp.domain.text.lines import one_line
from vcp.domain.video.states import State

ORIGINAL = "https://drive.google.com/file/d/1AbCdEfGhIjKlMnOp/view"


def test_rows_read_as_reviewed() -> None:
    names = ("started, second attempt, size unknown", "completed", "completed, without audio", "rejected", "waiting")
    records = {**{name: OUTCOMES[name] for name in names}, "transcoding, third attempt": TRANSCODING}

    def text(name: str) -> str:
        ended = records[name]
        cells = row(ended, ORIGINAL, "https://example.com/v.mp4" if ended.result else None)
        return "\n".join(f"{field}: {value}" for field, value in cells.items() if value is not None)

    check_golden("rows", {name: text(name) for name in records})


def test_a_completed_video_fills_every_field_but_the_error() -> None:
    assert row(delivered(), ORIGINAL, "https://example.com/v.mp4") == {
        "File Name": "Interview – Größe.mov",
        "Status": "Completed",
        "Original Size (MB)": 150.0,
        "Compressed Size (MB)": 60.0,
        "Compression Ratio": 2.5,
        "Duration": 2,
        "Resolution": "320x180",
        "Processing Time": 300,
        "Original Uploader": "studio@example.com",
        "Upload Date": "2026-03-02T11:00:00.000Z",
        "Processing Date": "2026-03-02T12:00:00.000Z",
        "Completion Date": "2026-03-02T12:05:00.500Z",
        "Original URL": ORIGINAL,
        "Compressed URL": "https://example.com/v.mp4",
        "Job ID": "1700000000000-abcdef",
        "Error Message": None,
        "Video ID": delivered().video_id,
    }


def test_a_row_has_exactly_the_fields_of_the_table() -> None:
    assert set(row(record(), None, None)) == set(TABLE_FIELDS)
    assert KEY_FIELD in TABLE_FIELDS


def test_field_types_follow_airtables_api() -> None:
    """Airtable Web API, "Field types and cell values"; the first field is the primary one."""
    assert {name: field["type"] for name, field in TABLE_FIELDS.items()} == {
        "File Name": "singleLineText",
        "Status": "singleSelect",
        "Original Size (MB)": "number",
        "Compressed Size (MB)": "number",
        "Compression Ratio": "number",
        "Duration": "duration",
        "Resolution": "singleLineText",
        "Processing Time": "duration",
        "Original Uploader": "singleLineText",
        "Upload Date": "dateTime",
        "Processing Date": "dateTime",
        "Completion Date": "dateTime",
        "Original URL": "url",
        "Compressed URL": "url",
        "Job ID": "singleLineText",
        "Error Message": "multilineText",
        "Video ID": "singleLineText",
    }
    options = {field["type"]: field["options"] for field in TABLE_FIELDS.values() if "options" in field}
    assert options == {
        "singleSelect": {"choices": [{"name": name} for name in STATUSES]},
        "number": {"precision": 2},
        "duration": {"durationFormat": "h:mm:ss"},
        "dateTime": {"dateFormat": {"name": "iso"}, "timeFormat": {"name": "24hour"}, "timeZone": "utc"},
    }


@pytest.mark.parametrize(
    ("state", "attempt", "status"),
    [
        (State.QUEUED, 1, "Processing"),
        (State.TRANSCODING, 1, "Processing"),
        (State.TRANSFERRING, 2, "Retrying"),
        (State.WAITING, 1, "Waiting"),
        (State.SKIPPED, 1, "Skipped"),
        (State.REJECTED, 2, "Rejected"),
        (State.FAILED, 1, "Failed"),
        (State.CANCELLED, 1, "Cancelled"),
    ],
)
def test_each_state_has_a_status_of_the_table(state: State, attempt: int, status: str) -> None:
    assert row(record(state, attempt=attempt), None, None)["Status"] == status
    assert status in STATUSES


@pytest.mark.parametrize(("revision", "status"), [(1, "Processing"), (2, "Retrying")])
def test_a_corrective_plan_is_a_retry(revision: int, status: str) -> None:
    made = plan(film(), 150_000_000, limited(75_000_000), TABLES).but(revision=revision)
    assert row(record(State.TRANSCODING, plan=made), None, None)["Status"] == status


def test_a_rejection_shows_reason_and_time() -> None:
    times = {"rejected": NOON + timedelta(seconds=2)}
    cells = row(record(State.REJECTED, problem=TOO_LONG, times=times), ORIGINAL, None)
    assert cells["Error Message"] == TOO_LONG.sentence
    assert cells["Completion Date"] == "2026-03-02T12:00:02.000Z"
    assert (cells["Processing Date"], cells["Processing Time"]) == (None, None)


def test_a_video_in_progress_has_no_results() -> None:
    cells = row(record(State.TRANSFERRING), ORIGINAL, None)
    assert [cells[name] for name in ("Completion Date", "Processing Time", "Compressed Size (MB)")] == [None] * 3


@given(st.text(st.characters(codec=None), max_size=600))
def test_a_file_name_is_one_line(name: str) -> None:
    source = record().source.but(name=one_line(name) or "unnamed")
    cell = row(record(source=source), None, None)["File Name"]
    assert cell.strip()
    assert "\n" not in cell
