"""The intake decides every submission once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.clock import START, ManualClock
from tests.fakes.drive import FILE_ID, FakeDrive
from tests.fakes.interception import failing
from tests.fakes.ledger import FakeLedger
from tests.fakes.messaging import FakeQueue
from tests.fakes.metrics import FakeMetrics
from vcp.domain.errors import InvalidRequestError, PermanentError, RetryableError, VcpError, WaitUntilError
from vcp.domain.model.contract import Contract
from vcp.domain.video.record import PendingJob, Problem, Upload, VideoRecord
from vcp.domain.video.states import State
from vcp.services.intake import RECHECKABLE_CODES, Intake

LIMIT = 1_000_000
BIG = bytes(LIMIT + 1)


class IntakeEnvironment:
    """The intake with a Drive that has one large file, and an empty ledger."""

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

    def submit(self, **fields: Any) -> dict[str, Any]:
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
def environment() -> IntakeEnvironment:
    return IntakeEnvironment()


def test_accepts_a_large_file_and_queues_it(environment: IntakeEnvironment) -> None:
    answer = environment.submit()
    assert answer["status"] == "accepted"
    assert [(m.video_id, m.attempt) for m in environment.queue.messages] == [(answer["videoId"], 1)]
    record = environment.record
    assert record.state is State.QUEUED
    assert record.source.size_bytes == len(BIG), "Drive's size, not the caller's"
    assert record.source.uploader == "bob@example.org"
    assert record.due_at is not None


def test_resubmitting_the_same_content_is_a_duplicate(environment: IntakeEnvironment) -> None:
    first = environment.submit()
    environment.ledger.save(
        environment.ledger.records[str(first["videoId"])].moved(State.TRANSFERRING, environment.clock.now())
    )
    again = environment.submit()
    assert (again["status"], again["videoId"]) == ("duplicate", first["videoId"])
    assert len(environment.queue.messages) == 1


def test_a_new_version_supersedes_the_older_video(environment: IntakeEnvironment) -> None:
    first = environment.submit()
    environment.drive.put(BIG + b"!", head_revision_id="rev2")
    second = environment.submit()
    assert second["status"] == "accepted"
    assert second["videoId"] != first["videoId"]
    assert environment.ledger.records[str(second["videoId"])].supersedes == first["videoId"]
    assert environment.ledger.records[str(first["videoId"])].superseded_by == second["videoId"]


def test_skips_a_file_within_the_limit(environment: IntakeEnvironment) -> None:
    environment.drive.put(bytes(LIMIT))
    answer = environment.submit()
    assert (answer["status"], answer["code"]) == ("skipped", "within_limit")
    assert environment.queue.messages == []


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
def test_rejects_an_unusable_file(environment: IntakeEnvironment, facts: dict[str, Any], code: str) -> None:
    environment.drive.put(BIG, **facts)
    answer = environment.submit()
    assert (answer["status"], answer["code"]) == ("rejected", code)
    assert str(answer["reason"]).endswith(".")
    assert "film.mov" in str(answer["reason"])
    assert environment.queue.messages == []


def test_drives_description_overrides_the_callers(environment: IntakeEnvironment) -> None:
    environment.submit(fileName="another.mov", fileSize="12 MB", uploader="")
    source = environment.record.source
    assert (source.name, source.size_bytes, source.uploader) == ("film.mov", len(BIG), "anna@example.org")


@pytest.mark.parametrize("size", ["12 MB", "abc", -5, float("nan"), 1e300, None, "", [1], "7"])
def test_ignores_a_wrong_size_claim(environment: IntakeEnvironment, size: object) -> None:
    assert environment.submit(fileSize=size)["status"] == "accepted"
    assert environment.record.source.size_bytes == len(BIG)


@pytest.mark.parametrize("state", [State.QUEUED, State.TRANSFERRING])
def test_unsharing_a_file_briefly_does_not_affect_its_active_video(
    environment: IntakeEnvironment, state: State
) -> None:
    first = str(environment.submit()["videoId"])
    if state is not State.QUEUED:
        environment.ledger.save(environment.ledger.records[first].moved(state, environment.clock.now()))
    shared = environment.drive.files.pop(FILE_ID)
    assert environment.submit()["status"] == "rejected"
    environment.drive.files[FILE_ID] = shared

    assert (environment.ledger.records[first].state, environment.ledger.records[first].superseded_by) == (state, None)
    assert environment.submit()["status"] == "duplicate"


def test_a_file_that_was_not_visible_is_not_an_older_version(environment: IntakeEnvironment) -> None:
    hidden = environment.drive.files.pop(FILE_ID)
    environment.submit()
    environment.drive.files[FILE_ID] = hidden
    assert environment.submit()["reason"] == "film.mov is queued for compression."


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
def test_normalizes_a_file_name_to_one_line(environment: IntakeEnvironment, name: str, shown: str) -> None:
    environment.drive.put(BIG, name=name)
    answer = environment.submit(fileName="said.mov")
    assert answer["fileName"] == environment.record.source.name == shown
    assert answer["reason"] == f"{shown} is queued for compression."


def test_a_file_without_a_name_is_unnamed(environment: IntakeEnvironment) -> None:
    environment.drive.put(BIG, name=" ")
    assert environment.submit(fileName=None)["fileName"] == "unnamed"


def test_the_link_to_an_invisible_file_keeps_its_resource_key(environment: IntakeEnvironment) -> None:
    environment.drive.files.clear()
    environment.submit(fileUrl=f"https://drive.google.com/open?id={FILE_ID}&resourcekey=0-k")
    assert environment.record.source.web_url == f"https://drive.google.com/file/d/{FILE_ID}/view?resourcekey=0-k"


@pytest.mark.parametrize(
    ("facts", "ends"), [({}, []), ({"trashed": True}, ["rejected"]), ({"size_bytes": LIMIT}, ["skipped"])]
)
def test_counts_an_outcome_once(environment: IntakeEnvironment, facts: dict[str, Any], ends: list[str]) -> None:
    environment.drive.put(BIG, **facts)
    environment.submit()
    environment.submit()
    assert [(name, dimensions) for name, _, dimensions in environment.metrics.counts] == [
        ("VideoEnded", {"State": end}) for end in ends
    ]


def test_rejects_an_unshared_file_until_it_is_shared(environment: IntakeEnvironment) -> None:
    hidden = environment.drive.files.pop(FILE_ID)
    answer = environment.submit()
    assert (answer["status"], answer["videoId"]) == ("rejected", f"{FILE_ID}-none")
    environment.drive.files[FILE_ID] = hidden
    assert environment.submit()["status"] == "accepted"


def test_accepts_a_file_restored_from_the_trash(environment: IntakeEnvironment) -> None:
    environment.drive.put(BIG, trashed=True)
    assert environment.submit()["status"] == "rejected"
    assert environment.submit()["status"] == "rejected"
    (versions,) = environment.ledger.history.values()
    assert len(versions) == 1
    environment.drive.put(BIG)
    answer = environment.submit()
    assert (answer["status"], answer["attempt"]) == ("accepted", 2)


def test_resubmitting_sends_a_message_that_failed_after_the_claim(environment: IntakeEnvironment) -> None:
    environment.queue.down = True
    with pytest.raises(RetryableError):
        environment.submit()
    environment.queue.down = False
    assert environment.submit()["status"] == "duplicate"
    assert len(environment.queue.messages) == 1


def test_resubmitting_a_failed_video_is_not_a_retry(environment: IntakeEnvironment) -> None:
    environment.submit()
    environment.ledger.save(environment.record.moved(State.FAILED, environment.clock.now()))
    assert environment.submit()["status"] == "duplicate"
    assert len(environment.queue.messages) == 1


def test_settings_of_a_call_apply_to_its_video(environment: IntakeEnvironment) -> None:
    environment.submit(limitBytes=1_500_000, minHeight=480)
    contract = environment.record.contract
    assert (contract.limit_bytes, contract.min_height, contract.compress_above_bytes) == (1_500_000, 480, LIMIT)


def test_rejects_settings_that_conflict_with_the_stacks(environment: IntakeEnvironment) -> None:
    with pytest.raises(InvalidRequestError, match="would be skipped although they exceed the limit"):
        environment.submit(compressAboveBytes=LIMIT + 1)
    assert environment.ledger.records == {}


def test_rejects_an_invalid_setting(environment: IntakeEnvironment) -> None:
    with pytest.raises(InvalidRequestError, match="limitBytes"):
        environment.submit(limitBytes=5)
    assert environment.ledger.records == {}


@pytest.mark.parametrize("code", sorted(RECHECKABLE_CODES))
def test_rechecks_a_video_whose_problem_a_person_can_fix(environment: IntakeEnvironment, code: str) -> None:
    environment.submit()
    record = environment.record
    state = State.CANCELLED if code == "superseded" else State.REJECTED
    environment.ledger.save(record.moved(state, environment.clock.now(), problem=Problem(code=code, sentence="No.")))
    answer = environment.submit()
    assert (answer["status"], answer["attempt"]) == ("accepted", 2)


def test_a_cancelled_video_stays_cancelled(environment: IntakeEnvironment) -> None:
    environment.submit()
    record = environment.record
    problem = Problem(code="job_cancelled", sentence="The compression was cancelled.")
    environment.ledger.save(record.moved(State.CANCELLED, environment.clock.now(), problem=problem))
    assert environment.submit()["status"] == "duplicate"


def test_a_new_attempt_keeps_nothing_of_the_previous_one(environment: IntakeEnvironment) -> None:
    environment.submit()
    record = environment.record
    used = record.but(
        upload=Upload(key="incoming/x/0001/source.mov", upload_id="u", part_bytes=1000),
        recoveries=7,
        cost_estimate_usd=1.0,
        pending_job=PendingJob(revision=1, submission=1, requested_at=environment.clock.now()),
    )
    problem = Problem(code="drive_not_found", sentence="It is not shared any more.")
    environment.ledger.save(used.moved(State.REJECTED, environment.clock.now(), problem=problem))
    environment.clock.forward(60)

    again = environment.ledger.records[str(environment.submit(limitBytes=1_200_000)["videoId"])]

    assert (again.attempt, again.state, again.contract.limit_bytes) == (2, State.QUEUED, 1_200_000)
    assert (again.upload, again.plan, again.job, again.problem) == (None, None, None, None)
    assert (again.recoveries, again.cost_estimate_usd) == (0, None)
    assert set(again.times) == {"submitted", "queued"}
    assert again.created_at == record.created_at
    assert again.due_at is not None


def test_the_answer_mentions_an_older_version(environment: IntakeEnvironment) -> None:
    assert "older version" not in str(environment.submit()["reason"])
    environment.drive.put(BIG + b"!", head_revision_id="rev2")
    assert "older version" in str(environment.submit()["reason"])


@pytest.mark.parametrize(
    "fault",
    [
        RetryableError("drive_unavailable", "Google Drive is busy."),
        WaitUntilError("drive_quota_exhausted", "No more today.", START),
        PermanentError("drive_key_refused", "Google does not accept the key."),
    ],
)
def test_raises_a_fault_of_drive_and_stores_nothing(environment: IntakeEnvironment, fault: VcpError) -> None:
    with failing(environment.drive, "facts", fault), pytest.raises(type(fault)):
        environment.submit()
    assert environment.ledger.records == {}
