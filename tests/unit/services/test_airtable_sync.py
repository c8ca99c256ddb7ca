"""Airtable sync writes the current record, whatever the order of the stream."""

from __future__ import annotations

import pytest

from tests.fakes.airtable import FakeTable
from tests.fakes.interception import failing
from tests.fakes.pipeline import Pipeline
from vcp.domain.errors import RetryableError
from vcp.domain.video.states import State
from vcp.services.airtable_sync import AirtableSync


class SyncedPipeline(Pipeline):
    """A pipeline with an Airtable table."""

    def __init__(self) -> None:
        super().__init__()
        self.table = FakeTable()
        self.sync = AirtableSync(self.ledger, self.table, lambda result: f"https://files.example/{result.key}")


@pytest.fixture
def pipeline() -> SyncedPipeline:
    pipeline = SyncedPipeline()
    pipeline.up_to_transcoding()
    return pipeline


def test_the_row_follows_its_video(pipeline: SyncedPipeline) -> None:
    vid = pipeline.record.video_id
    assert pipeline.sync.sync([vid]) == 1
    assert pipeline.table.rows[vid]["Status"] == "Processing"
    assert pipeline.table.rows[vid]["Compressed URL"] is None
    pipeline.encode()
    pipeline.handle_event()
    pipeline.sync.sync([vid])
    result = pipeline.record.result
    assert result is not None
    assert pipeline.table.rows[vid]["Status"] == "Completed"
    assert pipeline.table.rows[vid]["Compressed URL"] == f"https://files.example/{result.key}"
    assert pipeline.table.rows[vid]["Original URL"] == pipeline.record.source.web_url


def test_a_late_change_writes_the_current_state(pipeline: SyncedPipeline) -> None:
    vid = pipeline.record.video_id
    pipeline.encode()
    pipeline.handle_event()
    pipeline.sync.sync([vid])
    finished = dict(pipeline.table.rows[vid])
    # The stream repeats the first change, of which only the id is used.
    pipeline.sync.sync([vid])
    assert pipeline.table.rows[vid] == finished
    assert finished["Status"] == "Completed"


def test_several_changes_of_a_video_are_one_upsert(pipeline: SyncedPipeline) -> None:
    vid = pipeline.record.video_id
    assert pipeline.sync.sync([vid, vid, vid]) == 1
    assert pipeline.table.calls == 1


def test_a_batch_without_videos_does_not_call_airtable(pipeline: SyncedPipeline) -> None:
    assert pipeline.sync.sync([]) == 0
    assert pipeline.sync.sync(["unknown"]) == 0
    assert pipeline.table.calls == 0


def test_raises_while_airtable_is_down(pipeline: SyncedPipeline) -> None:
    down = RetryableError("airtable_busy", "Airtable is busy.")
    with failing(pipeline.table, "upsert", down), pytest.raises(RetryableError):
        pipeline.sync.sync([pipeline.record.video_id])
    assert pipeline.state() is State.TRANSCODING
