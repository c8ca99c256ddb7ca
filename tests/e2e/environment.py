"""The pipeline deployed on a local cloud, as people and n8n use it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema

from localcloud.google_drive.client import DriveClient
from localcloud.inbox.client import Mail
from localcloud.lambdahost.journal import InvocationRecord
from localcloud.process import RunningCloud
from tests.waiting import eventually
from vcp.adapters.aws.ledger.items import record_of_item
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.clock import SystemClock
from vcp.domain.intake.drive_resource import SHORTCUT_MIME_TYPE
from vcp.domain.reporting import airtable_rows
from vcp.domain.video.record import VideoRecord
from vcp.wire.ledger_table import SORT_KEY, VIDEO_SORT_KEY
from vcpctl.demo.demo_run import DemoRun
from vcpctl.demo.environment import PROGRAM, STUDIO, DemoEnvironment, create_environment

#: The limit of the shared environment.
LIMIT = 2_000_000
#: Files above this are compressed.
SMALL_BYTES = 1_000
TIMEOUT_SECONDS = 240.0
#: What flows of n8n rely on.
ANSWER_SCHEMA = json.loads((PROGRAM / "docs/schemas/intake-answer.v1.json").read_text("utf-8"))
#: Service, operation, and the result of checking the request by the service's model.
Requests = Counter[tuple[str, str, str]]
#: Lines of a log that Lambda writes.
PLATFORM_LINES = ("START ", "END ", "REPORT ", "INIT_START ")
#: Longer than the tests take.
_HOLD_SECONDS = 900


@dataclass(frozen=True)
class Answer:
    """What n8n's AWS Lambda node receives. An `errorMessage` makes the call a failed one."""

    body: Mapping[str, Any]

    @property
    def error(self) -> str | None:
        return self.body.get("errorMessage")

    def __getattr__(self, name: str) -> Any:
        return self.body[name]


@dataclass(frozen=True)
class Trace:
    """The effects of a call: records in the ledger, messages in the queue, requests to Drive."""

    records: int
    messages: int
    drive_requests: int

    def since(self, before: Trace) -> Trace:
        return Trace(
            self.records - before.records, self.messages - before.messages, self.drive_requests - before.drive_requests
        )


def requests_of(cloud: RunningCloud) -> Requests:
    return Counter(
        {
            (each["service"], each["operation"], result): each[result]
            for each in cloud.console_client.requests()
            for result in ("valid", "refused", "unchecked")
        }
    )


def create(cloud: RunningCloud, folder: Path, config: Mapping[str, str], *, watch: bool = False) -> Environment:
    """Deploy the pipeline. `folder` is for local files; `watch`: the reconciler scans the Drive folder."""
    deployed = create_environment(cloud, config, watch=watch)
    permissions = cloud.console_client.drive.file(deployed.folder_id)["permissions"]
    (account,) = [each["emailAddress"] for each in permissions if each["role"] == "reader"]
    run = DemoRun(deployed, folder, lambda *_: None, TIMEOUT_SECONDS)
    return Environment(deployed, run, folder, account)


@dataclass(frozen=True)
class Environment:
    """A deployed pipeline. `run` takes one video through it; `account` is the service account's address."""

    deployed: DemoEnvironment
    run: DemoRun
    folder: Path
    account: str

    @property
    def cloud(self) -> RunningCloud:
        return self.deployed.cloud

    @property
    def outputs(self) -> Mapping[str, Any]:
        return self.deployed.outputs

    @property
    def drive(self) -> DriveClient:
        return self.cloud.console_client.drive

    @property
    def folder_id(self) -> str:
        return self.deployed.folder_id

    # Drive

    def drop(
        self, name: str = "film.mov", *, size: int = SMALL_BYTES + 1, content: bytes | None = None, **options: Any
    ) -> dict[str, Any]:
        """Put a file into the Drive folder, by default one that is large enough to be compressed."""
        path = self.folder / uuid4().hex  # Drive reads it in place
        path.write_bytes(content if content is not None else name.encode(errors="replace")[:size].ljust(size, b"."))
        given = {"parent": self.folder_id, "owner": STUDIO, "mime_type": "video/quicktime", **options}
        return self.drive.drop(path, name=name, **given)

    def document(self, name: str) -> str:
        """Create a Google document; return its id."""
        mime_type = "application/vnd.google-apps.document"
        return str(self.drive.create(name, mime_type, parent=self.folder_id)["id"])

    def shortcut(self, target: str, name: str = "To the film") -> str:
        """Create a shortcut; return its id."""
        return str(self.drive.create(name, SHORTCUT_MIME_TYPE, target=target, parent=self.folder_id)["id"])

    # Functions

    def function(self, key: str) -> str:
        return str(self.outputs["functionNames"][key])

    def invoke(self, key: str, payload: bytes = b"{}") -> Answer:
        response = self.cloud.client("lambda").invoke(
            FunctionName=self.function(key), InvocationType="RequestResponse", Payload=payload
        )
        body = json.loads(response["Payload"].read())
        assert ("FunctionError" in response) == ("errorMessage" in (body or {}))
        return Answer(body)

    def submit(self, payload: object) -> Answer:
        """Call the intake as n8n's node does. Bytes are sent unchanged."""
        answer = self.invoke("intake", payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        if answer.error is None:
            jsonschema.validate(answer.body, ANSWER_SCHEMA)
        return answer

    def invocations(self, since: float) -> list[InvocationRecord]:
        """Return the invocations of the pipeline's functions that started after `since`."""
        ours = set(self.outputs["functionNames"].values())
        calls = self.cloud.console_client.functions.invocations()
        return [call for call in calls if call.function in ours and call.startedAt >= since]

    def log(self, function: str, since: float = 0) -> list[dict[str, Any]]:
        """Return the lines that a function's code wrote after `since`."""
        found = self.cloud.client("logs").filter_log_events(
            logGroupName=f"/aws/lambda/{function}", startTime=int(since * 1000)
        )
        messages = [event["message"] for event in found["events"]]
        return [json.loads(message) for message in messages if not message.startswith(PLATFORM_LINES)]

    # Queues, ledger and buckets

    def hold_messages(self, seconds: int = _HOLD_SECONDS) -> None:
        """Delay new messages of the transfer queue, so that they can be counted."""
        self.cloud.client("sqs").set_queue_attributes(
            QueueUrl=self.outputs["transferQueueUrl"], Attributes={"DelaySeconds": str(seconds)}
        )

    def release_queue(self) -> None:
        """Delete the held messages and delay no more."""
        self.cloud.client("sqs").purge_queue(QueueUrl=self.outputs["transferQueueUrl"])
        self.hold_messages(0)

    def messages(self, url: str, *, delayed: bool = False) -> int:
        attributes = self.cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        kinds = ["", "NotVisible", *(["Delayed"] if delayed else [])]
        return sum(int(attributes[f"ApproximateNumberOfMessages{kind}"]) for kind in kinds)

    def trace(self) -> Trace:
        items = self.cloud.client("dynamodb").scan(
            TableName=self.outputs["ledgerTable"],
            ConsistentRead=True,
            ProjectionExpression="#key",  # whole records would take most of the test's time
            ExpressionAttributeNames={"#key": SORT_KEY},
        )["Items"]
        return Trace(
            records=sum(item[SORT_KEY]["S"] == VIDEO_SORT_KEY for item in items),
            messages=self.messages(self.outputs["transferQueueUrl"], delayed=True),
            drive_requests=len([call for call in self.drive.requests() if call["principal"] == self.account]),
        )

    def find_record(self, video_id: str) -> VideoRecord | None:
        ledger = DynamoLedger(self.cloud.client("dynamodb"), self.outputs["ledgerTable"], SystemClock())
        return ledger.get(video_id)

    def record(self, video_id: str) -> VideoRecord:
        record = self.find_record(video_id)
        assert record is not None, video_id
        return record

    def videos_of(self, file_id: str) -> list[VideoRecord]:
        """Return the videos of a file, the oldest first."""
        scan = self.cloud.client("dynamodb").get_paginator("scan")
        pages = scan.paginate(TableName=self.outputs["ledgerTable"], ConsistentRead=True)
        items = [item for page in pages for item in page["Items"] if item[SORT_KEY]["S"] == VIDEO_SORT_KEY]
        records = [record_of_item(item) for item in items]
        return sorted((each for each in records if each.source.file_id == file_id), key=lambda each: each.created_at)

    def stored(self, *buckets: str) -> set[str]:
        """Return the keys of objects and of unfinished uploads in buckets, by the names of their outputs."""
        s3 = self.cloud.client("s3")
        keys: set[str] = set()
        for bucket in (self.outputs[name] for name in buckets):
            keys |= {found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}
            keys |= {found["Key"] for found in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])}
        return keys

    # Rows and mails

    def find_row(self, video_id: str, status: str) -> dict[str, Any] | None:
        wanted = (video_id, status)
        rows = self.deployed.rows()
        return next((row for row in rows if (row[airtable_rows.KEY_FIELD], row["Status"]) == wanted), None)

    def row(self, video_id: str, status: str) -> dict[str, Any]:
        return eventually(
            lambda: self.find_row(video_id, status), TIMEOUT_SECONDS, f"the row of {video_id} with {status}"
        )

    def mails(self, video_id: str) -> list[Mail]:
        return [mail for mail in self.cloud.console_client.inbox.mails() if video_id in mail.body]

    def mail(self, video_id: str) -> Mail:
        return eventually(lambda: next(iter(self.mails(video_id)), None), TIMEOUT_SECONDS, f"a mail about {video_id}")
