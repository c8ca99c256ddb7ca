"""completion-handler: what MediaConvert made is proven before anybody gets it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.fakes.pipeline import Pipeline
from vcp.domain.errors import LeaseHeldError, RetryableError
from vcp.domain.video.states import ACTIVE, State
from vcp.ports.storage import StoredObject
from vcp.wire.object_keys import INCOMING_PREFIX, STAGING_PREFIX


@pytest.fixture
def world() -> Pipeline:
    return Pipeline().up_to_transcoding()


def test_a_good_result_is_moved_named_and_receipted(world: Pipeline) -> None:
    content = world.encode()
    world.handle_event()
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
    world.handle_event("COMPLETE")
    world.handle_event("PROGRESSING")
    world.handle_event("INPUT_INFORMATION")
    assert world.state() is State.COMPLETED


def test_an_event_of_another_stack_changes_nothing(world: Pipeline) -> None:
    world.encode()
    world.completion.handle(world.event().but(stack="prod"), "a")
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
    world.handle_event()
    assert world.state() is State.TRANSCODING
    assert world.plan.revision == 2
    assert world.plan.planned_max_bytes < first.planned_max_bytes
    assert len(world.transcoder.jobs) == 2

    world.encode(size_bytes=30)
    world.handle_event()
    assert world.state() is State.REJECTED
    assert world.record.problem is not None
    assert world.record.problem.code == "verdict_size"
    assert world.compressed.objects == {}, f"{staged} was not delivered"


def test_a_result_that_lost_a_language_is_not_delivered(world: Pipeline) -> None:
    output = world.planned_output()
    world.encode(output.but(audio=output.audio[:1]))
    world.handle_event()
    assert world.state() is State.REJECTED
    assert world.compressed.objects == {}
    assert world.record.verdict is not None
    assert not world.record.verdict.passed


def test_a_result_that_is_missing_is_a_failure(world: Pipeline) -> None:
    world.handle_event()
    assert world.state() is State.FAILED
    assert world.record.problem is not None
    assert world.record.problem.code == "output_missing"


def test_a_fault_of_the_service_that_may_pass_is_tried_once_more(world: Pipeline) -> None:
    world.handle_event("ERROR", errorCode=1999, errorMessage="Unknown")
    assert world.state() is State.TRANSCODING
    assert len(world.transcoder.jobs) == 2
    world.handle_event("ERROR", errorCode=1999, errorMessage="Unknown")
    assert world.state() is State.FAILED


def test_a_fault_that_will_not_pass_ends_it_with_the_services_word(world: Pipeline) -> None:
    world.handle_event("ERROR", errorCode=1040, errorMessage="Invalid audio track specified")
    assert world.state() is State.FAILED
    assert world.record.problem is not None
    assert "1040 Invalid audio track" in world.record.problem.detail


def test_a_file_that_the_encoder_cannot_read_to_its_end_is_refused_in_words(world: Pipeline) -> None:
    world.handle_event("ERROR", errorCode=1076, errorMessage="Source read error. Is file truncated?")
    assert world.state() is State.REJECTED
    assert world.record.problem is not None
    assert "damaged or cut off" in world.record.problem.sentence
    assert "1076 Source read error" in world.record.problem.detail
    assert world.compressed.objects == {}


def test_half_a_film_is_not_delivered_and_its_source_is_named_as_the_reason(world: Pipeline) -> None:
    whole = world.planned_output()
    picture = whole.picture.but(duration_seconds=300.0)
    world.encode(whole.but(duration_seconds=300.0, video=(picture,)))
    world.handle_event()
    assert world.state() is State.REJECTED
    assert world.record.problem is not None
    assert "should last 10 min, but only 5 min" in world.record.problem.sentence
    assert world.compressed.objects == {}


def test_a_cancelled_job_is_a_cancelled_video(world: Pipeline) -> None:
    world.handle_event("CANCELED")
    assert world.state() is State.CANCELLED


def test_an_event_that_is_faster_than_the_ledger_comes_again() -> None:
    world = Pipeline()
    world.submit()
    world.transcoder.fail_after_create = True
    with pytest.raises(RetryableError):
        world.process(world.queue.messages[0])
    with pytest.raises(RetryableError) as caught:
        world.handle_event()
    assert caught.value.code == "not_yet_transcoding"


def test_a_death_between_copy_and_ledger_is_finished_by_the_next(world: Pipeline) -> None:
    world.encode()
    real_save = world.ledger.save
    world.ledger.save = lambda record: (  # type: ignore[method-assign]
        real_save(record) if record.state is not State.COMPLETED else (_ for _ in ()).throw(RetryableError("x", "y."))
    )
    with pytest.raises(RetryableError):
        world.handle_event()
    world.ledger.save = real_save  # type: ignore[method-assign]
    assert world.state() is State.VERIFYING
    world.handle_event()
    assert world.state() is State.COMPLETED


def test_progress_is_told_and_moves_no_record(world: Pipeline) -> None:
    version = world.record.version
    world.handle_event("STATUS_UPDATE", jobProgress={"jobPercentComplete": 42})
    assert world.ledger.progress[-1].percent == 42
    assert world.record.version == version


def test_progress_that_comes_late_is_not_told(world: Pipeline) -> None:
    world.encode()
    world.handle_event("COMPLETE")
    told = len(world.ledger.progress)
    world.handle_event("STATUS_UPDATE", jobProgress={"jobPercentComplete": 42})
    assert len(world.ledger.progress) == told


def too_big_at_first(world: Pipeline) -> None:
    """The first result is above the limit, any later one fits."""
    real = world.temp.head
    limit = world.plan.budget.limit_bytes

    def head(key: str) -> StoredObject | None:
        stored = real(key)
        return replace(stored, size_bytes=limit + 1) if stored and "/0001-1/" in key else stored

    world.temp.head = head  # type: ignore[method-assign]
    world.encode()


def dying_at_create(world: Pipeline) -> Any:
    """The worker dies before CreateJob reaches the service. Gives back what puts things right again."""
    real = world.transcoder.submit

    def dying(*_: object) -> str:
        raise RetryableError("killed", "The worker died.")

    world.transcoder.submit = dying  # type: ignore[method-assign, assignment]
    return lambda: setattr(world.transcoder, "submit", real)


def test_a_death_between_the_corrective_plan_and_its_job_costs_no_video(world: Pipeline) -> None:
    too_big_at_first(world)
    alive_again = dying_at_create(world)
    with pytest.raises(RetryableError):
        world.handle_event()
    alive_again()
    world.handle_event()
    assert world.state() is State.TRANSCODING
    assert world.plan.revision == 2
    assert len(world.transcoder.jobs) == 2
    world.encode()
    world.handle_event()
    assert world.state() is State.COMPLETED


def test_a_corrective_job_whose_answer_was_lost_is_found_and_not_made_twice(world: Pipeline) -> None:
    too_big_at_first(world)
    first = world.event()
    world.transcoder.fail_after_create = True
    with pytest.raises(RetryableError):
        world.handle_event()
    world.completion.handle(first, "completer-2")
    assert list(world.transcoder.jobs) == ["job-1", "job-2"]
    assert world.record.job is not None
    assert world.record.job.job_id == "job-2"


def test_an_event_of_the_corrective_job_that_is_faster_than_the_ledger_comes_again(world: Pipeline) -> None:
    too_big_at_first(world)
    world.transcoder.fail_after_create = True
    with pytest.raises(RetryableError):
        world.handle_event()
    with pytest.raises(RetryableError) as caught:
        world.handle_event("ERROR", errorCode=1030, errorMessage="Codec not supported")
    assert caught.value.code == "not_yet_transcoding"


def test_a_death_before_the_second_submission_finds_no_job_in_the_failed_one(world: Pipeline) -> None:
    alive_again = dying_at_create(world)
    with pytest.raises(RetryableError):
        world.handle_event("ERROR", errorCode=1999, errorMessage="Unknown")
    alive_again()
    world.handle_event("ERROR", errorCode=1999, errorMessage="Unknown")
    assert list(world.transcoder.jobs) == ["job-1", "job-2"]
    assert world.record.job is not None
    assert (world.record.job.job_id, world.record.job.submission) == ("job-2", 2)


def test_every_job_has_a_token_of_its_own(world: Pipeline) -> None:
    """The service drops a CreateJob that has the token of one before."""
    world.handle_event("ERROR", errorCode=1999, errorMessage="Unknown")
    too_big_at_first(world)
    world.handle_event()
    tokens = [job["token"] for job in world.transcoder.jobs.values()]
    assert len(tokens) == len(set(tokens)) == 3


def test_an_event_that_meets_the_worker_who_submitted_comes_again(world: Pipeline) -> None:
    world.encode()
    with world.ledger.lease(world.record.video_id, 1, "transfer", 60), pytest.raises(LeaseHeldError):
        world.handle_event()
    world.handle_event()
    assert world.state() is State.COMPLETED


def test_an_event_that_comes_again_during_the_proof_is_done_with(world: Pipeline) -> None:
    world.encode()
    world.ledger.save(world.record.moved(State.VERIFYING, world.clock.now()))
    with world.ledger.lease(world.record.video_id, 1, "prover", 60):
        world.handle_event()
    assert world.state() is State.VERIFYING


def lease_lost_while_measuring(world: Pipeline) -> None:
    real = world.probe.facts

    def slow(*arguments: Any) -> Any:
        world.ledger.leases[world.record.video_id] = "completer-2"
        return real(*arguments)

    world.probe.facts = slow  # type: ignore[method-assign, assignment]


def test_a_prover_that_lost_its_lease_delivers_nothing(world: Pipeline) -> None:
    world.encode()
    lease_lost_while_measuring(world)
    with pytest.raises(LeaseHeldError):
        world.handle_event()
    assert world.compressed.objects == {}
    assert world.state() is State.VERIFYING


def test_a_prover_that_lost_its_lease_refuses_nothing(world: Pipeline) -> None:
    output = world.planned_output()
    world.encode(output.but(audio=output.audio[:1]))
    lease_lost_while_measuring(world)
    with pytest.raises(LeaseHeldError):
        world.handle_event()
    assert world.state() is State.VERIFYING


def test_an_event_of_an_earlier_attempt_changes_nothing(world: Pipeline) -> None:
    world.encode()
    world.completion.handle(world.event().but(attempt=2), "a")
    assert world.state() is State.TRANSCODING


def test_an_event_of_the_first_job_that_is_late_does_not_touch_the_second(world: Pipeline) -> None:
    too_big_at_first(world)
    first = world.event()
    world.handle_event()
    version = world.record.version
    world.completion.handle(first, "late")
    world.completion.handle(first.but(status="CANCELED"), "late")
    assert world.record.version == version
    assert world.state() is State.TRANSCODING


def test_an_event_for_a_video_that_was_given_up_comes_no_more(world: Pipeline) -> None:
    """Its corrective job was begun and never written down: not for ever "not yet in the ledger"."""
    too_big_at_first(world)
    world.transcoder.fail_after_create = True
    with pytest.raises(RetryableError):
        world.handle_event()
    world.ledger.save(world.record.moved(State.FAILED, world.clock.now()))
    world.handle_event()
    assert world.state() is State.FAILED


def test_a_prover_that_lost_its_lease_ends_nothing(world: Pipeline) -> None:
    real = world.temp.head

    def slow(key: str) -> StoredObject | None:
        world.ledger.leases[world.record.video_id] = "completer-2"
        return real(key)

    world.temp.head = slow  # type: ignore[method-assign]
    with pytest.raises(LeaseHeldError):
        world.handle_event()
    assert world.state() is State.VERIFYING


def test_a_result_that_was_cut_on_its_way_is_not_delivered_but_moved_again(world: Pipeline) -> None:
    content = world.encode()
    real = world.compressed.copy_from

    def cutting(*arguments: Any, **named: Any) -> StoredObject:
        stored = real(*arguments, **named)
        return replace(stored, size_bytes=stored.size_bytes - 1)

    world.compressed.copy_from = cutting  # type: ignore[method-assign]
    with pytest.raises(RetryableError) as caught:
        world.handle_event()
    assert caught.value.code == "copy_differs"
    assert world.state() is State.VERIFYING
    world.compressed.copy_from = real  # type: ignore[method-assign]
    world.handle_event()
    assert world.record.result is not None
    assert world.compressed.objects[world.record.result.key] == content


def test_at_every_step_the_reconciler_knows_when_to_look(world: Pipeline) -> None:
    """A step without `due_at` is a video that nobody misses when its worker dies there."""
    too_big_at_first(world)
    world.handle_event()
    world.encode()
    world.handle_event()
    assert world.state() is State.COMPLETED
    (steps,) = world.ledger.history.values()
    assert {step.state for step in steps} >= ACTIVE - {State.WAITING}
    assert [step.state for step in steps if step.state in ACTIVE and step.due_at is None] == []
    assert world.record.due_at is None
    at_work = [step for step in steps if step.state in (State.TRANSFERRING, State.VERIFYING)]
    assert [step.due_at for step in at_work if step.due_at != step.times[step.state] + timedelta(minutes=2)] == []
