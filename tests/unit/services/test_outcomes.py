"""Every outcome is counted once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.drive import FILE_ID
from tests.fakes.interception import failing
from tests.fakes.pipeline import CONTENT, Pipeline
from vcp.domain.errors import WaitUntilError
from vcp.domain.planning.rejection import PlanRejection
from vcp.domain.video.states import State
from vcp.services.outcomes import problem_of
from vcp.services.reconciler import MAX_RECOVERIES
from vcp.wire.metrics import STATE_DIMENSION, VIDEO_ENDED


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline()


def outcomes(pipeline: Pipeline) -> list[str]:
    return [dimensions[STATE_DIMENSION] for name, _, dimensions in pipeline.metrics.counts if name == VIDEO_ENDED]


def test_an_active_video_is_not_counted(pipeline: Pipeline) -> None:
    pipeline.up_to_transcoding()
    assert outcomes(pipeline) == []


def test_counts_a_video_rejected_by_the_transfer(pipeline: Pipeline) -> None:
    pipeline.submit()
    pipeline.drive.files.clear()
    pipeline.process()
    assert outcomes(pipeline) == ["rejected"]


def test_counts_a_superseded_video(pipeline: Pipeline) -> None:
    pipeline.submit()
    first = pipeline.queue.messages[0]
    pipeline.drive.put(CONTENT + b"!", head_revision_id="rev2")
    pipeline.submit()
    pipeline.process(first)
    assert pipeline.ledger.records[first.video_id].state is State.CANCELLED
    assert outcomes(pipeline) == ["cancelled"]


def test_a_waiting_video_is_not_counted(pipeline: Pipeline) -> None:
    tomorrow = pipeline.clock.now() + timedelta(hours=12)
    pipeline.submit()
    with failing(pipeline.drive, "check_version", WaitUntilError("drive_quota_exhausted", "No more today.", tomorrow)):
        pipeline.process()
    assert pipeline.state() is State.WAITING
    assert outcomes(pipeline) == []


def test_counts_a_completed_video_once_for_duplicate_events(pipeline: Pipeline) -> None:
    pipeline.up_to_transcoding()
    pipeline.encode()
    pipeline.handle_event()
    pipeline.handle_event()
    assert outcomes(pipeline) == ["completed"]


def test_counts_a_cancelled_job(pipeline: Pipeline) -> None:
    pipeline.up_to_transcoding()
    pipeline.handle_event("CANCELED")
    assert outcomes(pipeline) == ["cancelled"]


def test_counts_a_video_that_the_reconciler_gives_up(pipeline: Pipeline) -> None:
    pipeline.submit()
    record = pipeline.record.moved(State.TRANSFERRING, pipeline.clock.now(), due_at=pipeline.clock.now())
    pipeline.ledger.save(record.but(recoveries=MAX_RECOVERIES))
    pipeline.reconciler.run()
    pipeline.reconciler.run()
    assert outcomes(pipeline) == ["failed"]


def test_counts_a_second_rejection_with_another_reason(pipeline: Pipeline) -> None:
    """The file is first in the trash, then not downloadable."""
    shared = pipeline.drive.files[FILE_ID]
    pipeline.drive.put(CONTENT, trashed=True)
    pipeline.submit()
    pipeline.submit()
    pipeline.drive.put(CONTENT, can_download=False)
    pipeline.submit()
    assert pipeline.record.attempt == 2
    assert outcomes(pipeline) == ["rejected", "rejected"]
    pipeline.drive.files[FILE_ID] = shared
    pipeline.submit()
    assert pipeline.state() is State.QUEUED
    assert outcomes(pipeline) == ["rejected", "rejected"]


def test_a_plan_rejection_becomes_a_sentence() -> None:
    problem = problem_of(PlanRejection("picture_too_small", width=30, height=20, min_side=32))
    assert problem.sentence == "The picture has only 30x20 pixels; each side needs at least 32."
    assert (problem.code, problem.detail) == ("picture_too_small", "width=30, height=20, min_side=32")
