"""The demo's scenario: the whole way of a video on the local cloud, from the Pulumi program, with real encodes."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.lambdahost.journal import InvocationRecord
from localcloud.process import RunningCloud
from rendering import probe
from tests.e2e.videos import make_video
from vcp.domain.video.states import State
from vcpctl.demo.outcome import Outcome, write_summary
from vcpctl.demo.report import write_report
from vcpctl.demo.story import Story
from vcpctl.demo.world import RECIPIENT, World, furnish

pytestmark = pytest.mark.e2e

LIMIT = 2_000_000
PATIENCE_SECONDS = 240.0
#: What Lambda itself writes among a function's lines.
PLATFORM_LINES = ("START ", "END ", "REPORT ", "INIT_START ")


@pytest.fixture(scope="module")
def asked_before(cloud: RunningCloud) -> Counter[tuple[str, str, str]]:
    """What the AWS endpoint was asked for by others, before this world was there."""
    return asked(cloud)


@pytest.fixture(scope="module")
def world(cloud: RunningCloud, asked_before: Counter[tuple[str, str, str]]) -> World:
    return furnish(
        cloud,
        {
            "vcp:limitBytes": str(LIMIT),
            "vcp:compressAboveBytes": str(LIMIT),
            # One second, so that a lost event is seen at the reconciler's next look.
            "vcp:transcodeTimeoutSeconds": "1",
        },
    )


@pytest.fixture(scope="module")
def story(world: World, tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(world, tmp_path_factory.mktemp("results"), lambda *_: None, PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("films") / "Tést film (v2) – 日本.mp4", seconds=4)


@pytest.fixture(scope="module")
def outcome(story: Story, film: Path) -> Outcome:
    return story.run(film)


@pytest.fixture(scope="module")
def invocations(world: World, outcome: Outcome) -> list[InvocationRecord]:
    """What the pipeline's functions did for the first video."""
    ours = set(world.outputs["functionNames"].values())
    return [call for call in world.cloud.console_client.functions.invocations() if call.function in ours]


def asked(cloud: RunningCloud) -> Counter[tuple[str, str, str]]:
    """How often: service, operation, and whether the request was valid by the service's model."""
    return Counter(
        {
            (each["service"], each["operation"], outcome): each[outcome]
            for each in cloud.console_client.requests()
            for outcome in ("valid", "refused", "unchecked")
        }
    )


def of(invocations: list[InvocationRecord], world: World, key: str) -> list[InvocationRecord]:
    return [call for call in invocations if call.function == world.outputs["functionNames"][key]]


def test_the_output_is_below_the_limit_and_verified(outcome: Outcome) -> None:
    assert outcome.record.state is State.COMPLETED, outcome.record.problem
    assert outcome.output is not None
    assert outcome.output.stat().st_size < LIMIT
    assert outcome.record.verdict is not None
    assert outcome.record.verdict.passed
    assert outcome.as_it_should


def test_the_delivered_file_meets_the_contract(outcome: Outcome) -> None:
    assert outcome.output is not None
    streams = probe(outcome.output)["streams"]
    (picture,) = [s for s in streams if s["codec_type"] == "video"]
    sounds = [s for s in streams if s["codec_type"] == "audio"]
    assert (picture["codec_name"], picture["width"], picture["height"]) == ("h264", 1280, 720)
    assert [(s["codec_name"], s["tags"]["language"]) for s in sounds] == [("aac", "eng"), ("aac", "deu")]
    assert outcome.output.name == "Tést film (v2) – 日本.mp4"


def test_the_original_in_drive_is_unchanged(world: World, outcome: Outcome, film: Path) -> None:
    file = world.cloud.console_client.drive.file(outcome.record.source.file_id)
    assert file["md5Checksum"] == hashlib.md5(film.read_bytes(), usedforsecurity=False).hexdigest()
    assert outcome.record.stored is not None
    assert outcome.record.stored.md5 == file["md5Checksum"]


def test_the_row_shows_the_outcome(outcome: Outcome) -> None:
    assert outcome.row is not None
    assert outcome.row["Status"] == "Completed"
    assert outcome.row["File Name"] == "Tést film (v2) – 日本.mp4"
    assert outcome.row["Compressed Size (MB)"] < outcome.row["Original Size (MB)"]
    assert outcome.row["Job ID"]
    assert "Error Message" not in outcome.row


def test_every_mail_is_sent_once_to_the_recipient(outcome: Outcome) -> None:
    subjects = [mail["subject"] for mail in outcome.mails]
    assert len(subjects) == len(set(subjects)) == 2
    assert {mail["to"] for mail in outcome.mails} == {RECIPIENT}


def test_every_function_runs_in_its_own_process(invocations: list[InvocationRecord]) -> None:
    functions_of_process: dict[int | None, set[str]] = {}
    for call in invocations:
        functions_of_process.setdefault(call.pid, set()).add(call.function)
    assert None not in functions_of_process
    assert os.getpid() not in functions_of_process
    assert [names for names in functions_of_process.values() if len(names) > 1] == [], "two functions shared a process"
    ran = set.union(*functions_of_process.values())
    assert ran >= {"video-file-processor", "video-transfer", "completion-handler", "MetaDataLogger", "video-notifier"}


def test_intake_answers_and_the_transfer_runs_separately(world: World, invocations: list[InvocationRecord]) -> None:
    (door,) = of(invocations, world, "intake")
    record_moves = of(invocations, world, "transfer")
    assert record_moves
    assert door.outcome == "ok"
    assert door.coldStart


def test_no_invocation_failed(invocations: list[InvocationRecord]) -> None:
    assert [(call.function, call.errorType) for call in invocations if call.outcome != "ok"] == []


def test_logs_are_structured_and_intake_logs_the_video_id(world: World, outcome: Outcome) -> None:
    logs = world.cloud.client("logs")
    of_functions: dict[str, list[dict[str, Any]]] = {}
    for name in world.outputs["functionNames"].values():
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        lines = [event["message"] for event in events if not event["message"].startswith(PLATFORM_LINES)]
        of_functions[name] = [json.loads(line) for line in lines]
    taken_in = [line for line in of_functions["video-file-processor"] if line.get("message") == "taken in"]
    assert outcome.record.video_id in [line["video_id"] for line in taken_in]
    assert {line["service"] for line in taken_in} == {"video-file-processor"}


def test_no_secret_is_in_a_log_an_environment_or_the_state(world: World, outcome: Outcome) -> None:
    secrets = world.cloud.client("secretsmanager")
    values = [
        secrets.get_secret_value(SecretId=secret["ARN"])["SecretString"]
        for secret in secrets.list_secrets()["SecretList"]
    ]
    needles = [json.loads(v)["private_key"][60:120] if v.startswith("{") else v for v in values]
    assert needles
    places = [p for p in world.cloud.state_dir.rglob("*") if p.suffix in (".log", ".json", ".jsonl") and p.is_file()]
    places = [path for path in places if "drive" not in path.parts]
    environments = json.dumps(
        [f.get("Environment", {}) for f in world.cloud.client("lambda").list_functions()["Functions"]]
    )
    for needle in needles:
        assert needle not in environments
        assert [str(path) for path in places if needle in path.read_text("utf-8", errors="replace")] == []


def test_resubmitting_the_video_is_a_duplicate(world: World, story: Story, outcome: Outcome) -> None:
    file = world.cloud.console_client.drive.file(outcome.record.source.file_id)
    jobs = len(world.cloud.console_client.mediaconvert.jobs())
    answer = story.call_the_door(file)
    assert (answer["status"], answer["videoId"]) == ("duplicate", outcome.record.video_id)
    assert len(world.cloud.console_client.mediaconvert.jobs()) == jobs


def test_compresses_a_video_of_another_format(story: Story, tmp_path: Path) -> None:
    film = make_video(
        tmp_path / "trailer.mov", seconds=2, size="1920x1080", rate="30000/1001", languages=("fra",), bitrate="12M"
    )
    second = story.run(film)
    assert second.record.state is State.COMPLETED, second.record.problem
    assert second.record.result is not None
    assert second.record.result.size_bytes < LIMIT
    assert second.record.result.facts.picture.short_side >= 720
    assert second.record.result.facts.audio[0].language in ("fra", "fre")


def test_skips_a_small_file_and_records_it(story: Story, tmp_path: Path) -> None:
    small = make_video(tmp_path / "clip.mp4", seconds=1, size="320x180", languages=("eng",), bitrate="300k")
    left = story.run(small)
    assert left.record.state is State.SKIPPED
    assert left.row is not None
    assert left.row["Status"] == "Skipped"
    assert left.output is None


def test_rejects_a_file_that_is_not_a_video(story: Story, tmp_path: Path) -> None:
    page = tmp_path / "film.mp4"
    page.write_text("<!DOCTYPE html><html><body>Virus scan warning</body></html>" + " " * (LIMIT + 10), "utf-8")
    refused = story.run(page)
    assert refused.record.state is State.REJECTED
    assert refused.record.problem is not None
    assert "web page" in refused.record.problem.sentence
    assert refused.row is not None
    assert refused.row["Status"] == "Rejected"
    assert refused.row["Error Message"]
    assert len(refused.mails) >= 1


@pytest.fixture
def lost_completion(world: World) -> Iterator[None]:
    world.cloud.console_client.mediaconvert.drop_event("COMPLETE")
    yield
    world.cloud.console_client.mediaconvert.clear_faults()


@pytest.mark.usefixtures("lost_completion")
def test_the_reconciler_replaces_a_lost_event(world: World, story: Story, tmp_path: Path) -> None:
    """The schedule does it within a minute; here the reconciler is asked at once, as soon as the job is over."""
    film = make_video(tmp_path / "lost.mp4", seconds=3, size="640x360", languages=("eng",), bitrate="8M")
    file = world.cloud.console_client.drive.drop(film, parent=world.folder_id)
    answer = story.call_the_door(file)
    record = story.watch(answer["videoId"], film.name, meanwhile=lambda: reconcile(world))
    assert record.state is State.COMPLETED, record.problem
    assert record.recoveries == 1


def reconcile(world: World) -> None:
    name = world.outputs["functionNames"]["reconciler"]
    answer = world.cloud.client("lambda").invoke(FunctionName=name, InvocationType="RequestResponse", Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


def test_every_request_was_valid_by_its_service_model(
    world: World, outcome: Outcome, asked_before: Counter[tuple[str, str, str]]
) -> None:
    ours = asked(world.cloud) - asked_before
    assert {request for request in ours if request[2] != "valid"} == set()
    assert {(service, operation) for service, operation, _ in ours} >= {
        ("dynamodb", "TransactWriteItems"), ("events", "PutTargets"), ("iam", "PutRolePolicy"),
        ("lambda", "CreateFunction"), ("mediaconvert", "CreateJob"), ("s3", "CompleteMultipartUpload"),
        ("secretsmanager", "GetSecretValue"), ("sns", "Publish"), ("sqs", "SendMessage"),
    }  # fmt: skip


def test_summary_and_report_cover_every_outcome(story: Story, outcome: Outcome, tmp_path: Path) -> None:
    write_summary(tmp_path / "summary.json", [outcome])
    write_report(tmp_path / "report.html", [outcome], outcome.record.updated_at)
    (video,) = json.loads((tmp_path / "summary.json").read_text("utf-8"))["videos"]
    for name, value in video.items():
        assert value is not None or name in video["notMeasured"], f"{name} is null without a reason"
    assert Path(video["outputPath"]).is_file()
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("data:image/jpeg") == 6
    assert "Tést film" in page
