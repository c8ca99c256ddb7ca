"""The door: every announcement is decided once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START, ManualClock
from tests.fakes.drive import FILE_ID, FakeDrive
from tests.fakes.ledger import FakeLedger
from tests.fakes.messaging import FakeQueue
from tests.fakes.metrics import FakeMetrics
from vcp.domain.errors import InvalidRequestError, PermanentError, RetryableError, VcpError, WaitUntilError
from vcp.domain.model.contract import Contract
from vcp.domain.video.record import PendingJob, Problem, Upload, VideoRecord
from vcp.domain.video.states import State
from vcp.ports.drive import DriveFile
from vcp.services.intake import RECHECKABLE_CODES, Intake

LIMIT = 1_000_000
BIG = bytes(LIMIT + 1)


class Door:
    """The world around the door: a Drive with one big film, an empty ledger."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.drive = FakeDrive()
        self.drive.put(BIG)
        self.ledger = FakeLedger(self.clock)
        self.queue = FakeQueue()
        self.metrics = FakeMetrics()
        self.intake = Intake(
            drive=self.drive,
            ledger=self.ledger,
            queue=self.queue,
            clock=self.clock,
            contract=Contract(limit_bytes=LIMIT, compress_above_bytes=LIMIT),
            queue_timeout=timedelta(minutes=15),
            metrics=self.metrics,
        )

    def call(self, **fields: Any) -> dict[str, Any]:
        event = {
            "fileUrl": f"https://drive.google.com/file/d/{FILE_ID}/view",
            "fileName": "film.mov",
            "fileSize": "1",
            "uploader": "bob@example.org",
        }
        return self.intake.submit({**event, **fields}).to_wire()

    @property
    def record(self) -> VideoRecord:
        """The one video's record."""
        (record,) = self.ledger.records.values()
        return record


@pytest.fixture
def door() -> Door:
    return Door()


def test_a_big_file_is_accepted_claimed_and_queued(door: Door) -> None:
    answer = door.call()
    assert answer["status"] == "accepted"
    assert [(m.video_id, m.attempt) for m in door.queue.messages] == [(answer["videoId"], 1)]
    record = door.ledger.records[str(answer["videoId"])]
    assert record.state is State.QUEUED
    assert record.source.size_bytes == len(BIG), "Drive's own figure counts, not the caller's"
    assert record.source.uploader == "bob@example.org"
    assert record.due_at is not None


def test_the_same_content_announced_again_is_a_duplicate(door: Door) -> None:
    first = door.call()
    door.ledger.save(door.ledger.records[str(first["videoId"])].moved(State.TRANSFERRING, door.clock.now()))
    again = door.call()
    assert (again["status"], again["videoId"]) == ("duplicate", first["videoId"])
    assert len(door.queue.messages) == 1


def test_a_new_version_is_a_new_video_that_supersedes_the_older(door: Door) -> None:
    first = door.call()
    door.drive.put(BIG + b"!", head_revision_id="rev2")
    second = door.call()
    assert second["status"] == "accepted"
    assert second["videoId"] != first["videoId"]
    assert door.ledger.records[str(second["videoId"])].supersedes == first["videoId"]
    assert door.ledger.records[str(first["videoId"])].superseded_by == second["videoId"]


def test_a_small_file_is_left_alone(door: Door) -> None:
    door.drive.put(bytes(LIMIT))
    answer = door.call()
    assert (answer["status"], answer["code"]) == ("skipped", "within_limit")
    assert door.queue.messages == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"mime_type": "application/vnd.google-apps.folder"}, "drive_folder"),
        ({"mime_type": "application/vnd.google-apps.document", "size_bytes": None}, "drive_google_document"),
        ({"trashed": True}, "drive_trashed"),
        ({"can_download": False}, "drive_download_disabled"),
        ({"size_bytes": 0}, "empty_file"),
    ],
)
def test_what_cannot_be_compressed_is_rejected_with_a_sentence(door: Door, facts: dict[str, Any], code: str) -> None:
    door.drive.put(BIG, **facts)
    answer = door.call()
    assert (answer["status"], answer["code"]) == ("rejected", code)
    assert str(answer["reason"]).endswith(".")
    assert "film.mov" in str(answer["reason"])
    assert door.queue.messages == []


def test_what_drive_says_of_a_file_wins_over_the_caller(door: Door) -> None:
    door.call(fileName="another.mov", fileSize="12 MB", uploader="")
    source = door.record.source
    assert (source.name, source.size_bytes, source.uploader) == ("film.mov", len(BIG), "anna@example.org")


@pytest.mark.parametrize("size", ["12 MB", "abc", -5, float("nan"), 1e300, None, "", [1], "7"])
def test_a_wrong_size_stops_no_video(door: Door, size: object) -> None:
    assert door.call(fileSize=size)["status"] == "accepted"
    assert door.record.source.size_bytes == len(BIG)


@pytest.mark.parametrize("state", [State.QUEUED, State.TRANSFERRING])
def test_a_moment_without_sharing_takes_nothing_from_a_video_under_way(door: Door, state: State) -> None:
    first = str(door.call()["videoId"])
    if state is not State.QUEUED:
        door.ledger.save(door.ledger.records[first].moved(state, door.clock.now()))
    shared = door.drive.files.pop(FILE_ID)
    assert door.call()["status"] == "rejected"
    door.drive.files[FILE_ID] = shared

    assert (door.ledger.records[first].state, door.ledger.records[first].superseded_by) == (state, None)
    assert door.call()["status"] == "duplicate"


def test_a_file_that_was_not_shared_at_first_is_no_older_version(door: Door) -> None:
    hidden = door.drive.files.pop(FILE_ID)
    door.call()
    door.drive.files[FILE_ID] = hidden
    assert door.call()["reason"] == "film.mov is queued for compression."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('A/B "final"\ncut 🎬.mov', 'A/B "final" cut 🎬.mov'),
        ("\u202egnp.mov", "gnp.mov"),
        ("n" * 400, "n" * 230 + "…" + "n" * 24),
        ("\u200b", "said.mov"),
        ("", "said.mov"),
    ],
)
def test_a_name_of_drive_becomes_one_line_for_all_who_show_it(door: Door, name: str, shown: str) -> None:
    door.drive.put(BIG, name=name)
    answer = door.call(fileName="said.mov")
    assert answer["fileName"] == door.record.source.name == shown
    assert answer["reason"] == f"{shown} is queued for compression."


def test_a_file_without_any_name_has_one(door: Door) -> None:
    door.drive.put(BIG, name=" ")
    assert door.call(fileName=None)["fileName"] == "unnamed"


def test_the_link_to_a_file_that_is_not_to_be_seen_keeps_its_key(door: Door) -> None:
    door.drive.files.clear()
    door.call(fileUrl=f"https://drive.google.com/open?id={FILE_ID}&resourcekey=0-k")
    assert door.record.source.web_url == f"https://drive.google.com/file/d/{FILE_ID}/view?resourcekey=0-k"


@pytest.mark.parametrize(
    ("facts", "ends"), [({}, []), ({"trashed": True}, ["rejected"]), ({"size_bytes": LIMIT}, ["skipped"])]
)
def test_an_end_at_the_door_is_counted_once(door: Door, facts: dict[str, Any], ends: list[str]) -> None:
    door.drive.put(BIG, **facts)
    door.call()
    door.call()
    assert [(name, dimensions) for name, _, dimensions in door.metrics.counts] == [
        ("VideoEnded", {"State": end}) for end in ends
    ]


def test_a_file_nobody_shared_is_rejected_and_seen_once_it_is_shared(door: Door) -> None:
    hidden = door.drive.files.pop(FILE_ID)
    refused = door.call()
    assert (refused["status"], refused["videoId"]) == ("rejected", f"{FILE_ID}-none")
    door.drive.files[FILE_ID] = hidden
    assert door.call()["status"] == "accepted"


def test_a_file_taken_out_of_the_trash_is_looked_at_again(door: Door) -> None:
    door.drive.put(BIG, trashed=True)
    assert door.call()["status"] == "rejected"
    assert door.call()["status"] == "rejected"
    versions = len(door.ledger.history[next(iter(door.ledger.history))])
    assert versions == 1, "the same rejection is not written again"
    door.drive.put(BIG)
    answer = door.call()
    assert (answer["status"], answer["attempt"]) == ("accepted", 2)


def test_a_failure_between_claim_and_message_is_mended_by_the_next_call(door: Door) -> None:
    door.queue.down = True
    with pytest.raises(RetryableError):
        door.call()
    door.queue.down = False
    assert door.call()["status"] == "duplicate"
    assert len(door.queue.messages) == 1


def test_announcing_a_failed_video_again_is_no_retry(door: Door) -> None:
    first = door.call()
    record = door.ledger.records[str(first["videoId"])]
    door.ledger.save(record.moved(State.FAILED, door.clock.now()))
    assert door.call()["status"] == "duplicate"
    assert len(door.queue.messages) == 1


def test_settings_of_a_call_belong_to_its_video(door: Door) -> None:
    answer = door.call(limitBytes=1_500_000, minHeight=480)
    contract = door.ledger.records[str(answer["videoId"])].contract
    assert (contract.limit_bytes, contract.min_height, contract.compress_above_bytes) == (1_500_000, 480, LIMIT)


def test_settings_that_go_wrong_only_beside_the_stacks_are_refused_and_leave_no_trace(door: Door) -> None:
    with pytest.raises(InvalidRequestError, match="would be left alone although they break the limit"):
        door.call(compressAboveBytes=LIMIT + 1)
    assert door.ledger.records == {}


def test_settings_that_make_no_sense_are_refused_and_leave_no_trace(door: Door) -> None:
    with pytest.raises(InvalidRequestError, match="limitBytes"):
        door.call(limitBytes=5)
    assert door.ledger.records == {}


@pytest.mark.parametrize("code", sorted(RECHECKABLE_CODES))
def test_what_a_person_can_lift_is_looked_at_again(door: Door, code: str) -> None:
    first = door.call()
    record = door.ledger.records[str(first["videoId"])]
    state = State.CANCELLED if code == "superseded" else State.REJECTED
    door.ledger.save(record.moved(state, door.clock.now(), problem=Problem(code=code, sentence="No.")))
    answer = door.call()
    assert (answer["status"], answer["attempt"]) == ("accepted", 2)


def test_a_video_that_an_operator_cancelled_stays_cancelled(door: Door) -> None:
    first = door.call()
    record = door.ledger.records[str(first["videoId"])]
    problem = Problem(code="job_cancelled", sentence="The compression was cancelled.")
    door.ledger.save(record.moved(State.CANCELLED, door.clock.now(), problem=problem))
    assert door.call()["status"] == "duplicate"


def test_a_new_attempt_begins_with_nothing_of_the_one_before(door: Door) -> None:
    """The plan before was made for another limit, the copy is the other attempt's, its submission was begun."""
    first = door.call()
    record = door.ledger.records[str(first["videoId"])]
    used = record.but(
        upload=Upload(key="incoming/x/0001/source.mov", upload_id="u", part_bytes=1000),
        recoveries=7,
        cost_estimate_usd=1.0,
        pending_job=PendingJob(revision=1, submission=1, requested_at=door.clock.now()),
    )
    problem = Problem(code="drive_not_found", sentence="It is not shared any more.")
    door.ledger.save(used.moved(State.REJECTED, door.clock.now(), problem=problem))
    door.clock.forward(60)

    again = door.ledger.records[str(door.call(limitBytes=1_200_000)["videoId"])]

    assert (again.attempt, again.state, again.contract.limit_bytes) == (2, State.QUEUED, 1_200_000)
    assert (again.upload, again.plan, again.job, again.problem) == (None, None, None, None)
    assert (again.recoveries, again.cost_estimate_usd) == (0, None)
    assert set(again.times) == {"submitted", "queued"}
    assert again.created_at == record.created_at
    assert again.due_at is not None


def test_a_new_version_is_told_to_the_caller(door: Door) -> None:
    assert "older version" not in str(door.call()["reason"])
    door.drive.put(BIG + b"!", head_revision_id="rev2")
    assert "older version" in str(door.call()["reason"])


@pytest.mark.parametrize(
    "fault",
    [
        RetryableError("drive_unavailable", "Google Drive is busy."),
        WaitUntilError("drive_quota_exhausted", "No more today.", START),
        PermanentError("drive_key_refused", "Google does not accept the key."),
    ],
)
def test_what_may_pass_is_raised_to_the_caller_and_decides_nothing(door: Door, fault: VcpError) -> None:
    def failing(*_: object) -> DriveFile:
        raise fault

    door.drive.facts = failing  # type: ignore[method-assign, assignment]
    with pytest.raises(type(fault)):
        door.call()
    assert door.ledger.records == {}
