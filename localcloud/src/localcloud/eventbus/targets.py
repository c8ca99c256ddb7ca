"""The targets that rules may have: Lambda functions, SQS queues and SNS topics."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.sns.exceptions import SNSNotFoundError
from moto.sns.models import sns_backends
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from localcloud.eventbus.policies import Delivery, allows

PRINCIPAL = "events.amazonaws.com"
_ACTIONS = {"lambda": "lambda:InvokeFunction", "sqs": "sqs:SendMessage", "sns": "sns:Publish"}


class CannotDeliver(Exception):  # noqa: N818 - an outcome, told in the dead letter
    """A delivery that no retry can mend. `code` is EventBridge's, as it stands in a dead letter."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Parcel:
    """What goes to one resource on behalf of one rule."""

    arn: str
    body: str
    rule_arn: str
    group_id: str | None = None
    attributes: Mapping[str, str] | None = None


def is_supported(arn: str) -> bool:
    return parse_arn(arn).service in _ACTIONS


def deliver(parcel: Parcel, invoke_async: Callable[[str, bytes, str], None] | None) -> None:
    """Hand a parcel over. Raises CannotDeliver; anything else that is raised may be retried."""
    service = parse_arn(parcel.arn).service
    if service == "sqs":
        _to_queue(parcel)
    elif service == "sns":
        _to_topic(parcel)
    else:
        _to_function(parcel, invoke_async)


def _require_permission(parcel: Parcel, statements: list[Mapping[str, Any]]) -> None:
    arn = parse_arn(parcel.arn)
    action = _ACTIONS[arn.service]
    delivery = Delivery(PRINCIPAL, action, parcel.arn, parcel.rule_arn, parse_arn(parcel.rule_arn).account)
    if not allows(statements, delivery):
        raise CannotDeliver(
            "NO_PERMISSIONS",
            f"the resource policy of {parcel.arn} does not allow {PRINCIPAL} {action} for {parcel.rule_arn}",
        )


def _statements(policy: str | None) -> list[Mapping[str, Any]]:
    document = json.loads(policy or "{}").get("Statement", [])
    return document if isinstance(document, list) else [document]


def _to_queue(parcel: Parcel) -> None:
    arn = parse_arn(parcel.arn)
    backend = sqs_backends[arn.account][arn.region]
    try:
        queue = backend.get_queue(arn.resource_id)
    except QueueDoesNotExist as gone:
        raise CannotDeliver("NO_RESOURCE", f"the queue {parcel.arn} does not exist") from gone
    _require_permission(parcel, _statements(queue.policy))
    attributes = {
        name: {"DataType": "String", "StringValue": value} for name, value in (parcel.attributes or {}).items()
    }
    backend.send_message(arn.resource_id, parcel.body, message_attributes=attributes, group_id=parcel.group_id)


def _to_topic(parcel: Parcel) -> None:
    arn = parse_arn(parcel.arn)
    backend = sns_backends[arn.account][arn.region]
    try:
        topic = backend.get_topic(parcel.arn)
    except SNSNotFoundError as gone:
        raise CannotDeliver("NO_RESOURCE", f"the topic {parcel.arn} does not exist") from gone
    _require_permission(parcel, _statements(topic.policy))
    backend.publish(parcel.body, arn=parcel.arn)


def _to_function(parcel: Parcel, invoke_async: Callable[[str, bytes, str], None] | None) -> None:
    arn = parse_arn(parcel.arn)
    try:
        function = lambda_backends[arn.account][arn.region].get_function(parcel.arn)
    except UnknownFunctionException as gone:
        raise CannotDeliver("NO_RESOURCE", f"the function {parcel.arn} does not exist") from gone
    _require_permission(parcel, function.policy.statements if function.policy else [])
    if invoke_async is None:
        raise CannotDeliver("SDK_CLIENT_ERROR", "no Lambda host runs in this local cloud")
    invoke_async(parcel.arn, parcel.body.encode(), "events")
