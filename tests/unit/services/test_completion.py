"""Completion: verify the encoder's output before it is published."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.fakes.interception import after, before, failing, restore
from tests.fakes.pipeline import Pipeline
from vcp.domain.errors import IncompleteRecordError, LeaseHeldError, RetryableError
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import ACTIVE, State
from vcp.ports.storage import StoredObject
from vcp.wire.object_keys import INCOMING_PREFIX, STAGING_PREFIX

CRASH = RetryableError("killed", "The worker died.")
TRANSIENT = {"errorCode": 1999, "errorMessage": "Unknown"}


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline().up_to_transcoding()


def test_publishes_a_verified_output_with_name_and_receipt(pipeline: Pipeline) -> None:
    content = pipeline.encode()
    pipeline.handle_event()
    record, result = pipeline.record, pipeline.result
    assert record.state is State.COMPLETED
    assert record.verdict is not None
    assert record.verdict.passed
    assert pipeline.compressed.objects[result.key] == content
    assert pipeline.compressed.names[result.key] == "film.mp4"
    assert pipeline.compressed.documents[result.receipt_key]["videoId"] == record.video_id
    assert [key for key in pipeline.temp.objects if key.startswith((STAGING_PREFIX, INCOMING_PREFIX))] == []


def test_a_duplicate_event_publishes_once(pipeline: Pipeline) -> None:
    pipeline.encode()
    event = pipeline.event()
    pipeline.completion.handle(event, "a")
    version = pipeline.record.version
    pipeline.completion.handle(event, "b")
    assert pipeline.record.version == version


def test_events_out_of_order_change_nothing(pipeline: Pipeline) -> None:
    pipeline.encode()
    pipeline.handle_event("COMPLETE")
    pipeline.handle_event("PROGRESSING")
    pipeline.handle_event("INPUT_INFORMATION")
    assert pipeline.state() is State.COMPLETED


def test_ignores_an_event_of_another_stack(pipeline: Pipeline) -> None:
    pipeline.encode()
    pipeline.completion.handle(pipeline.event().but(stack="prod"), "a")
    assert pipeline.state() is State.TRANSCODING


def test_ignores_an_event_of_another_attempt(pipeline: Pipeline) -> None:
    pipeline.encode()
    pipeline.completion.handle(pipeline.event().but(attempt=2), "a")
    assert pipeline.state() is State.TRANSCODING


def test_reads_the_record_before_the_lease_and_again_under_it(pipeline: Pipeline) -> None:
    pipeline.encode()
    pipeline.ledger.reads.clear()
    pipeline.handle_event()
    assert pipeline.ledger.reads == ["", "completion-1"]


def test_an_event_that_needs_nothing_keeps_no_other_worker_from_the_video(pipeline: Pipeline) -> None:
    pipeline.encode()
    pipeline.handle_event()
    with failing(pipeline.ledger, "lease", AssertionError("it took the lease")):
        pipeline.handle_event()
    assert pipeline.state() is State.COMPLETED


def test_an_incomplete_record_is_raised_and_keeps_its_state(pipeline: Pipeline) -> None:
    pipeline.encode()
    pipeline.ledger.save(pipeline.record.but(plan=None))
    with pytest.raises(IncompleteRecordError, match="in state transcoding has no plan"):
        pipeline.handle_event()
    assert pipeline.state() is State.TRANSCODING
    assert pipeline.ledger.leases == {}


def test_progress_is_stored_without_changing_the_record(pipeline: Pipeline) -> None:
    version = pipeline.record.version
    pipeline.handle_event("STATUS_UPDATE", jobProgress={"jobPercentComplete": 42})
    assert pipeline.ledger.progress[-1].percent == 42
    assert pipeline.record.version == version


def test_ignores_progress_after_completion(pipeline: Pipeline) -> None:
    pipeline.encode()
    pipeline.handle_event("COMPLETE")
    reports = len(pipeline.ledger.progress)
    pipeline.handle_event("STATUS_UPDATE", jobProgress={"jobPercentComplete": 42})
    assert len(pipeline.ledger.progress) == reports


# Outputs that fail verification.


def exceed_limit(pipeline: Pipeline, outputs: str = STAGING_PREFIX) -> None:
    """Report staged outputs, whose key contains `outputs`, as larger than the limit."""
    too_large = pipeline.plan.budget.limit_bytes + 1

    def enlarge(stored: StoredObject | None) -> StoredObject | None:
        return replace(stored, size_bytes=too_large) if stored and outputs in stored.key else stored

    after(pipeline.temp, "head", enlarge)
    pipeline.encode()


def exceed_limit_at_first(pipeline: Pipeline) -> None:
    """The first output exceeds the limit, later ones do not."""
    exceed_limit(pipeline, "/0001-1/")


def test_an_output_above_the_limit_gets_exactly_one_corrective_plan(pipeline: Pipeline) -> None:
    first = pipeline.plan
    exceed_limit(pipeline)
    pipeline.handle_event()
    assert pipeline.state() is State.TRANSCODING
    assert pipeline.plan.revision == 2
    assert pipeline.plan.planned_max_bytes < first.planned_max_bytes
    assert len(pipeline.transcoder.jobs) == 2

    pipeline.encode()
    pipeline.handle_event()
    assert pipeline.state() is State.REJECTED
    assert pipeline.problem.code == "verdict_size"
    assert pipeline.compressed.objects == {}


def test_rejects_an_output_with_a_missing_language(pipeline: Pipeline) -> None:
    output = pipeline.planned_output()
    pipeline.encode(output.but(audio=output.audio[:1]))
    pipeline.handle_event()
    assert pipeline.state() is State.REJECTED
    assert pipeline.compressed.objects == {}
    assert pipeline.record.verdict is not None
    assert not pipeline.record.verdict.passed


def test_rejects_an_output_of_half_the_duration(pipeline: Pipeline) -> None:
    whole = pipeline.planned_output()
    pipeline.encode(whole.but(duration_seconds=300.0, video=(whole.picture.but(duration_seconds=300.0),)))
    pipeline.handle_event()
    assert pipeline.state() is State.REJECTED
    assert "should last 10 min, but only 5 min" in pipeline.problem.sentence
    assert pipeline.compressed.objects == {}


def test_a_missing_output_fails_the_video(pipeline: Pipeline) -> None:
    pipeline.handle_event()
    assert pipeline.state() is State.FAILED
    assert pipeline.problem.code == "output_missing"


def test_a_truncated_publication_is_copied_again(pipeline: Pipeline) -> None:
    content = pipeline.encode()
    after(pipeline.compressed, "copy_from", lambda stored: replace(stored, size_bytes=stored.size_bytes - 1))
    with pytest.raises(RetryableError) as caught:
        pipeline.handle_event()
    assert caught.value.code == "copy_differs"
    assert pipeline.state() is State.VERIFYING
    restore(pipeline.compressed, "copy_from")
    pipeline.handle_event()
    assert pipeline.compressed.objects[pipeline.result.key] == content


# Jobs that fail.


def test_retries_a_transient_service_error_once(pipeline: Pipeline) -> None:
    pipeline.handle_event("ERROR", **TRANSIENT)
    assert pipeline.state() is State.TRANSCODING
    assert len(pipeline.transcoder.jobs) == 2
    pipeline.handle_event("ERROR", **TRANSIENT)
    assert pipeline.state() is State.FAILED


def test_a_permanent_service_error_fails_the_video_with_its_message(pipeline: Pipeline) -> None:
    pipeline.handle_event("ERROR", errorCode=1040, errorMessage="Invalid audio track specified")
    assert pipeline.state() is State.FAILED
    assert "1040 Invalid audio track" in pipeline.problem.detail


def test_rejects_a_truncated_source_with_a_reason(pipeline: Pipeline) -> None:
    pipeline.handle_event("ERROR", errorCode=1076, errorMessage="Source read error. Is file truncated?")
    assert pipeline.state() is State.REJECTED
    assert "damaged or cut off" in pipeline.problem.sentence
    assert "1076 Source read error" in pipeline.problem.detail
    assert pipeline.compressed.objects == {}


def test_a_cancelled_job_cancels_the_video(pipeline: Pipeline) -> None:
    pipeline.handle_event("CANCELED")
    assert pipeline.state() is State.CANCELLED


def test_every_job_has_a_unique_request_token(pipeline: Pipeline) -> None:
    """MediaConvert ignores a CreateJob with the token of an earlier one."""
    pipeline.handle_event("ERROR", **TRANSIENT)
    exceed_limit_at_first(pipeline)
    pipeline.handle_event()
    tokens = [job["token"] for job in pipeline.transcoder.jobs.values()]
    assert len(tokens) == len(set(tokens)) == 3


# Crashes, and events that arrive before the record knows their job.


def lose_the_response_of_createjob(pipeline: Pipeline) -> None:
    """Let the next CreateJob reach the service, and its response get lost."""
    exceed_limit_at_first(pipeline)
    pipeline.transcoder.fail_after_create = True
    with pytest.raises(RetryableError):
        pipeline.handle_event()


def test_retries_an_event_that_precedes_the_recorded_job() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    pipeline.transcoder.fail_after_create = True
    with pytest.raises(RetryableError):
        pipeline.process(pipeline.queue.messages[0])
    with pytest.raises(RetryableError) as caught:
        pipeline.handle_event()
    assert caught.value.code == "not_yet_transcoding"


def test_retries_an_event_that_precedes_the_recorded_corrective_job(pipeline: Pipeline) -> None:
    lose_the_response_of_createjob(pipeline)
    with pytest.raises(RetryableError) as caught:
        pipeline.handle_event("ERROR", errorCode=1030, errorMessage="Codec not supported")
    assert caught.value.code == "not_yet_transcoding"


def test_ignores_an_event_of_a_video_that_was_given_up(pipeline: Pipeline) -> None:
    lose_the_response_of_createjob(pipeline)
    pipeline.ledger.save(pipeline.record.moved(State.FAILED, pipeline.clock.now()))
    pipeline.handle_event()
    assert pipeline.state() is State.FAILED


def test_a_lost_response_for_the_corrective_job_creates_no_second_job(pipeline: Pipeline) -> None:
    first = pipeline.event()
    lose_the_response_of_createjob(pipeline)
    pending = pipeline.record.pending_job
    assert pending is not None
    assert (pending.revision, pending.submission) == (2, 1)

    pipeline.completion.handle(first, "completion-2")

    assert list(pipeline.transcoder.jobs) == ["job-1", "job-2"]
    assert pipeline.record.require_job().job_id == "job-2"
    assert pipeline.record.pending_job is None


def test_resumes_after_a_crash_between_corrective_plan_and_job(pipeline: Pipeline) -> None:
    exceed_limit_at_first(pipeline)
    with failing(pipeline.transcoder, "submit", CRASH), pytest.raises(RetryableError):
        pipeline.handle_event()
    pipeline.handle_event()
    assert pipeline.state() is State.TRANSCODING
    assert pipeline.plan.revision == 2
    assert len(pipeline.transcoder.jobs) == 2
    pipeline.encode()
    pipeline.handle_event()
    assert pipeline.state() is State.COMPLETED


def test_a_failed_job_is_not_mistaken_for_its_resubmission(pipeline: Pipeline) -> None:
    with failing(pipeline.transcoder, "submit", CRASH), pytest.raises(RetryableError):
        pipeline.handle_event("ERROR", **TRANSIENT)
    pipeline.handle_event("ERROR", **TRANSIENT)
    assert list(pipeline.transcoder.jobs) == ["job-1", "job-2"]
    job = pipeline.record.require_job()
    assert (job.job_id, job.submission) == ("job-2", 2)


def test_resumes_after_a_crash_between_publication_and_record(pipeline: Pipeline) -> None:
    def crash(record: VideoRecord) -> None:
        if record.state is State.COMPLETED:
            raise CRASH

    pipeline.encode()
    before(pipeline.ledger, "save", crash)
    with pytest.raises(RetryableError):
        pipeline.handle_event()
    restore(pipeline.ledger, "save")
    assert pipeline.state() is State.VERIFYING
    pipeline.handle_event()
    assert pipeline.state() is State.COMPLETED


def test_ignores_a_late_event_of_the_first_job(pipeline: Pipeline) -> None:
    exceed_limit_at_first(pipeline)
    first = pipeline.event()
    pipeline.handle_event()
    version = pipeline.record.version
    pipeline.completion.handle(first, "late")
    pipeline.completion.handle(first.but(status="CANCELED"), "late")
    assert pipeline.record.version == version
    assert pipeline.state() is State.TRANSCODING


def test_every_active_state_has_a_due_time(pipeline: Pipeline) -> None:
    """Without `due_at`, the reconciler would never check a video whose worker died."""
    exceed_limit_at_first(pipeline)
    pipeline.handle_event()
    pipeline.encode()
    pipeline.handle_event()
    assert pipeline.state() is State.COMPLETED
    (steps,) = pipeline.ledger.history.values()
    assert {step.state for step in steps} >= ACTIVE - {State.WAITING}
    assert [step.state for step in steps if step.state in ACTIVE and step.due_at is None] == []
    assert pipeline.record.due_at is None
    at_work = [step for step in steps if step.state in (State.TRANSFERRING, State.VERIFYING)]
    assert [step.due_at for step in at_work if step.due_at != step.times[step.state] + timedelta(minutes=2)] == []


# Leases.


def test_retries_an_event_while_the_submitting_worker_holds_the_lease(pipeline: Pipeline) -> None:
    pipeline.encode()
    with pipeline.ledger.lease(pipeline.record.video_id, 1, "transfer", 60), pytest.raises(LeaseHeldError):
        pipeline.handle_event()
    pipeline.handle_event()
    assert pipeline.state() is State.COMPLETED


def test_a_duplicate_event_during_verification_does_nothing(pipeline: Pipeline) -> None:
    pipeline.encode()
    pipeline.ledger.save(pipeline.record.moved(State.VERIFYING, pipeline.clock.now()))
    version = pipeline.record.version
    with pipeline.ledger.lease(pipeline.record.video_id, 1, "completion-2", 60):
        pipeline.handle_event()
    assert pipeline.record.version == version


def test_a_worker_without_its_lease_publishes_nothing(pipeline: Pipeline) -> None:
    pipeline.encode()
    before(pipeline.probe, "facts", lambda *_: pipeline.lose_lease())
    with pytest.raises(LeaseHeldError):
        pipeline.handle_event()
    assert pipeline.compressed.objects == {}
    assert pipeline.state() is State.VERIFYING


def test_a_worker_without_its_lease_rejects_nothing(pipeline: Pipeline) -> None:
    output = pipeline.planned_output()
    pipeline.encode(output.but(audio=output.audio[:1]))
    before(pipeline.probe, "facts", lambda *_: pipeline.lose_lease())
    with pytest.raises(LeaseHeldError):
        pipeline.handle_event()
    assert pipeline.state() is State.VERIFYING


def test_a_worker_without_its_lease_fails_nothing(pipeline: Pipeline) -> None:
    before(pipeline.temp, "head", lambda *_: pipeline.lose_lease())  # the output is missing
    with pytest.raises(LeaseHeldError):
        pipeline.handle_event()
    assert pipeline.state() is State.VERIFYING
