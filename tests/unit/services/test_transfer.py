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


def test_a_video_is_copied_proven_planned_and_submitted() -> None:
    world = Pipeline().up_to_transcoding()
    record = world.record
    assert record.stored is not None
    assert world.temp.objects[record.stored.key] == CONTENT
    assert record.stored.md5_matches_drive is True
    assert record.plan is not None
    assert record.plan.planned_max_bytes <= record.contract.limit_bytes
    (job,) = world.transcoder.jobs.values()
    assert job["settings"]["Inputs"][0]["FileInput"] == f"s3://temp/{record.stored.key}"
    assert job["metadata"]["VideoId"] == record.video_id
    assert len(job["token"]) <= 64


def test_the_source_is_probed_before_a_byte_is_moved() -> None:
    world = Pipeline()
    world.probe.by_content[CONTENT] = Rejection("not_media", "This is a web page and no video.")
    world.submit()
    world.process()
    assert world.state() is State.REJECTED
    assert world.record.problem is not None
    assert world.record.problem.sentence == "This is a web page and no video."
    assert world.temp.put_parts == []


def test_a_film_that_cannot_fit_is_refused_in_words_before_a_byte_is_moved() -> None:
    world = Pipeline(facts(seconds=50 * 3600.0))
    world.submit()
    world.process()
    assert world.state() is State.REJECTED
    assert world.temp.put_parts == []


def test_a_worker_whose_time_is_up_hands_over_and_the_next_goes_on() -> None:
    world = Pipeline()
    world.submit()
    message = world.queue.messages[0]
    real = world.temp.put_part

    def late(key: str, upload_id: str, number: int, data: bytes) -> Any:
        """The time is nearly up when the third part is there."""
        if number == 3:
            world.time_left = timedelta(seconds=10)
        return real(key, upload_id, number, data)

    world.temp.put_part = late  # type: ignore[method-assign]
    with pytest.raises(HandOver):
        world.process(message)
    assert world.state() is State.TRANSFERRING
    assert world.ledger.leases == {}, "the lease is free for the next worker"
    assert {1, 2, 3} <= set(world.temp.put_parts), "what was under way is kept"
    assert len(world.temp.put_parts) < len(CONTENT) / 1000, "and no more is begun"
    world.temp.put_part = real  # type: ignore[method-assign]
    world.time_left = timedelta(minutes=15)
    world.process(message)
    assert world.state() is State.TRANSCODING
    assert sorted(world.temp.put_parts) == sorted(set(world.temp.put_parts)), "no part travelled twice"
    assert world.record.stored is not None
    assert world.record.stored.md5_matches_drive is True


def test_a_broken_connection_is_raised_and_the_next_try_goes_on_where_it_broke() -> None:
    world = Pipeline()
    world.submit()
    message = world.queue.messages[0]
    world.probe.facts(world.drive.contents[FILE_ID], "x")
    world.drive.contents[FILE_ID].break_at = None
    original = world.temp.put_part
    calls = iter(range(1000))

    def failing_once(key: str, upload_id: str, number: int, data: bytes):  # type: ignore[no-untyped-def]
        if next(calls) == 5:
            raise RetryableError("s3_unreachable", "The bucket did not answer.")
        return original(key, upload_id, number, data)

    world.temp.put_part = failing_once  # type: ignore[method-assign]
    with pytest.raises(RetryableError):
        world.process(message)
    world.process(message)
    assert world.state() is State.TRANSCODING
    assert sorted(world.temp.put_parts) == sorted(set(world.temp.put_parts))


def test_bytes_that_are_not_what_drive_has_never_reach_the_encoder() -> None:
    world = Pipeline()
    world.drive.put(CONTENT, md5="0" * 32)
    world.submit()
    with pytest.raises(RetryableError) as caught:
        world.process()
    assert caught.value.code == "checksum_mismatch"
    assert world.transcoder.jobs == {}
    assert world.temp.objects == {}


def test_a_file_that_is_replaced_meanwhile_is_refused_with_the_reason() -> None:
    world = Pipeline()
    world.submit()
    world.drive.put(CONTENT + b"more", head_revision_id="rev2")
    world.process()
    assert world.state() is State.REJECTED
    assert world.record.problem is not None
    assert "replaced" in world.record.problem.sentence
    assert world.temp.put_parts == [], "nothing is moved of a version that Drive no longer has"


def test_a_file_that_is_replaced_during_the_copy_never_becomes_an_object() -> None:
    world = Pipeline()
    world.submit()
    real = world.temp.put_part

    def replacing(key: str, upload_id: str, number: int, data: bytes) -> Any:
        world.drive.files[FILE_ID] = replace(world.drive.files[FILE_ID], md5="f" * 32)
        return real(key, upload_id, number, data)

    world.temp.put_part = replacing  # type: ignore[method-assign]
    world.process()
    assert world.state() is State.REJECTED
    assert world.record.problem is not None
    assert world.record.problem.code == "drive_file_changed"
    assert world.temp.objects == {}
    assert world.temp.uploads == {}, "the parts are not left lying until they expire"


def test_a_version_that_was_superseded_while_its_copy_was_handed_over_leaves_no_parts() -> None:
    world = Pipeline()
    world.submit()
    message = world.queue.messages.pop(0)
    world.time_left = timedelta(seconds=10)
    with pytest.raises(HandOver):
        world.process(message)
    assert world.temp.uploads != {}
    older = world.record.video_id
    world.drive.put(CONTENT + b"new", head_revision_id="rev2")
    world.submit()
    world.process(message)
    assert world.ledger.records[older].state is State.CANCELLED
    assert world.temp.uploads == {}


def test_a_broken_connection_leaves_the_parts_for_the_next_try() -> None:
    world = Pipeline()
    world.submit()
    world.drive.contents[FILE_ID].break_at = len(CONTENT) - 1
    world.probe.facts = lambda *_: facts()  # type: ignore[method-assign]
    with pytest.raises(RetryableError):
        world.process()
    assert world.temp.uploads != {}


@pytest.mark.parametrize(
    ("name", "container", "extension"),
    [
        ("film.mp4", "matroska,webm", "mkv"),
        ("film.avi", "mov,mp4,m4a,3gp,3g2,mj2", "mp4"),
        ("film.m3u8", "mov,mp4,m4a,3gp,3g2,mj2", "mp4"),
        ("film", "mpegts", "ts"),
    ],
)
def test_the_copy_is_named_after_what_it_is_not_after_what_it_is_called(
    name: str, container: str, extension: str
) -> None:
    world = Pipeline(facts().but(container=container))
    world.drive.put(CONTENT, name=name)
    world.up_to_transcoding()
    assert world.record.stored is not None
    assert world.record.stored.key.endswith(f"/source.{extension}")


def test_an_answer_of_createjob_that_is_lost_makes_no_second_job() -> None:
    world = Pipeline()
    world.transcoder.fail_after_create = True
    world.submit()
    message = world.queue.messages[0]
    with pytest.raises(RetryableError):
        world.process(message)
    world.process(message)
    assert world.state() is State.TRANSCODING
    assert list(world.transcoder.jobs) == ["job-1"]


def test_a_message_that_comes_twice_does_its_work_once() -> None:
    world = Pipeline()
    world.submit()
    message = world.queue.messages[0]
    world.process(message)
    world.process(message)
    assert len(world.transcoder.jobs) == 1


def test_a_message_whose_video_another_worker_holds_is_done_with() -> None:
    world = Pipeline()
    world.submit()
    with world.ledger.lease(world.record.video_id, 1, "other", 60):
        world.process()
    assert world.state() is State.QUEUED


def test_a_death_between_the_whole_copy_and_the_ledger_costs_no_second_download() -> None:
    world = Pipeline()
    world.submit()
    message = world.queue.messages[0]
    original = world.temp.complete_upload

    def dying(*arguments: Any) -> Any:
        original(*arguments)
        raise RetryableError("killed", "The worker died.")

    world.temp.complete_upload = dying  # type: ignore[method-assign, assignment]
    with pytest.raises(RetryableError):
        world.process(message)
    world.temp.complete_upload = original  # type: ignore[method-assign]
    travelled = len(world.temp.put_parts)
    world.process(message)
    assert world.state() is State.TRANSCODING
    assert len(world.temp.put_parts) == travelled
    assert world.record.stored is not None
    assert world.record.stored.md5_matches_drive is True


def test_an_upload_that_expired_is_begun_anew() -> None:
    world = Pipeline()
    world.submit()
    message = world.queue.messages[0]
    world.time_left = timedelta(seconds=10)
    with pytest.raises(HandOver):
        world.process(message)
    world.temp.uploads.clear()
    world.time_left = timedelta(minutes=15)
    world.process(message)
    assert world.state() is State.TRANSCODING


def test_a_copy_of_the_right_size_that_reads_differently_is_thrown_away_and_fetched_again() -> None:
    world = Pipeline()
    world.drive.put(CONTENT, md5=None)
    world.submit()
    message = world.queue.messages[0]
    damaged = CONTENT[:-1] + b"?"
    world.probe.by_content[damaged] = facts(seconds=3.0)
    real = world.temp.complete_upload

    def damaging(key: str, *arguments: Any) -> Any:
        stored = real(key, *arguments)
        world.temp.objects[key] = damaged
        return stored

    world.temp.complete_upload = damaging  # type: ignore[method-assign, assignment]
    with pytest.raises(RetryableError) as caught:
        world.process(message)
    assert caught.value.code == "copy_differs"
    assert world.temp.objects == {}
    world.temp.complete_upload = real  # type: ignore[method-assign]
    world.process(message)
    assert world.state() is State.TRANSCODING
    assert world.record.stored is not None
    assert world.temp.objects[world.record.stored.key] == CONTENT


def test_the_right_bytes_that_read_differently_are_not_fetched_again_and_again() -> None:
    world = Pipeline()
    world.submit()
    answers = iter([facts(), facts(seconds=3.0)])
    world.probe.facts = lambda *_: next(answers)  # type: ignore[method-assign]
    world.process()
    assert world.state() is State.FAILED
    assert world.record.problem is not None
    assert world.record.problem.code == "copy_reads_differently"
    assert world.transcoder.jobs == {}


def taken_over_at(world: Pipeline, name: str, adapter: Any) -> None:
    """At this call of an adapter the worker sleeps so long that another one takes the video."""
    real = getattr(adapter, name)

    def sleeping(*arguments: Any, **named: Any) -> Any:
        world.ledger.leases[world.record.video_id] = "worker-2"
        return real(*arguments, **named)

    setattr(adapter, name, sleeping)


def test_a_worker_that_lost_its_lease_makes_no_job() -> None:
    world = Pipeline()
    world.submit()
    taken_over_at(world, "head", world.temp)
    taken_over_at(world, "complete_upload", world.temp)
    with pytest.raises(RetryableError) as caught:
        world.process()
    assert caught.value.code == "lease_lost"
    assert world.transcoder.jobs == {}
    assert world.ledger.leases == {world.record.video_id: "worker-2"}, "the other one's lease is left alone"


def test_a_worker_that_lost_its_lease_copies_no_further() -> None:
    world = Pipeline()
    world.submit()
    taken_over_at(world, "put_part", world.temp)
    with pytest.raises(RetryableError) as caught:
        world.process()
    assert caught.value.code == "lease_lost"
    assert len(world.temp.put_parts) < len(CONTENT) / 1000


def test_a_worker_that_lost_its_lease_throws_away_nobodys_copy() -> None:
    world = Pipeline()
    world.drive.put(CONTENT, md5="0" * 32)
    world.submit()
    taken_over_at(world, "complete_upload", world.temp)
    with pytest.raises(RetryableError) as caught:
        world.process()
    assert caught.value.code == "lease_lost"
    assert list(world.temp.objects.values()) == [CONTENT]


def test_a_worker_that_lost_its_lease_ends_no_video() -> None:
    world = Pipeline()
    world.submit()

    def refusing(*_: object) -> Any:
        world.ledger.leases[world.record.video_id] = "worker-2"
        raise Rejection("not_media", "This is no video.")

    world.probe.facts = refusing  # type: ignore[method-assign, assignment]
    with pytest.raises(RetryableError) as caught:
        world.process()
    assert caught.value.code == "lease_lost"
    assert world.state() is State.TRANSFERRING


def test_a_worker_that_only_slept_is_shut_out_by_the_next_one() -> None:
    world = Pipeline()
    world.submit()
    message = world.queue.messages[0]
    world.time_left = timedelta(seconds=10)
    with pytest.raises(HandOver):
        world.process(message)
    sleeper = world.record
    world.clock.forward(600)
    with pytest.raises(HandOver):
        world.process(message)
    with pytest.raises(StaleRecordError):
        world.ledger.save(sleeper.changed(world.clock.now()))
    assert world.record.due_at is not None
    assert world.record.due_at > world.clock.now(), "the reconciler sees within minutes if this one dies too"


def test_the_checksum_of_a_resumed_copy_hands_over_when_the_time_is_up() -> None:
    world = Pipeline()
    world.submit()
    message = world.queue.messages[0]
    world.time_left = timedelta(seconds=10)
    with pytest.raises(HandOver):
        world.process(message)
    real = world.temp.complete_upload

    def late(*arguments: Any) -> Any:
        world.time_left = timedelta(seconds=10)
        return real(*arguments)

    world.time_left = timedelta(minutes=15)
    world.temp.put_parts.clear()
    upload = world.record.upload
    assert upload is not None
    world.temp.put_part(upload.key, upload.upload_id, 1, CONTENT[:1000])
    world.temp.complete_upload = late  # type: ignore[method-assign, assignment]
    with pytest.raises(HandOver):
        world.process(message)
    travelled = list(world.temp.put_parts)
    world.time_left = timedelta(minutes=15)
    world.process(message)
    assert world.state() is State.TRANSCODING
    assert world.temp.put_parts == travelled
    assert world.record.stored is not None
    assert world.record.stored.md5_matches_drive is True


def test_a_version_that_was_superseded_ends_and_says_so() -> None:
    world = Pipeline()
    world.submit()
    older = world.record.video_id
    world.drive.put(CONTENT + b"new", head_revision_id="rev2")
    world.submit()
    world.process()
    ended = world.ledger.records[older]
    assert ended.state is State.CANCELLED
    assert ended.problem is not None
    assert "newer version" in ended.problem.sentence
    world.process()
    (newer,) = [record for record in world.ledger.records.values() if record.video_id != older]
    assert newer.state is State.TRANSCODING
