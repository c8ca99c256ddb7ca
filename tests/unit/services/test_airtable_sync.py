"""MetaDataLogger: the table shows what the ledger says now, whatever the stream brings and in which order."""

from __future__ import annotations

import pytest

from tests.fakes.airtable import FakeTable
from tests.fakes.pipeline import Pipeline
from vcp.domain.errors import RetryableError
from vcp.domain.video.states import State
from vcp.services.airtable_sync import AirtableSync


class Office(Pipeline):
    """A pipeline with a table."""

    def __init__(self) -> None:
        super().__init__()
        self.table = FakeTable()
        self.sync = AirtableSync(self.ledger, self.table, lambda result: f"https://files.example/{result.key}")


@pytest.fixture
def office() -> Office:
    office = Office()
    office.up_to_transcoding()
    return office


def test_a_row_follows_its_video_to_the_end(office: Office) -> None:
    vid = office.record.video_id
    assert office.sync.sync([vid]) == 1
    assert office.table.rows[vid]["Status"] == "Processing"
    assert office.table.rows[vid]["Compressed URL"] is None
    office.encode()
    office.handle_event()
    office.sync.sync([vid])
    result = office.record.result
    assert result is not None
    assert office.table.rows[vid]["Status"] == "Completed"
    assert office.table.rows[vid]["Compressed URL"] == f"https://files.example/{result.key}"
    assert office.table.rows[vid]["Original URL"] == office.record.source.web_url


def test_a_change_that_is_told_late_writes_what_is_true_now(office: Office) -> None:
    vid = office.record.video_id
    office.encode()
    office.handle_event()
    office.sync.sync([vid])
    finished = dict(office.table.rows[vid])
    # The stream brings the video's first change again: the handler only takes the id out of it.
    office.sync.sync([vid])
    assert office.table.rows[vid] == finished
    assert finished["Status"] == "Completed"


def test_many_changes_of_a_video_are_one_row_and_one_call(office: Office) -> None:
    vid = office.record.video_id
    assert office.sync.sync([vid, vid, vid]) == 1
    assert office.table.calls == 1


def test_a_batch_without_videos_asks_nothing_of_airtable(office: Office) -> None:
    assert office.sync.sync([]) == 0
    assert office.sync.sync(["nobody-knows-it"]) == 0
    assert office.table.calls == 0


def test_a_table_that_is_down_is_raised_and_harms_no_video(office: Office) -> None:
    def down(_: object) -> None:
        raise RetryableError("airtable_busy", "Airtable is busy.")

    office.table.upsert = down  # type: ignore[method-assign, assignment]
    with pytest.raises(RetryableError):
        office.sync.sync([office.record.video_id])
    assert office.state() is State.TRANSCODING
