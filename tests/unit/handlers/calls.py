"""Contexts and events of Lambda."""

from __future__ import annotations

import json
from typing import Any

from vcp.adapters.aws.ledger.items import item_of_record
from vcp.domain.video.record import VideoRecord
from vcp.wire.ledger_table import PARTITION_KEY, SORT_KEY, VIDEO_SORT_KEY, video_key
from vcp.wire.messages import TransferMessage


class Context:
    """Lambda's context, as far as handlers and logger read it."""

    function_name = "function-under-test"
    function_version = "$LATEST"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function-under-test"
    aws_request_id = "request-1"

    def __init__(self, seconds_left: float = 900) -> None:
        self.seconds_left = seconds_left

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds_left * 1000)


def sqs_event(message: TransferMessage | str, receives: int = 1) -> dict[str, Any]:
    """Return an event with one message (Lambda developer guide, "Using Lambda with Amazon SQS")."""
    body = message if isinstance(message, str) else json.dumps(message.to_wire())
    attributes = {
        "ApproximateReceiveCount": str(receives),
        "SentTimestamp": "1",
        "SenderId": "s",
        "ApproximateFirstReceiveTimestamp": "1",
    }
    record = {
        "messageId": "message-1",
        "receiptHandle": "receipt-1",
        "body": body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:transfers",
        "awsRegion": "us-east-1",
    }
    return {"Records": [record]}


def stream_event(*changes: tuple[VideoRecord | None, VideoRecord]) -> dict[str, Any]:
    """Return an event of DynamoDB Streams with changes (before, after), numbered 1, 2, ..."""
    records = []
    for number, (before, after) in enumerate(changes, 1):
        change: dict[str, Any] = {
            "Keys": {PARTITION_KEY: {"S": video_key(after.video_id)}, SORT_KEY: {"S": VIDEO_SORT_KEY}},
            "NewImage": item_of_record(after, "write"),
            "SequenceNumber": str(number),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        if before is not None:
            change["OldImage"] = item_of_record(before, "write")
        records.append({"eventName": "MODIFY" if before else "INSERT", "dynamodb": change})
    return {"Records": records}
