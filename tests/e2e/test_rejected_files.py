"""What reaches a studio's folder and is no good video: refused before it is copied, in words, and nothing breaks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from tests.e2e.bad_files import BadFile

from localcloud.process import running_cloud
from tests.canaries import WebCanary, opened_since, web_canary
from tests.e2e import bad_files
from tests.waiting import eventually
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.clock import SystemClock
from vcp.adapters.probe.range_server import HEAD_BYTES
from vcp.domain.reporting import airtable_rows
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import FINAL, State
from vcpctl.demo.story import Story
from vcpctl.demo.world import STUDIO, World, furnish

pytestmark = pytest.mark.e2e

PATIENCE_SECONDS = 240.0
#: What only who made the pipeline would understand, or nobody should see.
JARGON = re.compile(
    r"Traceback|Exception|Error\b|ffprobe|ffmpeg|moov|demux|whitelist|Invalid data|0x|127\.0\.0\.1|vcp|\.py\b|None|null"
    r"|not_media|no_video|mediaconvert|verdict_|canary",
)
#: What Lambda itself writes among a function's lines.
PLATFORM_LINES = ("START ", "END ", "REPORT ", "INIT_START ")


@dataclass(frozen=True)
class End:
    """What became of a file, and what people saw of it."""

    file_id: str
    record: VideoRecord
    row: dict[str, Any]
    mail: Any

    @property
    def letter(self) -> str:
        """The mail's text without what SNS itself writes below it."""
        return str(self.mail.body).partition("\n--\n")[0]

    @property
    def code(self) -> str | None:
        return self.record.problem.code if self.record.problem else None

    @property
    def words(self) -> str:
        """The letter without the file's id, which is drawn at random and may spell anything."""
        return self.letter.replace(self.file_id, "")


@dataclass(frozen=True)
class Studio:
    """A world, and what is done in it."""

    world: World
    story: Story
    folder: Path

    def drop(self, name: str, content: bytes) -> dict[str, Any]:
        path = self.folder / uuid4().hex  # the stand-in reads it where it lies
        path.write_bytes(content)
        return self.world.cloud.console_client.drive.drop(
            path, name=name, parent=self.world.folder_id, owner=STUDIO, mime_type="video/mp4"
        )

    def submit(self, file: dict[str, Any]) -> str:
        return str(self.story.call_the_door(file)["videoId"])

    def end(self, video_id: str, file_id: str) -> End:
        """Once the ledger, the table and the mails all tell it."""
        ledger = DynamoLedger(self.world.cloud.client("dynamodb"), self.world.outputs["ledgerTable"], SystemClock())

        def told() -> End | None:
            record = ledger.get(video_id)
            if record is None or record.state not in FINAL:
                return None
            status = airtable_rows.status(record)
            row = next(
                (r for r in self.world.rows() if (r[airtable_rows.KEY_FIELD], r["Status"]) == (video_id, status)), None
            )
            mails = self.world.cloud.console_client.inbox.mails()
            told = [m for m in mails if video_id in m.body and not m.subject.startswith("Started")]
            return End(file_id, record, row, told[-1]) if row and told else None

        return eventually(told, PATIENCE_SECONDS, f"the end of {video_id} in ledger, table and mail")

    def stored(self, bucket: str) -> list[str]:
        """Keys of objects and of unfinished uploads in a bucket."""
        s3 = self.world.cloud.client("s3")
        name = self.world.outputs[bucket]
        objects = [found["Key"] for found in s3.list_objects_v2(Bucket=name).get("Contents", [])]
        return objects + [found["Key"] for found in s3.list_multipart_uploads(Bucket=name).get("Uploads", [])]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A cloud of its own: these tests count what is in its queues and buckets."""
    config = {"vcp:limitBytes": "2000000", "vcp:compressAboveBytes": "0"}
    with running_cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        world = furnish(cloud, config)
        folder = tmp_path_factory.mktemp("studio")
        yield Studio(world, Story(world, folder, lambda *_: None, PATIENCE_SECONDS), folder)


@pytest.fixture(scope="module")
def canary() -> Iterator[WebCanary]:
    with web_canary() as watching:
        yield watching


@dataclass(frozen=True)
class Refusals:
    """The bad files, dropped together, and how each of them ended."""

    ends: list[tuple[BadFile, End]]
    #: Right after all of them ended.
    left_in_buckets: list[str]
    canary_was_opened: bool


@pytest.fixture(scope="module")
def refusals(studio: Studio, canary: WebCanary) -> Refusals:
    secret = studio.folder / "canary.mp4"
    secret.write_bytes(bad_files.film(".mp4"))
    bad = bad_files.one_of_each(bad_files.bad_files(f"{canary.url}/a.ts", str(secret)))
    with opened_since(secret) as opened:
        dropped = [studio.drop(file.name, file.content) for file in bad]
        video_ids = [studio.submit(file) for file in dropped]
        ends = [studio.end(video_id, file["id"]) for video_id, file in zip(video_ids, dropped, strict=True)]
        left = studio.stored("tempBucket") + studio.stored("compressedBucket")
        return Refusals(list(zip(bad, ends, strict=True)), left, opened())


def test_rejects_every_file_with_its_code(refusals: Refusals) -> None:
    assert len(refusals.ends) > 15
    assert {file.name: (end.record.state, end.code) for file, end in refusals.ends} == {
        file.name: (State.REJECTED, file.code) for file, _ in refusals.ends
    }


def test_copies_nothing_and_reads_little(studio: Studio, refusals: Refusals) -> None:
    assert refusals.left_in_buckets == []
    drive = studio.world.cloud.console_client.drive
    for file, end in refusals.ends:
        served = sum(request["bytesServed"] or 0 for request in drive.requests(file_id=end.file_id) if request["media"])
        assert served <= max(2 * HEAD_BYTES, len(file.content)), file.name
        assert end.record.upload is None
        assert end.record.stored is None


def test_reads_only_the_beginning_of_a_large_file(studio: Studio, refusals: Refusals) -> None:
    known = {"Sign in.mp4", "cut.mov"}
    drive = studio.world.cloud.console_client.drive
    for file, end in refusals.ends:
        if file.name in known:
            served = sum(r["bytesServed"] or 0 for r in drive.requests(file_id=end.file_id) if r["media"])
            assert served == HEAD_BYTES < len(file.content)
            known.remove(file.name)
    assert not known


def test_never_opens_what_a_file_references(refusals: Refusals, canary: WebCanary) -> None:
    assert canary.visits == []
    assert not refusals.canary_was_opened


def test_the_row_states_the_reason_in_plain_words(refusals: Refusals) -> None:
    for file, end in refusals.ends:
        sentence = end.row["Error Message"]
        assert end.row["Status"] == "Rejected"
        assert end.row["File Name"] == file.name
        assert file.words in sentence, file.name
        assert sentence[0].isupper() or sentence[0] == '"'
        assert sentence.endswith(".")
        assert not JARGON.search(sentence), sentence
        assert "Compressed URL" not in end.row


def test_the_mail_states_file_reason_and_advice(refusals: Refusals) -> None:
    for file, end in refusals.ends:
        assert end.mail.subject == f"Cannot be compressed: {file.name}"
        assert f"“{file.name}”" in end.letter
        assert end.row["Error Message"] in end.letter
        assert "processed automatically" in end.letter
        assert not JARGON.search(end.words), end.letter


def test_queues_are_empty_and_no_function_failed(studio: Studio, refusals: Refusals) -> None:
    outputs = studio.world.outputs
    sqs = studio.world.cloud.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def waiting(url: str) -> int:
        return sum(int(n) for n in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())

    eventually(lambda: waiting(outputs["transferQueueUrl"]) == 0, what="an empty queue of transfers")
    assert {what: waiting(url) for what, url in outputs["failureQueueUrls"].items() if waiting(url)} == {}
    ours = set(outputs["functionNames"].values())
    calls = [c for c in studio.world.cloud.console_client.functions.invocations() if c.function in ours]
    assert len(calls) >= len(refusals.ends)
    assert [(call.function, call.errorType) for call in calls if call.outcome != "ok"] == []


@pytest.mark.usefixtures("refusals")
def test_no_log_contains_an_error_or_traceback(studio: Studio) -> None:
    logs = studio.world.cloud.client("logs")
    seen = 0
    for name in studio.world.outputs["functionNames"].values():
        for event in logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]:
            if event["message"].startswith(PLATFORM_LINES):
                continue
            line = json.loads(event["message"])
            assert line.get("level", "INFO") in ("INFO", "WARNING"), line
            assert "exception" not in line
            assert "Traceback" not in event["message"]
            seen += line.get("message") == "ended by"
    assert seen > 15


FRAGMENTS = ("-g", "10", "-movflags", "+frag_keyframe+empty_moov")
#: Files that are copied and reach the encoder: name -> content.
ENCODED: dict[str, Callable[[], bytes]] = {
    "Film in Kapiteln.mp4": lambda: bad_files.film(".mkv"),
    "Film 100%.avi": lambda: bad_files.film(".mov"),
    "flash of an eye.mp4": lambda: bad_files.film(".mp4", *bad_files.H264, "-frames:v", "1", sound=False),
    # Flash video and fragmented MP4 do not say where they end.
    "cut off.flv": lambda: bad_files.half(bad_files.film(".flv", seconds=6)),
    "cut off.mp4": lambda: bad_files.half(bad_files.film(".mp4", *bad_files.H264, *FRAGMENTS, seconds=4)),
}


@pytest.fixture(scope="module")
def encoded(studio: Studio) -> dict[str, End]:
    dropped = {name: studio.drop(name, make()) for name, make in ENCODED.items()}
    announced = {name: (studio.submit(file), file["id"]) for name, file in dropped.items()}
    return {name: studio.end(*known) for name, known in announced.items()}


@pytest.mark.parametrize(("name", "extension"), [("Film in Kapiteln.mp4", ".mkv"), ("Film 100%.avi", ".mov")])
def test_accepts_a_file_with_a_wrong_extension(
    studio: Studio, encoded: dict[str, End], name: str, extension: str
) -> None:
    record = encoded[name].record
    assert record.state is State.COMPLETED, record.problem
    assert record.result is not None
    assert record.result.facts.container.startswith("mov,mp4")
    assert record.stored is not None
    assert record.stored.key.endswith(extension), "the service is told what it is, not what it is called"
    head = studio.world.cloud.client("s3").head_object(
        Bucket=studio.world.outputs["compressedBucket"], Key=record.result.key
    )
    assert unquote(head["ContentDisposition"]).endswith(f"''{name[:-4]}.mp4")


def test_accepts_a_single_frame(encoded: dict[str, End]) -> None:
    end = encoded["flash of an eye.mp4"]
    assert end.record.state is State.COMPLETED, end.record.problem
    assert "Length:   0.04 s" in end.letter


@pytest.mark.parametrize("name", ["cut off.flv", "cut off.mp4"])
def test_rejects_damage_that_only_the_encoder_finds(studio: Studio, encoded: dict[str, End], name: str) -> None:
    end = encoded[name]
    assert end.record.state is State.REJECTED, end.record.problem
    assert "cut off" in end.row["Error Message"]
    assert "export it again" in end.letter
    assert not JARGON.search(end.words), end.letter
    assert not [key for key in studio.stored("compressedBucket") if end.record.video_id in key]


def test_rejects_a_file_that_grows_and_accepts_its_final_version(
    studio: Studio,
) -> None:
    whole = bad_files.film(".mp4", *bad_files.H264, "-movflags", "+faststart")
    assert len(whole) < HEAD_BYTES, "one reading is the probe's; the next one is the copy's"
    file = studio.drop("still uploading.mp4", whole)
    drive = studio.world.cloud.console_client.drive
    drive.fault("grow", bytes=100, only="media", skip=1, fileId=file["id"])
    stored = studio.stored("tempBucket")

    first = studio.end(studio.submit(file), file["id"])

    assert (first.record.state, first.code) == (State.REJECTED, "drive_file_changed")
    assert "replaced in Google Drive" in first.row["Error Message"]
    assert "no longer changes" in first.letter
    assert studio.stored("tempBucket") == stored, "no object, and no upload that was begun"

    last = studio.end(studio.submit(drive.file(file["id"])), file["id"])

    assert last.record.state is State.COMPLETED, last.record.problem
    assert last.record.stored is not None
    assert last.record.stored.md5 == drive.file(file["id"])["md5Checksum"] != first.record.source.md5
