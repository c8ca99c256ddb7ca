"""A video from Drive to the compressed bucket, on the deployed pipeline with real encodes."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.lambdahost.journal import InvocationRecord
from rendering import probe
from tests.e2e.environment import LIMIT, SMALL_BYTES, Environment, Requests, requests_of
from tests.e2e.videos import make_video
from vcp.domain.video.states import State
from vcpctl.demo.environment import RECIPIENT
from vcpctl.demo.outcome import Outcome, write_summary
from vcpctl.demo.report import write_report


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("films") / "Tést film (v2) – 日本.mp4", seconds=4)


@pytest.fixture(scope="module")
def started() -> float:
    return time.time()


@pytest.fixture(scope="module")
def outcome(environment: Environment, film: Path, started: float) -> Outcome:
    return environment.run.run(film)


@pytest.fixture(scope="module")
def invocations(environment: Environment, outcome: Outcome, started: float) -> list[InvocationRecord]:
    """Return the invocations for the first video."""
    return environment.invocations(started)


def test_the_output_is_below_the_limit_and_verified(outcome: Outcome) -> None:
    assert outcome.record.state is State.COMPLETED, outcome.record.problem
    assert outcome.output is not None
    assert outcome.output.stat().st_size < LIMIT
    assert outcome.record.verdict is not None
    assert outcome.record.verdict.passed
    assert outcome.succeeded


def test_the_delivered_file_meets_the_contract(outcome: Outcome) -> None:
    assert outcome.output is not None
    streams = probe(outcome.output)["streams"]
    (picture,) = [s for s in streams if s["codec_type"] == "video"]
    audio = [s for s in streams if s["codec_type"] == "audio"]
    assert (picture["codec_name"], picture["width"], picture["height"]) == ("h264", 1280, 720)
    assert [(s["codec_name"], s["tags"]["language"]) for s in audio] == [("aac", "eng"), ("aac", "deu")]
    assert outcome.output.name == "Tést film (v2) – 日本.mp4"


def test_the_original_in_drive_is_unchanged(environment: Environment, outcome: Outcome, film: Path) -> None:
    file = environment.drive.file(outcome.record.source.file_id)
    assert file["md5Checksum"] == hashlib.md5(film.read_bytes(), usedforsecurity=False).hexdigest()
    assert outcome.record.require_stored().md5 == file["md5Checksum"]


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
    functions: dict[int | None, set[str]] = {}
    for call in invocations:
        functions.setdefault(call.pid, set()).add(call.function)
    assert None not in functions
    assert os.getpid() not in functions
    assert [names for names in functions.values() if len(names) > 1] == []
    assert set.union(*functions.values()) >= {
        "video-file-processor", "video-transfer", "completion-handler", "MetaDataLogger", "video-notifier",
    }  # fmt: skip


def test_intake_is_called_once_and_leaves_the_transfer_to_another_function(
    environment: Environment, invocations: list[InvocationRecord]
) -> None:
    (intake,) = [call for call in invocations if call.function == environment.function("intake")]
    transfers = [call for call in invocations if call.function == environment.function("transfer")]
    assert intake.outcome == "ok"
    assert transfers
    assert min(call.startedAt for call in transfers) > intake.startedAt


def test_no_invocation_failed(invocations: list[InvocationRecord]) -> None:
    assert [(call.function, call.errorType) for call in invocations if call.outcome != "ok"] == []


def test_logs_are_structured_and_intake_logs_the_video_id(
    environment: Environment, outcome: Outcome, started: float
) -> None:
    lines = {name: environment.log(name, started) for name in environment.outputs["functionNames"].values()}
    accepted = [line for line in lines["video-file-processor"] if line.get("message") == "accepted"]
    assert outcome.record.video_id in [line["video_id"] for line in accepted]
    assert {line["service"] for line in accepted} == {"video-file-processor"}


def test_no_secret_is_in_a_log_an_environment_or_the_state(environment: Environment, outcome: Outcome) -> None:
    client = environment.cloud.client("secretsmanager")
    arns = [secret["ARN"] for secret in client.list_secrets()["SecretList"]]
    values = [client.get_secret_value(SecretId=arn)["SecretString"] for arn in arns]
    needles = [json.loads(value)["private_key"][60:120] if value.startswith("{") else value for value in values]
    assert needles
    files = [
        path
        for path in environment.cloud.state_dir.rglob("*")
        if path.suffix in (".log", ".json", ".jsonl") and path.is_file() and "drive" not in path.parts
    ]
    functions = environment.cloud.client("lambda").list_functions()["Functions"]
    variables = json.dumps([function.get("Environment", {}) for function in functions])
    for needle in needles:
        assert needle not in variables
        assert [str(path) for path in files if needle in path.read_text("utf-8", errors="replace")] == []


def test_resubmitting_the_video_is_a_duplicate(environment: Environment, outcome: Outcome) -> None:
    jobs = len(environment.cloud.console_client.mediaconvert.jobs())
    answer = environment.submit(environment.drive.file(outcome.record.source.file_id))
    assert (answer.status, answer.videoId) == ("duplicate", outcome.record.video_id)
    assert len(environment.cloud.console_client.mediaconvert.jobs()) == jobs


def test_compresses_a_video_of_another_format(environment: Environment, tmp_path: Path) -> None:
    film = make_video(
        tmp_path / "trailer.mov", seconds=2, size="1920x1080", rate="30000/1001", languages=("fra",), bitrate="12M"
    )
    record = environment.run.run(film).record
    assert record.state is State.COMPLETED, record.problem
    assert record.result is not None
    assert record.result.size_bytes < LIMIT
    assert record.result.facts.picture.short_side >= 720
    assert record.result.facts.audio[0].language in ("fra", "fre")


def test_skips_a_small_file_and_records_it(environment: Environment, tmp_path: Path) -> None:
    small = tmp_path / "clip.mp4"
    small.write_bytes(b"." * SMALL_BYTES)
    skipped = environment.run.run(small)
    assert skipped.record.state is State.SKIPPED
    assert skipped.row is not None
    assert skipped.row["Status"] == "Skipped"
    assert skipped.output is None


def test_rejects_a_file_that_is_not_a_video(environment: Environment, tmp_path: Path) -> None:
    page = tmp_path / "film.mp4"
    page.write_text("<!DOCTYPE html><html><body>Virus scan warning</body></html>" + " " * (LIMIT + 10), "utf-8")
    rejected = environment.run.run(page)
    assert rejected.record.state is State.REJECTED
    assert rejected.record.problem is not None
    assert "web page" in rejected.record.problem.sentence
    assert rejected.row is not None
    assert rejected.row["Status"] == "Rejected"
    assert rejected.row["Error Message"]
    assert len(rejected.mails) >= 1


@pytest.fixture
def lost_completion(environment: Environment) -> Iterator[None]:
    environment.cloud.console_client.mediaconvert.drop_event("COMPLETE")
    yield
    environment.cloud.console_client.mediaconvert.clear_faults()


@pytest.mark.usefixtures("lost_completion")
def test_the_reconciler_replaces_a_lost_event(environment: Environment, tmp_path: Path) -> None:
    """The reconciler is invoked all the time, so that it acts as soon as the job is complete."""
    film = make_video(tmp_path / "lost.mp4", seconds=3, size="640x360", languages=("eng",), bitrate="8M")
    answer = environment.submit(environment.drive.drop(film, parent=environment.folder_id))

    def reconcile() -> None:
        assert environment.invoke("reconciler").error is None

    record = environment.run.watch(answer.videoId, film.name, meanwhile=reconcile)
    assert record.state is State.COMPLETED, record.problem
    assert record.recoveries == 1


def test_every_request_was_valid_by_its_service_model(
    environment: Environment, outcome: Outcome, requests_before: Requests
) -> None:
    requests = requests_of(environment.cloud) - requests_before
    assert {request for request in requests if request[2] != "valid"} == set()
    assert {(service, operation) for service, operation, _ in requests} >= {
        ("dynamodb", "TransactWriteItems"), ("events", "PutTargets"), ("iam", "PutRolePolicy"),
        ("lambda", "CreateFunction"), ("mediaconvert", "CreateJob"), ("s3", "CompleteMultipartUpload"),
        ("secretsmanager", "GetSecretValue"), ("sns", "Publish"), ("sqs", "SendMessage"),
    }  # fmt: skip


def test_summary_and_report_cover_every_outcome(outcome: Outcome, tmp_path: Path) -> None:
    write_summary(tmp_path / "summary.json", [outcome])
    write_report(tmp_path / "report.html", [outcome], outcome.record.updated_at)
    (video,) = json.loads((tmp_path / "summary.json").read_text("utf-8"))["videos"]
    for name, value in video.items():
        assert value is not None or name in video["notMeasured"], f"{name} is null without a reason"
    assert Path(video["outputPath"]).is_file()
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("data:image/jpeg") == 6
    assert "Tést film" in page
