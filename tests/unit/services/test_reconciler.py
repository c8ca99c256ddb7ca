"""The reconciler recovers what messages, events and workers lose."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.pipeline import CONTENT, Pipeline
from vcp.domain.errors import PermanentError
from vcp.domain.video.record import Problem
from vcp.domain.video.states import State
from vcp.services.reconciler import MAX_PAUSE, MAX_QUEUED, MAX_RECOVERIES

QUARTER_HOUR = 901
DAY = timedelta(days=1).total_seconds()


def pipeline_with_dead_worker() -> Pipeline:
    """Return a pipeline with a video whose worker crashed and whose message is lost."""
    pipeline = Pipeline()
    pipeline.submit()
    pipeline.queue.messages.clear()
    pipeline.ledger.save(pipeline.record.moved(State.TRANSFERRING, pipeline.clock.now(), due_at=pipeline.clock.now()))
    return pipeline


def test_resends_a_lost_message() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    pipeline.queue.messages.clear()
    assert pipeline.reconciler.run() == {}
    pipeline.clock.forward(QUARTER_HOUR)
    assert pipeline.reconciler.run() == {"queued": 1}
    pipeline.process()
    assert pipeline.state() is State.TRANSCODING


def test_recovers_from_a_dead_worker_but_not_from_a_live_one() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    pipeline.queue.messages.clear()
    pipeline.ledger.save(pipeline.record.moved(State.TRANSFERRING, pipeline.clock.now(), due_at=pipeline.clock.now()))
    with pipeline.ledger.lease(pipeline.record.video_id, 1, "alive", 60):
        assert pipeline.reconciler.run() == {}
    assert pipeline.reconciler.run() == {"transferring": 1}
    pipeline.process()
    assert pipeline.state() is State.TRANSCODING


def test_recreates_a_lost_job_event() -> None:
    pipeline = Pipeline().up_to_transcoding()
    pipeline.encode()
    pipeline.transcoder.jobs["job-1"]["status"] = "COMPLETE"
    pipeline.clock.forward(QUARTER_HOUR)
    assert pipeline.reconciler.run() == {"transcoding": 1}
    (event,) = pipeline.completion_function.events
    pipeline.completion.handle(event, "c")
    assert pipeline.state() is State.COMPLETED


def test_checks_a_running_job_again_later() -> None:
    pipeline = Pipeline().up_to_transcoding()
    pipeline.transcoder.jobs["job-1"]["status"] = "PROGRESSING"
    pipeline.clock.forward(QUARTER_HOUR)
    assert pipeline.reconciler.run() == {}
    assert pipeline.record.recoveries == 0
    assert pipeline.record.due_at is not None
    assert pipeline.record.due_at > pipeline.clock.now()


def test_queues_a_waiting_video_when_it_is_due() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    pipeline.queue.messages.clear()
    until = pipeline.clock.now()
    problem = Problem(code="drive_quota", sentence="Drive's download quota is used up.")
    pipeline.ledger.save(pipeline.record.moved(State.WAITING, until, due_at=until, problem=problem))
    assert pipeline.reconciler.run() == {"waiting": 1}
    assert pipeline.state() is State.QUEUED
    assert len(pipeline.queue.messages) == 1


def test_gives_up_after_the_maximum_of_recoveries() -> None:
    pipeline = pipeline_with_dead_worker()
    for _ in range(MAX_RECOVERIES):
        assert pipeline.reconciler.run() == {"transferring": 1}
        pipeline.clock.forward(MAX_PAUSE.total_seconds())
    assert pipeline.state() is State.TRANSFERRING
    pipeline.reconciler.run()
    assert pipeline.state() is State.FAILED
    assert pipeline.problem.code == "gave_up"
    pipeline.clock.forward(MAX_PAUSE.total_seconds())
    assert pipeline.reconciler.run() == {}


def test_an_outage_of_a_day_fails_no_video() -> None:
    pipeline = pipeline_with_dead_worker()
    for _ in range(int(DAY / 300)):
        pipeline.clock.forward(300)
        pipeline.reconciler.run()
    assert pipeline.state() is State.TRANSFERRING
    assert pipeline.record.recoveries < MAX_RECOVERIES


def test_a_video_queued_for_days_is_neither_given_up_nor_floods_the_queue() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    for _ in range(int(3 * DAY / 300)):
        pipeline.clock.forward(300)
        pipeline.reconciler.run()
    assert pipeline.state() is State.QUEUED
    assert pipeline.record.recoveries == 0
    assert len(pipeline.queue.messages) < 20
    pipeline.process()
    assert pipeline.state() is State.TRANSCODING


def test_fails_a_video_that_stays_queued_too_long() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    pipeline.clock.forward(MAX_QUEUED.total_seconds())
    pipeline.reconciler.run()
    assert pipeline.state() is State.FAILED


def test_fails_a_video_that_waits_repeatedly() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    problem = Problem(code="drive_quota_exhausted", sentence="Google Drive allows no more downloads today.")
    for _ in range(MAX_RECOVERIES):
        now = pipeline.clock.now()
        pipeline.ledger.save(pipeline.record.moved(State.WAITING, now, due_at=now + timedelta(days=1), problem=problem))
        pipeline.clock.forward(DAY)
        assert pipeline.reconciler.run() == {"waiting": 1}
        assert pipeline.state() is State.QUEUED
    pipeline.ledger.save(
        pipeline.record.moved(State.WAITING, pipeline.clock.now(), due_at=pipeline.clock.now(), problem=problem)
    )
    pipeline.reconciler.run()
    assert pipeline.state() is State.FAILED
    assert "drive_quota_exhausted" in pipeline.problem.detail


def test_a_video_that_cannot_be_checked_blocks_no_other() -> None:
    pipeline = Pipeline().up_to_transcoding()
    forgotten = pipeline.record.video_id
    pipeline.transcoder.jobs.clear()
    pipeline.drive.put(CONTENT + b"!", file_id="another-file-id-0123456789", name="second.mov")
    pipeline.intake.submit({"fileUrl": "https://drive.google.com/file/d/another-file-id-0123456789/view"})
    pipeline.queue.messages.clear()
    pipeline.clock.forward(QUARTER_HOUR)
    with pytest.raises(PermanentError, match="does not know this job"):
        pipeline.reconciler.run()
    assert [message.video_id for message in pipeline.queue.messages] != []
    assert forgotten not in [message.video_id for message in pipeline.queue.messages]

    for _ in range(MAX_RECOVERIES - 1):
        pipeline.clock.forward(MAX_PAUSE.total_seconds())
        with pytest.raises(PermanentError):
            pipeline.reconciler.run()
    pipeline.clock.forward(MAX_PAUSE.total_seconds())
    pipeline.reconciler.run()
    assert pipeline.ledger.records[forgotten].state is State.FAILED, (
        "a job that is forgotten leaves no video without end"
    )
