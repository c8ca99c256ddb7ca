"""reconciler: what events, messages and workers lose is taken up."""

from __future__ import annotations

from tests.unit.services.pipelines import Pipeline
from vcp.domain.job_event import parse_job_event
from vcp.domain.record import Problem
from vcp.domain.states import State
from vcp.services.reconciling import MAX_RECOVERIES

QUARTER_HOUR = 901


def test_a_message_that_was_lost_is_sent_again() -> None:
    world = Pipeline()
    world.announce()
    world.queue.messages.clear()
    assert world.reconciling.tick() == {}
    world.clock.forward(QUARTER_HOUR)
    assert world.reconciling.tick() == {"queued": 1}
    world.work()
    assert world.state() is State.TRANSCODING


def test_a_worker_that_died_is_replaced_and_one_that_lives_is_left_alone() -> None:
    world = Pipeline()
    world.announce()
    world.queue.messages.clear()
    world.ledger.save(world.record.moved(State.TRANSFERRING, world.clock.now(), due_at=world.clock.now()))
    with world.ledger.lease(world.record.video_id, 1, "alive", 60):
        assert world.reconciling.tick() == {}
    assert world.reconciling.tick() == {"transferring": 1}
    world.work()
    assert world.state() is State.TRANSCODING


def test_an_event_that_was_lost_is_made_again_from_the_services_word() -> None:
    world = Pipeline().up_to_transcoding()
    world.encode()
    world.transcoder.jobs["job-1"]["status"] = "COMPLETE"
    world.clock.forward(QUARTER_HOUR)
    assert world.reconciling.tick() == {"transcoding": 1}
    (event,) = world.invoker.events
    world.completion.handle(parse_job_event(event), "c")
    assert world.state() is State.COMPLETED


def test_a_job_that_is_under_way_is_left_alone_and_asked_for_later() -> None:
    world = Pipeline().up_to_transcoding()
    world.transcoder.jobs["job-1"]["status"] = "PROGRESSING"
    world.clock.forward(QUARTER_HOUR)
    assert world.reconciling.tick() == {}
    assert world.record.recoveries == 0
    assert world.record.due_at is not None
    assert world.record.due_at > world.clock.now()


def test_a_waiting_video_is_queued_when_its_time_has_come() -> None:
    world = Pipeline()
    world.announce()
    world.queue.messages.clear()
    until = world.clock.now()
    problem = Problem(code="drive_quota", sentence="Drive's download quota is used up.")
    world.ledger.save(world.record.moved(State.WAITING, until, due_at=until, problem=problem))
    assert world.reconciling.tick() == {"waiting": 1}
    assert world.state() is State.QUEUED
    assert len(world.queue.messages) == 1


def test_nothing_is_taken_up_for_ever() -> None:
    world = Pipeline()
    world.announce()
    for _ in range(MAX_RECOVERIES + 1):
        world.clock.forward(QUARTER_HOUR)
        world.reconciling.tick()
    assert world.state() is State.FAILED
    assert world.record.problem is not None
    assert world.record.problem.code == "gave_up"
    world.clock.forward(QUARTER_HOUR)
    assert world.reconciling.tick() == {}
