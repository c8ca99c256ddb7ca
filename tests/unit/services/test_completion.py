"""completion-handler: what MediaConvert made is proven before anybody gets it."""

from __future__ import annotations

import pytest

from tests.unit.services.pipelines import Pipeline
from vcp.domain.errors import RetryableError
from vcp.domain.states import State
from vcp.interface.objects import INCOMING_PREFIX, STAGING_PREFIX


@pytest.fixture
def world() -> Pipeline:
    return Pipeline().up_to_transcoding()


def test_a_good_result_is_moved_named_and_receipted(world: Pipeline) -> None:
    content = world.encode()
    world.hear()
    record = world.record
    assert record.state is State.COMPLETED
    assert record.verdict is not None
    assert record.verdict.passed
    assert record.result is not None
    assert world.compressed.objects[record.result.key] == content
    assert world.compressed.names[record.result.key] == "film.mp4"
    receipt = world.compressed.documents[record.result.receipt_key]
    assert receipt["videoId"] == record.video_id
    assert [key for key in world.temp.objects if key.startswith((STAGING_PREFIX, INCOMING_PREFIX))] == []


def test_the_same_event_twice_delivers_once(world: Pipeline) -> None:
    world.encode()
    event = world.event()
    world.completion.handle(event, "a")
    version = world.record.version
    world.completion.handle(event, "b")
    assert world.record.version == version


def test_events_out_of_order_do_no_harm(world: Pipeline) -> None:
    world.encode()
    world.hear("COMPLETE")
    world.hear("PROGRESSING")
    world.hear("INPUT_INFORMATION")
    assert world.state() is State.COMPLETED


def test_an_event_of_another_stack_changes_nothing(world: Pipeline) -> None:
    world.encode()
    world.completion.handle(world.event().model_copy(update={"stack": "prod"}), "a")
    assert world.state() is State.TRANSCODING


def test_a_result_above_the_limit_gets_one_corrective_plan_and_then_no_more(world: Pipeline) -> None:
    too_big = world.plan.budget.limit_bytes + 1
    first = world.plan
    world.temp.objects.clear()
    world.encode(size_bytes=30)
    staged = next(key for key in world.temp.objects if key.startswith(STAGING_PREFIX))
    real_head = world.temp.head

    def inflated(key: str):  # type: ignore[no-untyped-def]
        stored = real_head(key)
        return None if stored is None else type(stored)(key, too_big, stored.crc64nvme)

    world.temp.head = inflated  # type: ignore[method-assign]
    world.hear()
    assert world.state() is State.TRANSCODING
    assert world.plan.revision == 2
    assert world.plan.planned_max_bytes < first.planned_max_bytes
    assert len(world.transcoder.jobs) == 2

    world.encode(size_bytes=30)
    world.hear()
    assert world.state() is State.REJECTED
    assert world.record.problem is not None
    assert world.record.problem.code == "verdict_size"
    assert world.compressed.objects == {}, f"{staged} was not delivered"


def test_a_result_that_lost_a_language_is_not_delivered(world: Pipeline) -> None:
    output = world.planned_output()
    world.encode(output.model_copy(update={"audio": output.audio[:1]}))
    world.hear()
    assert world.state() is State.REJECTED
    assert world.compressed.objects == {}
    assert world.record.verdict is not None
    assert not world.record.verdict.passed


def test_a_result_that_is_missing_is_a_failure(world: Pipeline) -> None:
    world.hear()
    assert world.state() is State.FAILED
    assert world.record.problem is not None
    assert world.record.problem.code == "output_missing"


def test_a_fault_of_the_service_that_may_pass_is_tried_once_more(world: Pipeline) -> None:
    world.hear("ERROR", errorCode=1999, errorMessage="Unknown")
    assert world.state() is State.TRANSCODING
    assert len(world.transcoder.jobs) == 2
    world.hear("ERROR", errorCode=1999, errorMessage="Unknown")
    assert world.state() is State.FAILED


def test_a_fault_that_will_not_pass_ends_it_with_the_services_word(world: Pipeline) -> None:
    world.hear("ERROR", errorCode=1030, errorMessage="Codec not supported")
    assert world.state() is State.FAILED
    assert world.record.problem is not None
    assert "1030 Codec not supported" in world.record.problem.detail


def test_a_cancelled_job_is_a_cancelled_video(world: Pipeline) -> None:
    world.hear("CANCELED")
    assert world.state() is State.CANCELLED


def test_an_event_that_is_faster_than_the_ledger_comes_again() -> None:
    world = Pipeline()
    world.announce()
    world.transcoder.fail_after_create = True
    with pytest.raises(RetryableError):
        world.work(world.queue.messages[0])
    with pytest.raises(RetryableError) as caught:
        world.hear()
    assert caught.value.code == "not_yet_transcoding"


def test_a_death_between_copy_and_ledger_is_finished_by_the_next(world: Pipeline) -> None:
    world.encode()
    real_save = world.ledger.save
    world.ledger.save = lambda record: (  # type: ignore[method-assign]
        real_save(record) if record.state is not State.COMPLETED else (_ for _ in ()).throw(RetryableError("x", "y."))
    )
    with pytest.raises(RetryableError):
        world.hear()
    world.ledger.save = real_save  # type: ignore[method-assign]
    assert world.state() is State.VERIFYING
    world.hear()
    assert world.state() is State.COMPLETED


def test_progress_is_told_and_moves_no_record(world: Pipeline) -> None:
    version = world.record.version
    world.hear("STATUS_UPDATE", jobProgress={"jobPercentComplete": 42})
    assert world.ledger.progress[-1].percent == 42
    assert world.record.version == version
