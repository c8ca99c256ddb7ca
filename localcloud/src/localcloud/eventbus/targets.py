"""Targets of rules: Lambda functions and SQS queues (also the dead-letter queues)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from localcloud.policies import Access, allows

_PRINCIPAL = "events.amazonaws.com"
_ACTIONS = {"lambda": "lambda:InvokeFunction", "sqs": "sqs:SendMessage"}


class UndeliverableError(Exception):
    """A delivery that no retry can fix. `code` is EventBridge's, for the dead letter."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Parcel:
    """What one rule sends to one resource."""

    arn: str
    body: str
    rule_arn: str
    attributes: Mapping[str, str] | None = None


def is_supported(arn: str) -> bool:
    return parse_arn(arn).service in _ACTIONS


def deliver(parcel: Parcel, invoke_async: Callable[[str, bytes, str], None]) -> None:
    """Send a parcel. Raises UndeliverableError; after any other exception a retry may help."""
    if parse_arn(parcel.arn).service == "sqs":
        _to_queue(parcel)
    else:
        _to_function(parcel, invoke_async)


def _to_queue(parcel: Parcel) -> None:
    arn = parse_arn(parcel.arn)
    backend = sqs_backends[arn.account][arn.region]
    try:
        queue = backend.get_queue(arn.resource_id)
    except QueueDoesNotExist as gone:
        raise UndeliverableError("NO_RESOURCE", f"the queue {parcel.arn} does not exist") from gone
    _require_permission(parcel, json.loads(queue.policy or "{}").get("Statement", []))
    attributes = {
        name: {"DataType": "String", "StringValue": value} for name, value in (parcel.attributes or {}).items()
    }
    backend.send_message(arn.resource_id, parcel.body, message_attributes=attributes)


def _to_function(parcel: Parcel, invoke_async: Callable[[str, bytes, str], None]) -> None:
    arn = parse_arn(parcel.arn)
    try:
        function = lambda_backends[arn.account][arn.region].get_function(parcel.arn)
    except UnknownFunctionException as gone:
        raise UndeliverableError("NO_RESOURCE", f"the function {parcel.arn} does not exist") from gone
    _require_permission(parcel, function.policy.statements if function.policy else [])
    invoke_async(parcel.arn, parcel.body.encode(), "events")


def _require_permission(parcel: Parcel, statements: Any) -> None:
    action = _ACTIONS[parse_arn(parcel.arn).service]
    access = Access(_PRINCIPAL, action, parcel.arn, parcel.rule_arn, parse_arn(parcel.rule_arn).account)
    if not allows(statements if isinstance(statements, list) else [statements], access):
        raise UndeliverableError(
            "NO_PERMISSIONS",
            f"the resource policy of {parcel.arn} does not allow {_PRINCIPAL} {action} for {parcel.rule_arn}",
        )
