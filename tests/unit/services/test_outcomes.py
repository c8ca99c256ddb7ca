"""Every end is counted once, whoever decides it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.drive import FILE_ID
from tests.fakes.pipeline import CONTENT, Pipeline
from vcp.domain.errors import WaitUntilError
from vcp.domain.planning.rejection import PlanRejection
from vcp.domain.video.states import State
from vcp.services.outcomes import problem_of
from vcp.services.reconciler import MAX_RECOVERIES
from vcp.wire.metrics import STATE_DIMENSION, VIDEO_ENDED


@pytest.fixture
def world() -> Pipeline:
    return Pipeline()


def ends(world: Pipeline) -> list[str]:
    return [dimensions[STATE_DIMENSION] for name, _, dimensions in world.metrics.counts if name == VIDEO_ENDED]


def test_a_video_under_way_has_not_ended(world: Pipeline) -> None:
    world.up_to_transcoding()
    assert ends(world) == []


def test_one_that_the_transfer_refuses(world: Pipeline) -> None:
    world.submit()
    world.drive.files.clear()
    world.process()
    assert ends(world) == ["rejected"]


def test_one_that_a_newer_version_replaced(world: Pipeline) -> None:
    world.submit()
    first = world.queue.messages[0]
    world.drive.put(CONTENT + b"!", head_revision_id="rev2")
    world.submit()
    world.process(first)
    assert world.ledger.records[first.video_id].state is State.CANCELLED
    assert ends(world) == ["cancelled"]


def test_one_that_waits_has_not_ended(world: Pipeline) -> None:
    def exhausted(*_: object) -> Any:
        raise WaitUntilError("drive_quota_exhausted", "No more today.", world.clock.now() + timedelta(hours=12))

    world.submit()
    world.drive.check_version = exhausted  # type: ignore[method-assign, assignment]
    world.process()
    assert world.state() is State.WAITING
    assert ends(world) == []


def test_one_that_is_delivered_however_often_its_event_comes(world: Pipeline) -> None:
    world.up_to_transcoding()
    world.encode()
    world.handle_event()
    world.handle_event()
    assert ends(world) == ["completed"]


def test_one_whose_job_was_cancelled(world: Pipeline) -> None:
    world.up_to_transcoding()
    world.handle_event("CANCELED")
    assert ends(world) == ["cancelled"]


def test_one_that_the_reconciler_gives_up(world: Pipeline) -> None:
    world.submit()
    record = world.record.moved(State.TRANSFERRING, world.clock.now(), due_at=world.clock.now())
    world.ledger.save(record.but(recoveries=MAX_RECOVERIES))
    world.reconciler.run()
    world.reconciler.run()
    assert ends(world) == ["failed"]


def test_one_that_the_door_refuses_again_on_a_second_look(world: Pipeline) -> None:
    """Another reason is another end: first it is in the trash, then downloading is disabled."""
    shared = world.drive.files[FILE_ID]
    world.drive.put(CONTENT, trashed=True)
    world.submit()
    world.submit()
    world.drive.put(CONTENT, can_download=False)
    world.submit()
    assert world.record.attempt == 2
    assert ends(world) == ["rejected", "rejected"]
    world.drive.files[FILE_ID] = shared
    world.submit()
    assert world.state() is State.QUEUED
    assert ends(world) == ["rejected", "rejected"]


def test_a_plan_rejection_becomes_a_sentence() -> None:
    problem = problem_of(PlanRejection("picture_too_small", width=30, height=20, min_side=32))
    assert problem.sentence == "The picture has only 30x20 pixels; each side needs at least 32."
    assert (problem.code, problem.detail) == ("picture_too_small", "width=30, height=20, min_side=32")
