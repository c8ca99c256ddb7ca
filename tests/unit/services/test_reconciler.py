"""reconciler: what events, messages and workers lose is taken up."""

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


def with_a_dead_worker() -> Pipeline:
    """A video whose worker began and was never heard of again; its message is gone."""
    world = Pipeline()
    world.submit()
    world.queue.messages.clear()
    world.ledger.save(world.record.moved(State.TRANSFERRING, world.clock.now(), due_at=world.clock.now()))
    return world


def test_a_message_that_was_lost_is_sent_again() -> None:
    world = Pipeline()
    world.submit()
    world.queue.messages.clear()
    assert world.reconciler.run() == {}
    world.clock.forward(QUARTER_HOUR)
    assert world.reconciler.run() == {"queued": 1}
    world.process()
    assert world.state() is State.TRANSCODING


def test_a_worker_that_died_is_replaced_and_one_that_lives_is_left_alone() -> None:
    world = Pipeline()
    world.submit()
    world.queue.messages.clear()
    world.ledger.save(world.record.moved(State.TRANSFERRING, world.clock.now(), due_at=world.clock.now()))
    with world.ledger.lease(world.record.video_id, 1, "alive", 60):
        assert world.reconciler.run() == {}
    assert world.reconciler.run() == {"transferring": 1}
    world.process()
    assert world.state() is State.TRANSCODING


def test_an_event_that_was_lost_is_made_again_from_the_services_word() -> None:
    world = Pipeline().up_to_transcoding()
    world.encode()
    world.transcoder.jobs["job-1"]["status"] = "COMPLETE"
    world.clock.forward(QUARTER_HOUR)
    assert world.reconciler.run() == {"transcoding": 1}
    (event,) = world.completion_function.events
    world.completion.handle(event, "c")
    assert world.state() is State.COMPLETED


def test_a_job_that_is_under_way_is_left_alone_and_asked_for_later() -> None:
    world = Pipeline().up_to_transcoding()
    world.transcoder.jobs["job-1"]["status"] = "PROGRESSING"
    world.clock.forward(QUARTER_HOUR)
    assert world.reconciler.run() == {}
    assert world.record.recoveries == 0
    assert world.record.due_at is not None
    assert world.record.due_at > world.clock.now()


def test_a_waiting_video_is_queued_when_its_time_has_come() -> None:
    world = Pipeline()
    world.submit()
    world.queue.messages.clear()
    until = world.clock.now()
    problem = Problem(code="drive_quota", sentence="Drive's download quota is used up.")
    world.ledger.save(world.record.moved(State.WAITING, until, due_at=until, problem=problem))
    assert world.reconciler.run() == {"waiting": 1}
    assert world.state() is State.QUEUED
    assert len(world.queue.messages) == 1


def test_nothing_is_taken_up_for_ever() -> None:
    world = with_a_dead_worker()
    for _ in range(MAX_RECOVERIES):
        assert world.reconciler.run() == {"transferring": 1}
        world.clock.forward(MAX_PAUSE.total_seconds())
    assert world.state() is State.TRANSFERRING
    world.reconciler.run()
    assert world.state() is State.FAILED
    assert world.record.problem is not None
    assert world.record.problem.code == "gave_up"
    world.clock.forward(MAX_PAUSE.total_seconds())
    assert world.reconciler.run() == {}


def test_an_outage_of_a_day_costs_no_video() -> None:
    world = with_a_dead_worker()
    for _ in range(int(DAY / 300)):
        world.clock.forward(300)
        world.reconciler.run()
    assert world.state() is State.TRANSFERRING
    assert world.record.recoveries < MAX_RECOVERIES


def test_a_video_that_waits_its_turn_for_days_is_not_given_up_and_floods_no_queue() -> None:
    world = Pipeline()
    world.submit()
    for _ in range(int(3 * DAY / 300)):
        world.clock.forward(300)
        world.reconciler.run()
    assert world.state() is State.QUEUED
    assert world.record.recoveries == 0
    assert len(world.queue.messages) < 20
    world.process()
    assert world.state() is State.TRANSCODING


def test_a_video_that_nobody_ever_takes_up_ends_with_a_reason() -> None:
    world = Pipeline()
    world.submit()
    world.clock.forward(MAX_QUEUED.total_seconds())
    world.reconciler.run()
    assert world.state() is State.FAILED


def test_a_video_that_waits_again_and_again_comes_to_an_end() -> None:
    world = Pipeline()
    world.submit()
    problem = Problem(code="drive_quota_exhausted", sentence="Google Drive allows no more downloads today.")
    for _ in range(MAX_RECOVERIES):
        now = world.clock.now()
        world.ledger.save(world.record.moved(State.WAITING, now, due_at=now + timedelta(days=1), problem=problem))
        world.clock.forward(DAY)
        assert world.reconciler.run() == {"waiting": 1}
        assert world.state() is State.QUEUED
    world.ledger.save(world.record.moved(State.WAITING, world.clock.now(), due_at=world.clock.now(), problem=problem))
    world.reconciler.run()
    assert world.state() is State.FAILED
    assert world.record.problem is not None
    assert "drive_quota_exhausted" in world.record.problem.detail, "the operator sees what it waited for"


def test_one_video_that_cannot_be_asked_for_keeps_no_other_waiting() -> None:
    world = Pipeline().up_to_transcoding()
    forgotten = world.record.video_id
    world.transcoder.jobs.clear()
    world.drive.put(CONTENT + b"!", file_id="another-file-id-0123456789", name="second.mov")
    world.intake.submit({"fileUrl": "https://drive.google.com/file/d/another-file-id-0123456789/view"})
    world.queue.messages.clear()
    world.clock.forward(QUARTER_HOUR)
    with pytest.raises(PermanentError, match="does not know this job"):
        world.reconciler.run()
    assert [message.video_id for message in world.queue.messages] != []
    assert forgotten not in [message.video_id for message in world.queue.messages]

    for _ in range(MAX_RECOVERIES - 1):
        world.clock.forward(MAX_PAUSE.total_seconds())
        with pytest.raises(PermanentError):
            world.reconciler.run()
    world.clock.forward(MAX_PAUSE.total_seconds())
    world.reconciler.run()
    assert world.ledger.records[forgotten].state is State.FAILED, "a job that is forgotten leaves no video without end"
