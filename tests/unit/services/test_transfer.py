"""video-transfer: from a message to a submitted job, whatever breaks on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.fakes.drive import FILE_ID
from tests.fakes.media import facts
from tests.fakes.pipeline import CONTENT, Pipeline
from vcp.domain.errors import Rejection, RetryableError, StaleRecordError
from vcp.domain.video.states import State
from vcp.services.copying import HandOver


def test_copies_verifies_plans_and_submits_a_video() -> None:
    pipeline = Pipeline().up_to_transcoding()
    record = pipeline.record
    assert record.stored is not None
    assert pipeline.temp.objects[record.stored.key] == CONTENT
    assert record.stored.md5_matches_drive is True
    assert record.plan is not None
    assert record.plan.planned_max_bytes <= record.contract.limit_bytes
    (job,) = pipeline.transcoder.jobs.values()
    assert job["settings"]["Inputs"][0]["FileInput"] == f"s3://temp/{record.stored.key}"
    assert job["metadata"]["VideoId"] == record.video_id
    assert len(job["token"]) <= 64


def test_probes_the_source_before_copying() -> None:
    pipeline = Pipeline()
    pipeline.probe.by_content[CONTENT] = Rejection("not_media", "This is a web page and no video.")
    pipeline.submit()
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


def test_hands_over_when_time_runs_out() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    message = pipeline.queue.messages[0]
    real = pipeline.temp.put_part

    def late(key: str, upload_id: str, number: int, data: bytes) -> Any:
        """The time is nearly up when the third part is there."""
        if number == 3:
            pipeline.time_left = timedelta(seconds=10)
        return real(key, upload_id, number, data)

    pipeline.temp.put_part = late  # type: ignore[method-assign]
    with pytest.raises(HandOver):
        pipeline.process(message)
    assert pipeline.state() is State.TRANSFERRING
    assert pipeline.ledger.leases == {}, "the lease is free for the next worker"
    assert {1, 2, 3} <= set(pipeline.temp.put_parts), "what was under way is kept"
    assert len(pipeline.temp.put_parts) < len(CONTENT) / 1000, "and no more is begun"
    pipeline.temp.put_part = real  # type: ignore[method-assign]
    pipeline.time_left = timedelta(minutes=15)
    pipeline.process(message)
    assert pipeline.state() is State.TRANSCODING
    assert sorted(pipeline.temp.put_parts) == sorted(set(pipeline.temp.put_parts)), "no part travelled twice"
    assert pipeline.record.require_stored().md5_matches_drive is True


def test_resumes_after_a_failed_part() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    message = pipeline.queue.messages[0]
    pipeline.probe.facts(pipeline.drive.contents[FILE_ID], "x")
    pipeline.drive.contents[FILE_ID].break_at = None
    original = pipeline.temp.put_part
    calls = iter(range(1000))

    def failing_once(key: str, upload_id: str, number: int, data: bytes):  # type: ignore[no-untyped-def]
        if next(calls) == 5:
            raise RetryableError("s3_unreachable", "The bucket did not answer.")
        return original(key, upload_id, number, data)

    pipeline.temp.put_part = failing_once  # type: ignore[method-assign]
    with pytest.raises(RetryableError):
        pipeline.process(message)
    pipeline.process(message)
    assert pipeline.state() is State.TRANSCODING
    assert sorted(pipeline.temp.put_parts) == sorted(set(pipeline.temp.put_parts))


def test_discards_a_copy_with_a_wrong_checksum() -> None:
    pipeline = Pipeline()
    pipeline.drive.put(CONTENT, md5="0" * 32)
    pipeline.submit()
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "checksum_mismatch"
    assert pipeline.transcoder.jobs == {}
    assert pipeline.temp.objects == {}


def test_rejects_a_file_that_was_replaced_before_the_copy() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    pipeline.drive.put(CONTENT + b"more", head_revision_id="rev2")
    pipeline.process()
    assert pipeline.state() is State.REJECTED
    assert "replaced" in pipeline.problem.sentence
    assert pipeline.temp.put_parts == [], "nothing is moved of a version that Drive no longer has"


def test_rejects_a_file_that_is_replaced_during_the_copy() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    real = pipeline.temp.put_part

    def replacing(key: str, upload_id: str, number: int, data: bytes) -> Any:
        pipeline.drive.files[FILE_ID] = replace(pipeline.drive.files[FILE_ID], md5="f" * 32)
        return real(key, upload_id, number, data)

    pipeline.temp.put_part = replacing  # type: ignore[method-assign]
    pipeline.process()
    assert pipeline.state() is State.REJECTED
    assert pipeline.problem.code == "drive_file_changed"
    assert pipeline.temp.objects == {}
    assert pipeline.temp.uploads == {}, "the parts are not left lying until they expire"


def test_a_superseded_version_leaves_no_parts() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    message = pipeline.queue.messages.pop(0)
    pipeline.time_left = timedelta(seconds=10)
    with pytest.raises(HandOver):
        pipeline.process(message)
    assert pipeline.temp.uploads != {}
    older = pipeline.record.video_id
    pipeline.drive.put(CONTENT + b"new", head_revision_id="rev2")
    pipeline.submit()
    pipeline.process(message)
    assert pipeline.ledger.records[older].state is State.CANCELLED
    assert pipeline.temp.uploads == {}


def test_a_broken_download_keeps_its_parts() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    pipeline.drive.contents[FILE_ID].break_at = len(CONTENT) - 1
    pipeline.probe.facts = lambda *_: facts()  # type: ignore[method-assign]
    with pytest.raises(RetryableError):
        pipeline.process()
    assert pipeline.temp.uploads != {}


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


def test_a_lost_createjob_response_creates_no_second_job() -> None:
    pipeline = Pipeline()
    pipeline.transcoder.fail_after_create = True
    pipeline.submit()
    message = pipeline.queue.messages[0]
    with pytest.raises(RetryableError):
        pipeline.process(message)
    pipeline.process(message)
    assert pipeline.state() is State.TRANSCODING
    assert list(pipeline.transcoder.jobs) == ["job-1"]


def test_a_duplicate_message_creates_no_second_job() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    message = pipeline.queue.messages[0]
    pipeline.process(message)
    pipeline.process(message)
    assert len(pipeline.transcoder.jobs) == 1


def test_a_duplicate_message_does_nothing_while_another_worker_holds_the_lease() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    with pipeline.ledger.lease(pipeline.record.video_id, 1, "other", 60):
        pipeline.process()
    assert pipeline.state() is State.QUEUED


def test_a_crash_after_the_copy_costs_no_second_download() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    message = pipeline.queue.messages[0]
    original = pipeline.temp.complete_upload

    def dying(*arguments: Any) -> Any:
        original(*arguments)
        raise RetryableError("killed", "The worker died.")

    pipeline.temp.complete_upload = dying  # type: ignore[method-assign, assignment]
    with pytest.raises(RetryableError):
        pipeline.process(message)
    pipeline.temp.complete_upload = original  # type: ignore[method-assign]
    travelled = len(pipeline.temp.put_parts)
    pipeline.process(message)
    assert pipeline.state() is State.TRANSCODING
    assert len(pipeline.temp.put_parts) == travelled
    assert pipeline.record.require_stored().md5_matches_drive is True


def test_restarts_an_expired_upload() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    message = pipeline.queue.messages[0]
    pipeline.time_left = timedelta(seconds=10)
    with pytest.raises(HandOver):
        pipeline.process(message)
    pipeline.temp.uploads.clear()
    pipeline.time_left = timedelta(minutes=15)
    pipeline.process(message)
    assert pipeline.state() is State.TRANSCODING


def test_copies_again_when_the_copy_probes_differently() -> None:
    pipeline = Pipeline()
    pipeline.drive.put(CONTENT, md5=None)
    pipeline.submit()
    message = pipeline.queue.messages[0]
    damaged = CONTENT[:-1] + b"?"
    pipeline.probe.by_content[damaged] = facts(seconds=3.0)
    real = pipeline.temp.complete_upload

    def damaging(key: str, *arguments: Any) -> Any:
        stored = real(key, *arguments)
        pipeline.temp.objects[key] = damaged
        return stored

    pipeline.temp.complete_upload = damaging  # type: ignore[method-assign, assignment]
    with pytest.raises(RetryableError) as caught:
        pipeline.process(message)
    assert caught.value.code == "copy_differs"
    assert pipeline.temp.objects == {}
    pipeline.temp.complete_upload = real  # type: ignore[method-assign]
    pipeline.process(message)
    assert pipeline.state() is State.TRANSCODING
    assert pipeline.temp.objects[pipeline.record.require_stored().key] == CONTENT


def test_a_correct_copy_that_probes_differently_fails_the_video() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    answers = iter([facts(), facts(seconds=3.0)])
    pipeline.probe.facts = lambda *_: next(answers)  # type: ignore[method-assign]
    pipeline.process()
    assert pipeline.state() is State.FAILED
    assert pipeline.problem.code == "copy_reads_differently"
    assert pipeline.transcoder.jobs == {}


def taken_over_at(pipeline: Pipeline, name: str, adapter: Any) -> None:
    """At this call of an adapter the worker sleeps so long that another one takes the video."""
    real = getattr(adapter, name)

    def sleeping(*arguments: Any, **named: Any) -> Any:
        pipeline.ledger.leases[pipeline.record.video_id] = "worker-2"
        return real(*arguments, **named)

    setattr(adapter, name, sleeping)


def test_a_worker_without_its_lease_submits_no_job() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    taken_over_at(pipeline, "head", pipeline.temp)
    taken_over_at(pipeline, "complete_upload", pipeline.temp)
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "lease_lost"
    assert pipeline.transcoder.jobs == {}
    assert pipeline.ledger.leases == {pipeline.record.video_id: "worker-2"}, "the other one's lease is left alone"


def test_a_worker_without_its_lease_stops_copying() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    taken_over_at(pipeline, "put_part", pipeline.temp)
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "lease_lost"
    assert len(pipeline.temp.put_parts) < len(CONTENT) / 1000


def test_a_worker_without_its_lease_discards_no_copy() -> None:
    pipeline = Pipeline()
    pipeline.drive.put(CONTENT, md5="0" * 32)
    pipeline.submit()
    taken_over_at(pipeline, "complete_upload", pipeline.temp)
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "lease_lost"
    assert list(pipeline.temp.objects.values()) == [CONTENT]


def test_a_worker_without_its_lease_rejects_no_video() -> None:
    pipeline = Pipeline()
    pipeline.submit()

    def refusing(*_: object) -> Any:
        pipeline.ledger.leases[pipeline.record.video_id] = "worker-2"
        raise Rejection("not_media", "This is no video.")

    pipeline.probe.facts = refusing  # type: ignore[method-assign, assignment]
    with pytest.raises(RetryableError) as caught:
        pipeline.process()
    assert caught.value.code == "lease_lost"
    assert pipeline.state() is State.TRANSFERRING


def test_a_suspended_worker_is_fenced_off() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    message = pipeline.queue.messages[0]
    pipeline.time_left = timedelta(seconds=10)
    with pytest.raises(HandOver):
        pipeline.process(message)
    sleeper = pipeline.record
    pipeline.clock.forward(600)
    with pytest.raises(HandOver):
        pipeline.process(message)
    with pytest.raises(StaleRecordError):
        pipeline.ledger.save(sleeper.changed(pipeline.clock.now()))
    assert pipeline.record.due_at is not None
    assert pipeline.record.due_at > pipeline.clock.now(), "the reconciler sees within minutes if this one dies too"


def test_hands_over_while_hashing_a_resumed_copy() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    message = pipeline.queue.messages[0]
    pipeline.time_left = timedelta(seconds=10)
    with pytest.raises(HandOver):
        pipeline.process(message)
    real = pipeline.temp.complete_upload

    def late(*arguments: Any) -> Any:
        pipeline.time_left = timedelta(seconds=10)
        return real(*arguments)

    pipeline.time_left = timedelta(minutes=15)
    pipeline.temp.put_parts.clear()
    upload = pipeline.record.upload
    assert upload is not None
    pipeline.temp.put_part(upload.key, upload.upload_id, 1, CONTENT[:1000])
    pipeline.temp.complete_upload = late  # type: ignore[method-assign, assignment]
    with pytest.raises(HandOver):
        pipeline.process(message)
    travelled = list(pipeline.temp.put_parts)
    pipeline.time_left = timedelta(minutes=15)
    pipeline.process(message)
    assert pipeline.state() is State.TRANSCODING
    assert pipeline.temp.put_parts == travelled
    assert pipeline.record.require_stored().md5_matches_drive is True


def test_cancels_a_superseded_version_with_a_reason() -> None:
    pipeline = Pipeline()
    pipeline.submit()
    older = pipeline.record.video_id
    pipeline.drive.put(CONTENT + b"new", head_revision_id="rev2")
    pipeline.submit()
    pipeline.process()
    ended = pipeline.ledger.records[older]
    assert ended.state is State.CANCELLED
    assert ended.problem is not None
    assert "newer version" in ended.problem.sentence
    pipeline.process()
    (newer,) = [record for record in pipeline.ledger.records.values() if record.video_id != older]
    assert newer.state is State.TRANSCODING
