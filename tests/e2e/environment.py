"""A studio that announces things to the deployed door, and looks at what each call leaves behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from localcloud.google_drive.client import DriveClient
from localcloud.inbox.client import Mail
from tests.waiting import eventually
from vcp.adapters.aws.ledger.items import record_of_item
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.clock import SystemClock
from vcp.domain.intake.drive_resource import SHORTCUT_MIME_TYPE
from vcp.domain.reporting import airtable_rows
from vcp.domain.video.record import VideoRecord
from vcp.wire.ledger_table import SORT_KEY, VIDEO_SORT_KEY
from vcpctl.demo.world import PROGRAM, STUDIO, World

#: Files above this are to be compressed.
SMALL_BYTES = 1_000
PATIENCE_SECONDS = 120.0
#: What flows of n8n are built upon.
ANSWER_SHAPE = json.loads((PROGRAM / "docs/schemas/intake-answer.v1.json").read_text("utf-8"))
#: Longer than the tests take: messages stay where they can be counted.
_HELD_BACK_SECONDS = 900


@dataclass(frozen=True)
class Answer:
    """What n8n's AWS Lambda node gets; it takes a call for failed if there is an `errorMessage`."""

    body: Mapping[str, Any]

    @property
    def error(self) -> str | None:
        return self.body.get("errorMessage")

    def __getattr__(self, name: str) -> Any:
        return self.body[name]


@dataclass(frozen=True)
class Trace:
    """What a call can leave behind."""

    records: int
    messages: int
    asked_of_drive: int

    def since(self, before: Trace) -> Trace:
        return Trace(
            self.records - before.records, self.messages - before.messages, self.asked_of_drive - before.asked_of_drive
        )


@dataclass(frozen=True)
class Studio:
    """A world, and what people do in it."""

    world: World
    folder: Path
    #: The address of the service account, as people share things with it.
    robot: str

    @property
    def drive(self) -> DriveClient:
        return self.world.cloud.console_client.drive

    def hold_messages_back(self, seconds: int = _HELD_BACK_SECONDS) -> None:
        """New messages stay in the queue that long; none for nothing."""
        self.world.cloud.client("sqs").set_queue_attributes(
            QueueUrl=self.world.outputs["transferQueueUrl"], Attributes={"DelaySeconds": str(seconds)}
        )

    def call(self, payload: object) -> Answer:
        """As n8n's node does it. Bytes are sent as they are."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        answer = self.world.cloud.client("lambda").invoke(
            FunctionName=self.world.door, InvocationType="RequestResponse", Payload=raw
        )
        body = json.loads(answer["Payload"].read())
        assert ("FunctionError" in answer) == ("errorMessage" in body)
        if "errorMessage" not in body:  # whatever became of the call, its answer has the published shape
            jsonschema.validate(body, ANSWER_SHAPE)
        return Answer(body)

    def drop(self, name: str = "film.mov", *, size: int = SMALL_BYTES + 1, **options: Any) -> dict[str, Any]:
        path = self.folder / "upload"
        path.write_bytes(name.encode(errors="replace")[:size].ljust(size, b"."))
        given = {"parent": self.world.folder_id, "owner": STUDIO, "mime_type": "video/quicktime", **options}
        return self.drive.drop(path, name=name, **given)

    def document(self, name: str) -> str:
        """Create a Google document; return its id."""
        mime_type = "application/vnd.google-apps.document"
        return str(self.drive.create(name, mime_type, parent=self.world.folder_id)["id"])

    def shortcut(self, target: str, name: str = "To the film") -> str:
        """Create a shortcut; return its id."""
        return str(self.drive.create(name, SHORTCUT_MIME_TYPE, target=target, parent=self.world.folder_id)["id"])

    def trace(self) -> Trace:
        items = self.world.cloud.client("dynamodb").scan(
            TableName=self.world.outputs["ledgerTable"],
            ConsistentRead=True,
            ProjectionExpression="#key",  # the records themselves would take the local cloud most of the test's time
            ExpressionAttributeNames={"#key": SORT_KEY},
        )["Items"]
        attributes = self.world.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.world.outputs["transferQueueUrl"], AttributeNames=["All"]
        )["Attributes"]
        return Trace(
            records=sum(item[SORT_KEY]["S"] == VIDEO_SORT_KEY for item in items),
            messages=sum(int(n) for name, n in attributes.items() if name.startswith("ApproximateNumberOfMessages")),
            asked_of_drive=len([call for call in self.drive.requests() if call["principal"] == self.robot]),
        )

    def record(self, video_id: str) -> VideoRecord:
        ledger = DynamoLedger(self.world.cloud.client("dynamodb"), self.world.outputs["ledgerTable"], SystemClock())
        record = ledger.get(video_id)
        assert record is not None, video_id
        return record

    def videos_of(self, file_id: str) -> list[VideoRecord]:
        """Every video that the ledger has of a file, the oldest first."""
        pages = (
            self.world.cloud.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self.world.outputs["ledgerTable"], ConsistentRead=True)
        )
        items = [item for page in pages for item in page["Items"] if item[SORT_KEY]["S"] == VIDEO_SORT_KEY]
        records = [record_of_item(item) for item in items]
        return sorted((each for each in records if each.source.file_id == file_id), key=lambda each: each.created_at)

    def row(self, video_id: str, status: str) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            wanted = (video_id, status)
            return next(
                (row for row in self.world.rows() if (row[airtable_rows.KEY_FIELD], row["Status"]) == wanted), None
            )

        return eventually(found, PATIENCE_SECONDS, f"the row of {video_id} with {status}")

    def mail(self, video_id: str) -> Mail:
        def found() -> Mail | None:
            return next((m for m in self.world.cloud.console_client.inbox.mails() if video_id in m.body), None)

        return eventually(found, PATIENCE_SECONDS, f"a mail about {video_id}")
