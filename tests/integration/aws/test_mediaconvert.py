"""Jobs of MediaConvert: submission, lookup, and the service's errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from localcloud.process import RunningCloud
from tests.integration.conftest import Answering, web_server
from tests.rendering.media import job_settings
from vcp.adapters.aws.mediaconvert import JobLookup, MediaConvertTranscoder
from vcp.domain.errors import PermanentError, RetryableError

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
#: No retries by botocore: errors are returned at once.
NO_RETRIES = Config(retries={"total_max_attempts": 1, "mode": "standard"})


@pytest.fixture(scope="module")
def role(cloud: RunningCloud) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "mediaconvert.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = cloud.client("iam").create_role(RoleName=f"mc-{uuid4().hex}", AssumeRolePolicyDocument=json.dumps(trust))
    return str(role["Role"]["Arn"])


@pytest.fixture
def queue(cloud: RunningCloud) -> str:
    """Create a paused queue, which starts no jobs."""
    answer = cloud.client("mediaconvert").create_queue(Name=f"queue-{uuid4().hex}", Status="PAUSED")
    return str(answer["Queue"]["Arn"])


@pytest.fixture
def preset(cloud: RunningCloud) -> str:
    name = f"house-{uuid4().hex}"
    cloud.client("mediaconvert").create_preset(Name=name, Settings=preset_settings())
    return name


def preset_settings() -> dict[str, Any]:
    output = job_settings()["OutputGroups"][0]["Outputs"][0]
    return {key: output[key] for key in ("ContainerSettings", "VideoDescription", "AudioDescriptions")}


def settings(bucket: str = "nowhere") -> dict[str, Any]:
    document = job_settings()
    document["Inputs"][0]["FileInput"] = f"s3://{bucket}/incoming/film.mp4"
    group = document["OutputGroups"][0]["OutputGroupSettings"]["FileGroupSettings"]
    group["Destination"] = f"s3://{bucket}/staging/video"
    return document


def metadata(video_id: str, attempt: int = 1, revision: int = 1) -> dict[str, str]:
    return {"VideoId": video_id, "Attempt": str(attempt), "Revision": str(revision), "Stack": "test"}


@pytest.fixture
def transcoder(cloud: RunningCloud, queue: str, role: str, preset: str) -> MediaConvertTranscoder:
    client = cloud.client("mediaconvert", config=NO_RETRIES)
    return MediaConvertTranscoder(client, queue_arn=queue, role_arn=role, preset_name=preset, status_update_seconds=45)


def test_returns_a_copy_of_the_preset_settings(transcoder: MediaConvertTranscoder) -> None:
    first = transcoder.preset_settings()
    assert first["VideoDescription"]["CodecSettings"]["Codec"] == "H_264"
    first["VideoDescription"].clear()

    assert transcoder.preset_settings()["VideoDescription"]["CodecSettings"]["Codec"] == "H_264"


def test_submits_a_job_with_the_pipelines_settings(
    transcoder: MediaConvertTranscoder, cloud: RunningCloud, queue: str, role: str
) -> None:
    job_id = transcoder.submit(settings(), metadata("video-1"), "token-1")

    job = cloud.client("mediaconvert").get_job(Id=job_id)["Job"]
    assert (job["Queue"], job["Role"], job["UserMetadata"]) == (queue, role, metadata("video-1"))
    # 45 s is not an allowed interval; the next shorter one is 30 s.
    assert (job["StatusUpdateInterval"], job["BillingTagsSource"]) == ("SECONDS_30", "QUEUE")
    assert job["AccelerationSettings"] == {"Mode": "DISABLED"}
    assert job["Settings"]["Inputs"][0]["FileInput"] == "s3://nowhere/incoming/film.mp4"
    status = transcoder.status(job_id)
    assert (status.job_id, status.status, status.error_code) == (job_id, "SUBMITTED", None)
    assert status.user_metadata == metadata("video-1")


def test_the_same_token_creates_one_job(transcoder: MediaConvertTranscoder) -> None:
    jobs = {transcoder.submit(settings(), metadata("video-2"), "token-2") for _ in range(3)}

    assert len(jobs) == 1


def test_finds_a_job_by_video_attempt_and_revision(
    transcoder: MediaConvertTranscoder, cloud: RunningCloud, role: str, preset: str
) -> None:
    wanted = transcoder.submit(settings(), metadata("video-3", 2, 1), uuid4().hex)
    for number in range(19):  # more than one page
        transcoder.submit(settings(), metadata(f"other-{number}"), uuid4().hex)
    transcoder.submit(settings(), metadata("video-3", 1, 1), uuid4().hex)
    transcoder.submit(settings(), metadata("video-3", 2, 2), uuid4().hex)

    found = transcoder.find("video-3", 2, 1, LONG_AGO)

    assert found is not None
    assert (found.job_id, found.status) == (wanted, "SUBMITTED")
    assert transcoder.find("video-3", 3, 1, LONG_AGO) is None
    assert transcoder.find("video-3", 2, 1, datetime.now(UTC) + timedelta(minutes=5)) is None
    other_queue = cloud.client("mediaconvert").create_queue(Name=f"queue-{uuid4().hex}")["Queue"]["Arn"]
    elsewhere = MediaConvertTranscoder(
        cloud.client("mediaconvert"), queue_arn=other_queue, role_arn=role, preset_name=preset
    )
    assert elsewhere.find("video-3", 2, 1, LONG_AGO) is None


def test_finds_a_job_submitted_in_the_same_second(transcoder: MediaConvertTranscoder) -> None:
    before = datetime.now(UTC)
    job_id = transcoder.submit(settings(), metadata("video-4"), uuid4().hex)

    found = transcoder.find("video-4", 1, 1, before)

    assert found is not None
    assert found.job_id == job_id


def test_reports_why_a_job_failed(
    transcoder: MediaConvertTranscoder, cloud: RunningCloud, queue: str, until: Callable[[Callable[[], bool]], None]
) -> None:
    job_id = transcoder.submit(settings("no-such-bucket-anywhere"), metadata("video-5"), uuid4().hex)
    cloud.client("mediaconvert").update_queue(Name=queue.rsplit("/", 1)[1], Status="ACTIVE")

    until(lambda: transcoder.status(job_id).status == "ERROR")

    status = JobLookup(cloud.client("mediaconvert")).status(job_id)
    assert status.error_code == 1404
    assert "no-such-bucket-anywhere" in (status.error_message or "")


def test_canceling_a_job_is_idempotent(
    transcoder: MediaConvertTranscoder, until: Callable[[Callable[[], bool]], None]
) -> None:
    job_id = transcoder.submit(settings(), metadata("video-6"), uuid4().hex)

    transcoder.cancel(job_id)

    until(lambda: transcoder.status(job_id).status == "CANCELED")
    transcoder.cancel(job_id)


def test_throttling_is_retryable(transcoder: MediaConvertTranscoder, cloud: RunningCloud) -> None:
    cloud.console_client.mediaconvert.throttle("CreateJob", 1)

    with pytest.raises(RetryableError, match="TooManyRequestsException"):
        transcoder.submit(settings(), metadata("video-7"), uuid4().hex)
    assert transcoder.submit(settings(), metadata("video-7"), uuid4().hex)


def test_a_rejected_request_is_a_permanent_error(transcoder: MediaConvertTranscoder) -> None:
    wrong = settings()
    h264 = wrong["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["CodecSettings"]["H264Settings"]
    h264["MaxBitrate"] = 999

    with pytest.raises(PermanentError, match="transcode_refused") as caught:
        transcoder.submit(wrong, metadata("video-8"), uuid4().hex)
    assert "axBitrate" in caught.value.detail


def test_an_invalid_request_is_a_permanent_error(transcoder: MediaConvertTranscoder) -> None:
    with pytest.raises(PermanentError, match="transcode_refused"):
        transcoder.submit({**settings(), "NoSuchSetting": 1}, metadata("video-9"), uuid4().hex)


def test_missing_preset_or_job_is_a_permanent_error(
    transcoder: MediaConvertTranscoder, cloud: RunningCloud, queue: str, role: str
) -> None:
    missing = MediaConvertTranscoder(
        cloud.client("mediaconvert"), queue_arn=queue, role_arn=role, preset_name="no-such-preset"
    )
    with pytest.raises(PermanentError, match="NotFound"):
        missing.preset_settings()
    with pytest.raises(PermanentError, match="NotFound"):
        transcoder.status("1700000000000-abc123")
    with pytest.raises(PermanentError, match="NotFound"):
        transcoder.cancel("1700000000000-abc123")


@contextmanager
def failing_service(status: int, kind: str) -> Iterator[MediaConvertTranscoder]:
    """A service that answers every request with one error of its model."""

    class Handler(Answering):
        def answer(self) -> None:
            body = json.dumps({"message": "reason of the service"}).encode()
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("x-amzn-ErrorType", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with web_server(Handler) as url:
        client = boto3.client(
            "mediaconvert",
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=NO_RETRIES,
        )
        yield MediaConvertTranscoder(client, queue_arn="q", role_arn="r", preset_name="p")


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (429, "TooManyRequestsException", RetryableError),
        (500, "InternalServerErrorException", RetryableError),
        (503, "ServiceUnavailable", RetryableError),
        (409, "ConflictException", RetryableError),
        (400, "BadRequestException", PermanentError),
        (402, "ServiceQuotaExceededException", PermanentError),
        (403, "ForbiddenException", PermanentError),
        (404, "NotFoundException", PermanentError),
    ],
)
def test_translates_each_service_error(status: int, kind: str, error: type[Exception]) -> None:
    with failing_service(status, kind) as transcoder, pytest.raises(error) as caught:
        transcoder.submit(settings(), metadata("video"), "token")

    assert type(caught.value) is error
    assert "reason of the service" in str(caught.value)
