"""Where the outcome of an asynchronous invocation or of a stream batch is sent: SQS, SNS, Lambda, EventBridge.

Source: "Capturing records of Lambda asynchronous invocations" and "Retaining discarded batches" in the developer
guide. Everything is sent with the function's execution role.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.context import ActivityLog
from localcloud.lambdahost.invocation import FunctionSpec, InvocationResult, iso_now
from localcloud.lambdahost.roles import RoleSession

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef as SnsAttribute
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef as SqsAttribute

#: `ErrorMessage` of a dead letter holds the first KB of the error (developer guide).
_ERROR_MESSAGE_BYTES = 1_024

_SERVICES = frozenset({"sqs", "sns", "lambda", "events"})
_STREAM_SERVICES = frozenset({"sqs", "sns"})


def unsupported_destination(arn: str, *, of_stream: bool = False) -> str | None:
    """Why this destination cannot be used here, None when it can."""
    allowed = _STREAM_SERVICES if of_stream else _SERVICES
    service = arn.split(":")[2] if arn.count(":") >= 5 else arn
    if service in allowed:
        return None
    return f"The local cloud does not implement destination {arn}; it knows {', '.join(sorted(allowed))}."


def envelope(
    spec: FunctionSpec, condition: str, invoke_count: int, result: InvocationResult | None, request_id: str
) -> dict[str, Any]:
    """The invocation record's fields that all sources share. `result` is None when the function never ran."""
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
    """A payload as it is embedded in an envelope."""
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")


@contextmanager
def delivering(activity: ActivityLog, spec: FunctionSpec, destination: str) -> Iterator[None]:
    """Around a delivery: one that fails is told in the journal and the record is gone, as on AWS, which counts it
    (DestinationDeliveryFailures, DeadLetterErrors)."""
    try:
        yield
    except (ClientError, BotoCoreError, LookupError) as failure:
        activity.record(
            "lambda",
            "destination-failed",
            function=spec.function_name,
            destination=destination,
            error=str(failure),
        )


class Destinations:
    """Sends records. Raises botocore's ClientError when the service or the role refuses."""

    def __init__(self, invoke_async: Callable[[str, bytes, str], None]) -> None:
        self._invoke_async = invoke_async

    def send(self, role: RoleSession, destination: str, record: dict[str, Any], *, succeeded: bool) -> None:
        service = destination.split(":")[2]
        text = json.dumps(record)
        if service == "sqs":
            self._to_queue(role, destination, text, {})
        elif service == "sns":
            role.sns().publish(TopicArn=destination, Message=text)
        elif service == "lambda":
            self._invoke_async(destination, text.encode(), "lambda-destination")
        elif service == "events":
            self._to_bus(role, destination, record, text, succeeded)
        else:
            raise ValueError(unsupported_destination(destination))

    def send_dead_letter(
        self, role: RoleSession, target: str, payload: bytes, request_id: str, result: InvocationResult | None
    ) -> None:
        """The original event with RequestID, ErrorCode and ErrorMessage as attributes (older than destinations)."""
        error = json_or_text(result.payload) if result else {}
        message = str(error.get("errorMessage", "")) if isinstance(error, dict) else ""
        values = {"RequestID": ("String", request_id), "ErrorCode": ("Number", "200")}
        if message:
            short = message.encode()[:_ERROR_MESSAGE_BYTES].decode("utf-8", "ignore")
            values["ErrorMessage"] = ("String", short)
        if target.split(":")[2] == "sqs":
            attributes: dict[str, SqsAttribute] = {
                name: {"DataType": kind, "StringValue": value} for name, (kind, value) in values.items()
            }
            self._to_queue(role, target, payload.decode(), attributes)
        else:
            sns_attributes: dict[str, SnsAttribute] = {
                name: {"DataType": kind, "StringValue": value} for name, (kind, value) in values.items()
            }
            role.sns().publish(TopicArn=target, Message=payload.decode(), MessageAttributes=sns_attributes)

    def _to_queue(self, role: RoleSession, arn: str, body: str, attributes: dict[str, SqsAttribute]) -> None:
        sqs = role.sqs()
        url = sqs.get_queue_url(QueueName=arn.split(":")[-1])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)

    def _to_bus(self, role: RoleSession, arn: str, record: dict[str, Any], text: str, succeeded: bool) -> None:
        ending = "Success" if succeeded else "Failure"
        role.events().put_events(
            Entries=[
                {
                    "Source": "lambda",
                    "DetailType": f"Lambda Function Invocation Result - {ending}",
                    "Detail": text,
                    "EventBusName": arn,
                    "Resources": [record["requestContext"]["functionArn"], arn],
                }
            ]
        )
