"""Failure destinations of asynchronous invocations and of stream batches: SQS queues.

Source: "Capturing records of Lambda asynchronous invocations" and "Retaining discarded batches" in the developer
guide. Records are sent with the function's execution role.
"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.lambdahost.errors import not_implemented
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.invocation import FunctionSpec, InvocationResult, iso_now


def check_destination(arn: str) -> None:
    """Raise LambdaError for a destination that is not a queue."""
    if not arn.startswith("arn:") or arn.split(":")[2] != "sqs":
        raise not_implemented(f"destination {arn}; only SQS queues")


def envelope(
    spec: FunctionSpec, condition: str, invoke_count: int, result: InvocationResult | None, request_id: str
) -> dict[str, Any]:
    """Return the fields that all invocation records share. `result` is None when the function never ran."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso_now(),
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{spec.function_arn}:{spec.version}",
            "condition": condition,
            "approximateInvokeCount": invoke_count,
        },
    }
    if result is not None:
        record["responseContext"] = {"statusCode": 200, "executedVersion": result.executed_version}
        if result.function_error is not None:
            record["responseContext"]["functionError"] = result.function_error
    return record


def json_or_text(payload: bytes) -> Any:
    """Return a payload in the form that a record embeds."""
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")


def send_record(host: LambdaHost, spec: FunctionSpec, queue_arn: str, record: dict[str, Any]) -> None:
    """Send a record. As on AWS, a delivery that fails loses the record; the activity log has the error."""
    try:
        sqs = host.role_of(spec).sqs()
        url = sqs.get_queue_url(QueueName=queue_arn.split(":")[-1])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(record))
    except (ClientError, BotoCoreError) as failure:
        host.context.activity.record(
            "lambda",
            "destination-failed",
            function=spec.function_name,
            destination=queue_arn,
            error=str(failure),
        )
