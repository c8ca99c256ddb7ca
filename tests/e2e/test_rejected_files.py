"""Files that cannot be compressed: each is rejected with a reason that people understand, without side effects."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest

from localcloud.inbox.client import Mail
from tests.canaries import WebCanary, opened_since
from tests.e2e import rejected_files
from tests.e2e.environment import TIMEOUT_SECONDS, Answer, Environment
from tests.e2e.rejected_files import RejectedFile
from tests.waiting import eventually
from vcp.adapters.probe.range_server import HEAD_BYTES
from vcp.domain.reporting import airtable_rows
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import FINAL, State

#: Internals that no uploader should read.
JARGON = re.compile(
    r"Traceback|Exception|Error\b|ffprobe|ffmpeg|moov|demux|whitelist|Invalid data|0x|127\.0\.0\.1|vcp|\.py\b|None|null"
    r"|not_media|no_video|mediaconvert|verdict_|canary",
)
BUCKETS = ("tempBucket", "compressedBucket")


@dataclass(frozen=True)
class Outcome:
    """The outcome of a file, and what people saw of it."""

    file_id: str
    record: VideoRecord
    row: dict[str, Any]
    mail: Mail

    @property
    def text(self) -> str:
        """The mail without the lines that SNS adds."""
        return str(self.mail.body).partition("\n--\n")[0]

    @property
    def words(self) -> str:
        """The text without the file's id, whose random letters may spell anything."""
        return self.text.replace(self.file_id, "")

    @property
    def code(self) -> str | None:
        return self.record.problem.code if self.record.problem else None


def drop(environment: Environment, name: str, content: bytes) -> dict[str, Any]:
    return environment.drop(name, content=content, mime_type="video/mp4")


def submit(environment: Environment, file: dict[str, Any]) -> Answer:
    """Submit a file of any size."""
    return environment.submit({**file, "compressAboveBytes": 0})


def outcome_of(environment: Environment, video_id: str) -> Outcome:
    """Wait until ledger, table and mails show the outcome."""

    def outcome() -> Outcome | None:
        record = environment.find_record(video_id)
        if record is None or record.state not in FINAL:
            return None
        row = environment.find_row(video_id, airtable_rows.status(record))
        mails = [mail for mail in environment.mails(video_id) if not mail.subject.startswith("Started")]
        return Outcome(record.source.file_id, record, row, mails[-1]) if row and mails else None

    return eventually(outcome, TIMEOUT_SECONDS, f"the outcome of {video_id} in ledger, table and mail")


@dataclass(frozen=True)
class Rejections:
    """The rejected files, submitted together, with their outcomes."""

    outcomes: list[tuple[RejectedFile, Outcome]]
    started_at: float
    #: Keys that the files added to the buckets.
    stored: set[str]
    canary_was_opened: bool


@pytest.fixture(scope="module")
def rejections(environment: Environment, canary: WebCanary) -> Rejections:
    secret = environment.folder / "canary.mp4"
    secret.write_bytes(rejected_files.film(".mp4"))
    files = rejected_files.one_of_each(rejected_files.rejected_files(f"{canary.url}/a.ts", str(secret)))
    started_at, stored = time.time(), environment.stored(*BUCKETS)
    with opened_since(secret) as opened:
        dropped = [drop(environment, file.name, file.content) for file in files]
        answers = [submit(environment, file) for file in dropped]
        outcomes = [outcome_of(environment, answer.videoId) for answer in answers]
        added = environment.stored(*BUCKETS) - stored
        return Rejections(list(zip(files, outcomes, strict=True)), started_at, added, opened())


def bytes_read(environment: Environment, outcome: Outcome) -> int:
    requests = environment.drive.requests(file_id=outcome.file_id)
    return sum(request["bytesServed"] or 0 for request in requests if request["media"])


def test_rejects_every_file_with_its_code(rejections: Rejections) -> None:
    assert len(rejections.outcomes) > 15
    assert {file.name: (outcome.record.state, outcome.code) for file, outcome in rejections.outcomes} == {
        file.name: (State.REJECTED, file.code) for file, _ in rejections.outcomes
    }


def test_copies_nothing_and_reads_little(environment: Environment, rejections: Rejections) -> None:
    assert rejections.stored == set()
    for file, outcome in rejections.outcomes:
        assert bytes_read(environment, outcome) <= max(2 * HEAD_BYTES, len(file.content)), file.name
        assert outcome.record.upload is None
        assert outcome.record.stored is None


def test_reads_only_the_beginning_of_a_large_file(environment: Environment, rejections: Rejections) -> None:
    large = {file.name: (file, outcome) for file, outcome in rejections.outcomes}
    for file, outcome in (large["Sign in.mp4"], large["cut.mov"]):
        assert bytes_read(environment, outcome) == HEAD_BYTES < len(file.content)


def test_never_opens_what_a_file_references(rejections: Rejections, canary: WebCanary) -> None:
    assert canary.visits == []
    assert not rejections.canary_was_opened


def test_the_row_states_the_reason_in_plain_words(rejections: Rejections) -> None:
    for file, outcome in rejections.outcomes:
        sentence = outcome.row["Error Message"]
        assert outcome.row["Status"] == "Rejected"
        assert outcome.row["File Name"] == file.name
        assert file.words in sentence, file.name
        assert sentence[0].isupper() or sentence[0] == '"'
        assert sentence.endswith(".")
        assert not JARGON.search(sentence), sentence
        assert "Compressed URL" not in outcome.row


def test_the_mail_states_file_reason_and_advice(rejections: Rejections) -> None:
    for file, outcome in rejections.outcomes:
        assert outcome.mail.subject == f"Cannot be compressed: {file.name}"
        assert f"“{file.name}”" in outcome.text
        assert outcome.row["Error Message"] in outcome.text
        assert "processed automatically" in outcome.text
        assert not JARGON.search(outcome.words), outcome.text


def test_queues_are_empty_and_no_function_failed(environment: Environment, rejections: Rejections) -> None:
    outputs = environment.outputs
    eventually(lambda: environment.messages(outputs["transferQueueUrl"]) == 0, what="an empty transfer queue")
    failures = {name: environment.messages(url) for name, url in outputs["failureQueueUrls"].items()}
    assert {name: count for name, count in failures.items() if count} == {}
    calls = environment.invocations(rejections.started_at)
    assert len(calls) >= len(rejections.outcomes)
    assert [(call.function, call.errorType) for call in calls if call.outcome != "ok"] == []


def test_no_log_contains_an_error_or_traceback(environment: Environment, rejections: Rejections) -> None:
    names = environment.outputs["functionNames"].values()
    lines = [line for name in names for line in environment.log(name, rejections.started_at)]
    for line in lines:
        assert line.get("level", "INFO") in ("INFO", "WARNING"), line
        assert "exception" not in line
        assert "Traceback" not in str(line)
    assert sum(line.get("message") == "the step failed" for line in lines) > 15


FRAGMENTS = ("-g", "10", "-movflags", "+frag_keyframe+empty_moov")
#: Name -> content of files that reach the encoder.
ENCODED: dict[str, Callable[[], bytes]] = {
    "Film in Kapiteln.mp4": lambda: rejected_files.film(".mkv"),
    "Film 100%.avi": lambda: rejected_files.film(".mov"),
    "flash of an eye.mp4": lambda: rejected_files.film(".mp4", *rejected_files.H264, "-frames:v", "1", sound=False),
    # Flash video and fragmented MP4 do not state where they end.
    "cut off.flv": lambda: rejected_files.half(rejected_files.film(".flv", seconds=6)),
    "cut off.mp4": lambda: rejected_files.half(
        rejected_files.film(".mp4", *rejected_files.H264, *FRAGMENTS, seconds=4)
    ),
}


@pytest.fixture(scope="module")
def encoded(environment: Environment) -> dict[str, Outcome]:
    answers = {name: submit(environment, drop(environment, name, make())) for name, make in ENCODED.items()}
    return {name: outcome_of(environment, answer.videoId) for name, answer in answers.items()}


@pytest.mark.parametrize(("name", "extension"), [("Film in Kapiteln.mp4", ".mkv"), ("Film 100%.avi", ".mov")])
def test_accepts_a_file_with_a_wrong_extension(
    environment: Environment, encoded: dict[str, Outcome], name: str, extension: str
) -> None:
    record = encoded[name].record
    assert record.state is State.COMPLETED, record.problem
    assert record.result is not None
    assert record.result.facts.container.startswith("mov,mp4")
    assert record.stored is not None
    assert record.stored.key.endswith(extension), "the extension is that of the container"
    head = environment.cloud.client("s3").head_object(
        Bucket=environment.outputs["compressedBucket"], Key=record.result.key
    )
    assert unquote(head["ContentDisposition"]).endswith(f"''{name[:-4]}.mp4")


def test_accepts_a_single_frame(encoded: dict[str, Outcome]) -> None:
    outcome = encoded["flash of an eye.mp4"]
    assert outcome.record.state is State.COMPLETED, outcome.record.problem
    assert "Duration: 0.04 s" in outcome.text


@pytest.mark.parametrize("name", ["cut off.flv", "cut off.mp4"])
def test_rejects_damage_that_only_the_encoder_finds(
    environment: Environment, encoded: dict[str, Outcome], name: str
) -> None:
    outcome = encoded[name]
    assert outcome.record.state is State.REJECTED, outcome.record.problem
    assert "cut off" in outcome.row["Error Message"]
    assert "export it again" in outcome.text
    assert not JARGON.search(outcome.words), outcome.text
    assert not [key for key in environment.stored("compressedBucket") if outcome.record.video_id in key]


def test_rejects_a_file_that_grows_and_accepts_its_final_version(environment: Environment) -> None:
    content = rejected_files.film(".mp4", *rejected_files.H264, "-movflags", "+faststart")
    assert len(content) < HEAD_BYTES, "the first read is the probe's, the second the copy's"
    file = drop(environment, "still uploading.mp4", content)
    environment.drive.fault("grow", bytes=100, only="media", skip=1, fileId=file["id"])
    stored = environment.stored("tempBucket")

    first = outcome_of(environment, submit(environment, file).videoId)

    assert (first.record.state, first.code) == (State.REJECTED, "drive_file_changed")
    assert "replaced in Google Drive" in first.row["Error Message"]
    assert "once it is complete" in first.text
    assert environment.stored("tempBucket") == stored, "neither an object nor an unfinished upload"

    final = environment.drive.file(file["id"])
    last = outcome_of(environment, submit(environment, final).videoId)

    assert last.record.state is State.COMPLETED, last.record.problem
    assert last.record.require_stored().md5 == final["md5Checksum"] != first.record.source.md5
