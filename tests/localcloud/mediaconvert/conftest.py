"""Fixtures for MediaConvert: buckets, a role, a queue, clips, and a queue of the service's events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from localcloud.mediaconvert.client import MediaConvertClient
from localcloud.process import RunningCloud
from tests.rendering.media import job_settings, make_clip
from tests.waiting import eventually

T = TypeVar("T")
LIMIT_SECONDS = 60.0
TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "mediaconvert.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def wait_until(look: Callable[[], T | None], what: str, limit_seconds: float = LIMIT_SECONDS) -> T:
    """Return what `look` finds, as soon as it finds something."""
    return eventually(look, limit_seconds, what)


@dataclass
class Studio:
    """Submit jobs and observe their results and events."""

    cloud: RunningCloud
    source: str
    target: str
    role: str
    queue: str
    event_queue: str
    console: MediaConvertClient
    mediaconvert: Any
    s3: Any
    sqs: Any
    _events: list[dict[str, Any]] = field(default_factory=list)

    def put(self, path: Path, key: str | None = None) -> str:
        """Store a clip in the source bucket; return its s3:// address."""
        key = key or f"in/{uuid.uuid4().hex}/{path.name}"
        self.s3.upload_file(str(path), self.source, key)
        return f"s3://{self.source}/{key}"

    def settings(self, uri: str, destination: str | None = None, **h264: Any) -> dict[str, Any]:
        """Return job settings from `uri` to a unique prefix."""
        settings = job_settings(**h264)
        settings["Inputs"][0]["FileInput"] = uri
        group = settings["OutputGroups"][0]["OutputGroupSettings"]["FileGroupSettings"]
        group["Destination"] = destination or f"s3://{self.target}/out/{uuid.uuid4().hex}/video"
        return settings

    def submit(self, settings: dict[str, Any], **request: Any) -> str:
        """Create a job; return its id."""
        request = {"Role": self.role, "Queue": self.queue, **request}
        return str(self.mediaconvert.create_job(Settings=settings, **request)["Job"]["Id"])

    def finish(self, job_id: str) -> dict[str, Any]:
        """Wait for the end of a job; return it as GetJob shows it."""

        def ended() -> dict[str, Any] | None:
            job: dict[str, Any] = self.mediaconvert.get_job(Id=job_id)["Job"]
            return job if job["Status"] in ("COMPLETE", "ERROR", "CANCELED") else None

        return wait_until(ended, f"the end of job {job_id}")

    def run(self, settings: dict[str, Any], **request: Any) -> dict[str, Any]:
        """Submit a job and wait for its end."""
        return self.finish(self.submit(settings, **request))

    def events(self, job_id: str, until: str) -> list[dict[str, Any]]:
        """Return a job's events in the order of their timestamps, once the one with status `until` has arrived."""

        def arrived() -> list[dict[str, Any]] | None:
            answer = self.sqs.receive_message(QueueUrl=self.event_queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                self._events.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.event_queue, ReceiptHandle=message["ReceiptHandle"])
            mine = [event for event in self._events if event["detail"]["jobId"] == job_id]
            return mine if any(event["detail"]["status"] == until for event in mine) else None

        return sorted(wait_until(arrived, f"{until} of {job_id}"), key=lambda event: event["detail"]["timestamp"])


def make_studio(cloud: RunningCloud, name: str) -> Studio:
    """Create buckets, role, queue and a rule that collects the events of this queue."""
    s3, iam, sqs = cloud.client("s3"), cloud.client("iam"), cloud.client("sqs")
    mediaconvert, rules = cloud.client("mediaconvert"), cloud.client("events")
    for kind in ("source", "target"):
        s3.create_bucket(Bucket=f"{name}-{kind}")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    queue = mediaconvert.create_queue(Name=name)["Queue"]["Arn"]
    event_queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=event_queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.mediaconvert"], "detail": {"queue": [queue]}}
    rules.put_rule(Name=name, EventPattern=json.dumps(pattern))
    rules.put_targets(Rule=name, Targets=[{"Id": "mailbox", "Arn": arn}])
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]})
    sqs.set_queue_attributes(QueueUrl=event_queue, Attributes={"Policy": policy})
    console = cloud.console_client.mediaconvert
    return Studio(cloud, f"{name}-source", f"{name}-target", role, queue, event_queue, console, mediaconvert, s3, sqs)


@pytest.fixture(scope="module")
def studio(cloud: RunningCloud) -> Iterator[Studio]:
    made = make_studio(cloud, f"studio-{uuid.uuid4().hex[:8]}")
    yield made
    made.console.clear_faults()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2, languages=("eng",))


@pytest.fixture(scope="session")
def grainy_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hard to compress."""
    return make_clip(tmp_path_factory.mktemp("clips") / "grainy.mp4", seconds=6, noise=20)


@pytest.fixture(scope="session")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes seconds to encode."""
    return make_clip(tmp_path_factory.mktemp("clips") / "long.mp4", seconds=40, noise=20)
