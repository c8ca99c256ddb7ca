"""The records that a function receives from a queue and from a table's stream, and its answer about failed ones.

Source: "Using Lambda with Amazon SQS" and "Using Lambda with Amazon DynamoDB", example events and "Reporting batch item
failures".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def sqs_record(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    """Return the record of one message from ReceiveMessage."""
    record: dict[str, Any] = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _sqs_attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def stream_record(record: Mapping[str, Any], stream_arn: str) -> dict[str, Any]:
    """Return the record of one change from GetRecords: times in seconds since the epoch, binary values in base64."""
    shaped: dict[str, Any] = {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": stream_arn.split(":")[3],
        "dynamodb": _plain(record["dynamodb"]),
        "eventSourceARN": stream_arn,
    }
    if record.get("userIdentity"):
        shaped["userIdentity"] = _plain(record["userIdentity"])
    return shaped


def failed_items(answer: bytes, identifiers: Sequence[str]) -> list[str] | None:
    """Return the identifiers that a function's answer names, in the batch's order; None when the whole batch failed:
    that includes an answer that is not understood."""
    try:
        document = json.loads(answer or b"null")
    except ValueError:
        return None
    if document in (None, {}, ""):
        return []
    if not isinstance(document, dict) or "batchItemFailures" not in document:
        return None
    failures = document["batchItemFailures"] or []
    if not isinstance(failures, list):
        return None
    named = {each.get("itemIdentifier") if isinstance(each, dict) else None for each in failures}
    return [each for each in identifiers if each in named] if named <= set(identifiers) else None


def _sqs_attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return {**attribute, "stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(each) for each in value]
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return float(int(value.timestamp()))
    return value
