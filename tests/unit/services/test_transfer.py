"""Transfer: from a queue message to a submitted job, with every kind of interruption."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.fakes.drive import FILE_ID
from tests.fakes.interception import after, before, failing, restore
from tests.fakes.media import facts
from tests.fakes.pipeline import CONTENT, Pipeline
from vcp.domain.errors import IncompleteRecordError, Rejection, RetryableError, StaleRecordError
from vcp.domain.video.record import PendingJob
from vcp.domain.video.states import State
from vcp.ports.storage import StoredObject
from vcp.services.copying import HandOver

#: Less than the handover margin of the pipeline.
LITTLE_TIME = timedelta(seconds=10)
MUCH_TIME = timedelta(minutes=15)
CRASH = RetryableError("killed", "The worker died.")


@pytest.fixture
def pipeline() -> Pipeline:
    """Return a pipeline to which one video was submitted."""
    pipeline = Pipeline()
    pipeline.submit()
    return pipeline


def hand_over(pipeline: Pipeline) -> None:
    """Process the message in too little time."""
    pipeline.time_left = LITTLE_TIME
    with pytest.raises(HandOver):
        pipeline.process()
    pipeline.time_left = MUCH_TIME


def all_parts_once(pipeline: Pipeline) -> bool:
    return sorted(pipeline.temp.put_parts) == list(range(1, 1 + -(-len(CONTENT) // 1000)))


def test_copies_verifies_plans_and_submits_a_video(pipeline: Pipeline) -> None:
    pipeline.process()
    record, stored = pipeline.record, pipeline.record.require_stored()
    assert record.state is State.TRANSCODING
    assert pipeline.temp.objects[stored.key] == CONTENT
    assert stored.md5_matches_drive is True
    assert pipeline.plan.planned_max_bytes <= record.contract.limit_bytes
    (job,) = pipeline.transcoder.jobs.values()
    assert job["settings"]["Inputs"][0]["FileInput"] == f"s3://temp/{stored.key}"
    assert job["metadata"]["VideoId"] == record.video_id
    assert len(job["token"]) <= 64


def test_reads_the_record_before_the_lease_and_again_under_it(pipeline: Pipeline) -> None:
    pipeline.process()
    assert pipeline.ledger.reads == ["", "worker-1"]


def test_a_message_that_needs_nothing_keeps_no_other_worker_from_the_video(pipeline: Pipeline) -> None:
    message = pipeline.queue.messages[0]
    pipeline.process()
    with failing(pipeline.ledger, "lease", AssertionError("it took the lease")):
        pipeline.process(message)
    assert pipeline.state() is State.TRANSCODING


def test_a_duplicate_message_creates_no_second_job(pipeline: Pipeline) -> None:
    message = pipeline.queue.messages[0]
    pipeline.process(message)
    pipeline.process(message)
    assert len(pipeline.transcoder.jobs) == 1


def test_a_duplicate_message_does_nothing_while_another_worker_holds_the_lease(pipeline: Pipeline) -> None:
    record = pipeline.record
    with pipeline.ledger.lease(record.video_id, 1, "other", 60):
        pipeline.process()
    assert pipeline.record == record
    assert pipeline.ledger.reads == ["other"]
    assert pipeline.temp.uploads == {}


def test_cancels_a_superseded_version_with_a_reason(pipeline: Pipeline) -> None:
    older = pipeline.record.video_id
    pipeline.drive.put(CONTENT + b"new", head_revision_id="rev2")
    pipeline.submit()

    pipeline.process()
    cancelled = pipeline.ledger.records[older]
    assert cancelled.state is State.CANCELLED
    assert cancelled.problem is not None
    assert "newer version" in cancelled.problem.sentence

    pipeline.process()
    (newer,) = [record for record in pipeline.ledger.records.values() if record.video_id != older]
    assert newer.state is State.TRANSCODING


# Rejections before and during the copy.


def test_probes_the_source_before_copying(pipeline: Pipeline) -> None:
    pipeline.probe.by_content[CONTENT] = Rejection("not_media", "This is a web page and no video.")
    pipeline.process()
    assert pipeline.state() is State.REJECTED
    assert pipeline.problem.sentence == "This is a web page and no video."
    assert pipeline.temp.put_parts == []


def test_rejects_a_video_that_cannot_fit_before_copying() -> None:
    pipeline = Pipeline(facts(seconds=50 * 3600.0))
    pipeline.submit()
    pipeline.process()
    assert pipeline.state() is State.REJECTED
    assert pipeline.temp.put_parts == []


def test_rejects_a_file_that_was_replaced_before_the_copy(pipeline: Pipeline) -> None:
    pipeline.drive.put(CONTENT + b"more", head_revision_id="rev2")
    pipeline.process()
    assert pipeline.state() is State.REJECTED
    assert "replaced" in pipeline.problem.sentence
    assert pipeline.temp.put_parts == []


def test_rejects_a_file_that_is_replaced_during_the_copy(pipeline: Pipeline) -> None:
    def replace_file(*_: object) -> None:
        pipeline.drive.files[FILE_ID] = replace(pipeline.drive.files[FILE_ID], md5="f" * 32)

    before(pipeline.temp, "put_part", replace_file)
    pipeline.process()
    assert pipeline.state() is State.REJECTED
    assert pipeline.problem.code == "drive_file_changed"
    assert pipeline.temp.objects == {}
    assert pipeline.temp.uploads == {}, "the parts are deleted, not left until they expire"


def test_a_superseded_version_leaves_no_parts(pipeline: Pipeline) -> None:
    hand_over(pipeline)
    assert pipeline.temp.uploads != {}
    older = pipeline.record.video_id
    pipeline.drive.put(CONTENT + b"new", head_revision_id="rev2")
    pipeline.submit()
    pipeline.process()
    assert pipeline.ledger.records[older].state is State.CANCELLED
    assert pipeline.temp.uploads == {}


@pytest.mark.parametrize(
    ("name", "container", "extension"),
    [
        ("film.mp4", "matroska,webm", "mkv"),
        ("film.avi", "mov,mp4,m4a,3gp,3g2,mj2", "mp4"),
        ("film.m3u8", "mov,mp4,m4a,3gp,3g2,mj2", "mp4"),
        ("film", "mpegts", "ts"),
    ],
)
def test_the_copy_has_the_extension_of_its_container(name: str, container: str, extension: str) -> None:
    pipeline = Pipeline(facts().but(container=container))
    pipeline.drive.put(CONTENT, name=name)
    pipeline.up_to_transcoding()
    assert pipeline.record.require_stored().key.endswith(f"/source.{extension}")


# Damaged copies.


def test_discards_a_copy_with_a_wrong_checksum() -> None:
    pipeline = Pipeline()
    pipeline.drive.put(CONTENT, md5="0" * 32)
    pipeline.submit()
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "checksum_mismatch"
    assert pipeline.transcoder.jobs == {}
    assert pipeline.temp.objects == {}


def test_copies_again_when_the_copy_probes_differently() -> None:
    pipeline = Pipeline()
    pipeline.drive.put(CONTENT, md5=None)
    pipeline.submit()
    damaged = CONTENT[:-1] + b"?"
    pipeline.probe.by_content[damaged] = facts(seconds=3.0)

    def damage(stored: StoredObject) -> StoredObject:
        pipeline.temp.objects[stored.key] = damaged
        return stored

    after(pipeline.temp, "complete_upload", damage)
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "copy_differs"
    assert pipeline.temp.objects == {}

    restore(pipeline.temp, "complete_upload")
    pipeline.process()
    assert pipeline.state() is State.TRANSCODING
    assert pipeline.temp.objects[pipeline.record.require_stored().key] == CONTENT


def test_a_correct_copy_that_probes_differently_fails_the_video(pipeline: Pipeline) -> None:
    """The bytes match Drive's MD5, so another copy would be the same."""
    results = iter([facts(), facts(seconds=3.0)])
    after(pipeline.probe, "facts", lambda _: next(results))
    pipeline.process()
    assert pipeline.state() is State.FAILED
    assert pipeline.problem.code == "copy_reads_differently"
    assert pipeline.transcoder.jobs == {}


# Interruptions: what is stored is not copied again.


def test_hands_over_when_time_runs_out(pipeline: Pipeline) -> None:
    def run_out_of_time(key: str, upload_id: str, number: int, data: bytes) -> None:
        if number == 3:
            pipeline.time_left = LITTLE_TIME

    before(pipeline.temp, "put_part", run_out_of_time)
    with pytest.raises(HandOver):
        pipeline.process()
    assert pipeline.state() is State.TRANSFERRING
    assert pipeline.ledger.leases == {}, "the next worker can take the lease"
    assert {1, 2, 3} <= set(pipeline.temp.put_parts), "parts in flight are stored"
    assert len(pipeline.temp.put_parts) < len(CONTENT) / 1000, "no other part is started"

    restore(pipeline.temp, "put_part")
    pipeline.time_left = MUCH_TIME
    pipeline.process()
    assert pipeline.state() is State.TRANSCODING
    assert all_parts_once(pipeline)
    assert pipeline.record.require_stored().md5_matches_drive is True


def test_resumes_after_a_failed_part(pipeline: Pipeline) -> None:
    def fail_on_the_sixth(key: str, upload_id: str, number: int, data: bytes) -> None:
        if number == 6:
            raise RetryableError("s3_unreachable", "The bucket did not answer.")

    before(pipeline.temp, "put_part", fail_on_the_sixth)
    with pytest.raises(RetryableError):
        pipeline.process()
    restore(pipeline.temp, "put_part")
    pipeline.process()
    assert pipeline.state() is State.TRANSCODING
    assert all_parts_once(pipeline)


def test_a_broken_download_keeps_its_parts(pipeline: Pipeline) -> None:
    hand_over(pipeline)
    pipeline.drive.contents[FILE_ID].break_at = len(CONTENT) - 1
    with pytest.raises(RetryableError, match="broke off"):
        pipeline.process()
    assert pipeline.temp.uploads != {}


def test_restarts_an_expired_upload(pipeline: Pipeline) -> None:
    hand_over(pipeline)
    pipeline.temp.uploads.clear()
    pipeline.process()
    assert pipeline.state() is State.TRANSCODING


def crash_after_the_copy(pipeline: Pipeline) -> None:
    """Complete the upload, and die before the record says so."""

    def crash(_: object) -> None:
        raise CRASH

    after(pipeline.temp, "complete_upload", crash)
    with pytest.raises(RetryableError):
        pipeline.process()
    restore(pipeline.temp, "complete_upload")


def test_a_crash_after_the_copy_costs_no_second_download(pipeline: Pipeline) -> None:
    crash_after_the_copy(pipeline)
    pipeline.process()
    assert pipeline.state() is State.TRANSCODING
    assert all_parts_once(pipeline)
    assert pipeline.record.require_stored().md5_matches_drive is True


def test_hands_over_while_hashing_a_resumed_copy(pipeline: Pipeline) -> None:
    crash_after_the_copy(pipeline)
    hand_over(pipeline)
    assert pipeline.state() is State.TRANSFERRING
    pipeline.process()
    assert pipeline.state() is State.TRANSCODING
    assert all_parts_once(pipeline)
    assert pipeline.record.require_stored().md5_matches_drive is True


# The job is recorded as pending before it is created.


def test_a_job_is_pending_until_it_is_confirmed(pipeline: Pipeline) -> None:
    with failing(pipeline.transcoder, "submit", CRASH), pytest.raises(RetryableError):
        pipeline.process()
    record = pipeline.record
    assert record.pending_job == PendingJob(revision=1, submission=1, requested_at=pipeline.clock.now())
    assert record.job is None

    pipeline.process()
    assert pipeline.state() is State.TRANSCODING
    assert pipeline.record.pending_job is None
    assert pipeline.record.require_job().job_id == "job-1"


def test_a_lost_createjob_response_creates_no_second_job(pipeline: Pipeline) -> None:
    pipeline.transcoder.fail_after_create = True
    with pytest.raises(RetryableError):
        pipeline.process()
    pipeline.process()
    assert pipeline.state() is State.TRANSCODING
    assert list(pipeline.transcoder.jobs) == ["job-1"]


@pytest.mark.parametrize("missing", ["stored", "source_facts"])
def test_an_incomplete_record_is_raised_and_keeps_its_state(pipeline: Pipeline, missing: str) -> None:
    """Given a ledger that loses a field, the job is not created and the video not ended."""
    hand_over(pipeline)
    after(pipeline.ledger, "save", lambda record: record.but(**{missing: None}) if record.stored else record)
    with pytest.raises(IncompleteRecordError, match=f"in state transferring has no {missing}"):
        pipeline.process()
    assert pipeline.state() is State.TRANSFERRING
    assert pipeline.record.problem is None
    assert pipeline.transcoder.jobs == {}
    assert pipeline.ledger.leases == {}


# Leases.


def test_a_worker_without_its_lease_submits_no_job(pipeline: Pipeline) -> None:
    before(pipeline.temp, "complete_upload", lambda *_: pipeline.lose_lease())
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "lease_lost"
    assert pipeline.transcoder.jobs == {}
    assert pipeline.ledger.leases == {pipeline.record.video_id: "worker-2"}, "the other worker keeps its lease"


def test_a_worker_without_its_lease_stops_copying(pipeline: Pipeline) -> None:
    before(pipeline.temp, "put_part", lambda *_: pipeline.lose_lease())
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "lease_lost"
    assert len(pipeline.temp.put_parts) < len(CONTENT) / 1000


def test_a_worker_without_its_lease_discards_no_copy() -> None:
    pipeline = Pipeline()
    pipeline.drive.put(CONTENT, md5="0" * 32)
    pipeline.submit()
    before(pipeline.temp, "complete_upload", lambda *_: pipeline.lose_lease())
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "lease_lost"
    assert list(pipeline.temp.objects.values()) == [CONTENT]


def test_a_worker_without_its_lease_rejects_no_video(pipeline: Pipeline) -> None:
    pipeline.probe.by_content[CONTENT] = Rejection("not_media", "This is no video.")
    before(pipeline.probe, "facts", lambda *_: pipeline.lose_lease())
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "lease_lost"
    assert pipeline.state() is State.TRANSFERRING


def test_a_suspended_worker_is_fenced_off(pipeline: Pipeline) -> None:
    hand_over(pipeline)
    read_before_suspension = pipeline.record
    pipeline.clock.forward(600)
    hand_over(pipeline)
    with pytest.raises(StaleRecordError):
        pipeline.ledger.save(read_before_suspension.changed(pipeline.clock.now()))
    assert pipeline.record.due_at is not None
    assert pipeline.record.due_at > pipeline.clock.now(), "the reconciler notices soon if the second worker dies too"
