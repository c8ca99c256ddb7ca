"""The ways in: Lambda's Invoke, and the services whose events moto hands to a function (S3, SNS)."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.core.responses import BaseResponse
from moto.sns.models import Subscription

from localcloud.context import ActivityLog
from localcloud.hooks.patching import add_method, replace_function
from localcloud.lambdahost.asynchronous import AsyncInvoker
from localcloud.lambdahost.errors import (
    LambdaError,
    bad_content,
    invalid_parameter,
    too_large,
    too_many_requests,
)
from localcloud.lambdahost.functions import spec_of
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.invocation import FunctionSpec, Invocation, Throttled
from localcloud.lambdahost.limits import ASYNC_PAYLOAD_LIMIT_BYTES, SYNC_PAYLOAD_LIMIT_BYTES
from localcloud.lambdahost.policy import function_policy_allows

_Answer = tuple[int, dict[str, str], bytes]


def install(host: LambdaHost, asynchronous: AsyncInvoker, activity: ActivityLog) -> None:
    """Put the host in the place of moto's runners. Raises MotoChanged."""
    api = InvokeApi(host, asynchronous)
    replace_function(LambdaResponse, "invoke", "self", lambda _: api.answer)
    replace_function(LambdaResponse, "invoke_async", "self", lambda _: _refuse_invoke_async)
    add_method(LambdaResponse, "_enrich_response", staticmethod(_keep_request_id))
    add_method(LambdaResponse, "_get_action_from_method_and_request_uri", _operation)
    events = ServiceEvents(asynchronous, activity)
    replace_function(
        LambdaFunction,
        "invoke",
        "self body request_headers response_headers",
        lambda _: lambda fn, body, _request, _response: events.from_moto(fn, body),
    )
    replace_function(
        Subscription,
        "publish",
        "self message message_id subject message_attributes group_id deduplication_id message_structure",
        events.publish,
    )


class InvokeApi:
    """`POST /2015-03-31/functions/{name}/invocations`, as the API reference describes Invoke."""

    def __init__(self, host: LambdaHost, asynchronous: AsyncInvoker) -> None:
        self._host = host
        self._asynchronous = asynchronous

    @property
    def answer(self) -> Callable[[Any], _Answer]:
        """A function, not a bound method: moto calls it with its response object as `self`."""

        def invoke(response: Any) -> _Answer:
            return self._invoke(response)

        return invoke

    def _invoke(self, response: Any) -> _Answer:
        name = unquote(response.path.rsplit("/", 2)[-2])
        qualifier = parse_qs(response.parsed_url.query).get("Qualifier", [None])[0]
        spec = spec_of(response.backend.get_function(name, qualifier))
        kind = response.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        payload = _payload(response.body)
        invocation = Invocation(payload, "Invoke", _client_context(response.headers))
        if kind == "RequestResponse":
            return self._synchronously(spec, invocation, response.headers.get("X-Amz-Log-Type") == "Tail")
        if kind == "Event":
            if len(payload) > ASYNC_PAYLOAD_LIMIT_BYTES:
                raise too_large(ASYNC_PAYLOAD_LIMIT_BYTES)
            self._asynchronous.submit(spec, invocation)
            return _answered(202, b"", invocation.request_id)
        if kind == "DryRun":
            return _answered(204, b"", invocation.request_id)
        raise invalid_parameter(f"InvocationType {kind} is not one of RequestResponse, Event, DryRun.")

    def _synchronously(self, spec: FunctionSpec, invocation: Invocation, with_tail: bool) -> _Answer:
        if len(invocation.payload) > SYNC_PAYLOAD_LIMIT_BYTES:
            raise too_large(SYNC_PAYLOAD_LIMIT_BYTES)
        try:
            result = self._host.invoke(spec, invocation)
        except Throttled as throttled:
            raise too_many_requests(throttled) from throttled
        status, headers, body = _answered(200, result.payload, result.request_id)
        headers["X-Amz-Executed-Version"] = result.executed_version
        if result.function_error is not None:
            headers["X-Amz-Function-Error"] = result.function_error
        if with_tail:
            headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail).decode()
        return status, headers, body


class ServiceEvents:
    """Events of services whose notifications moto makes: always asynchronous, only where the policy allows."""

    def __init__(self, asynchronous: AsyncInvoker, activity: ActivityLog) -> None:
        self._asynchronous = asynchronous
        self._activity = activity

    def from_moto(self, fn: Any, body: str) -> bytes:
        """What moto hands to a function itself: S3 notifications. Others fail by name."""
        record = (json.loads(body).get("Records") or [{}])[0]
        if record.get("eventSource") != "aws:s3":
            raise NotImplementedError(f"Lambda invoked by {record.get('eventSource') or 'an unknown source'}")
        source_arn = record["s3"]["bucket"]["arn"]
        self._send(fn.function_arn, body.encode(), "s3.amazonaws.com", source_arn)
        return b""

    def publish(self, original: Callable[..., None]) -> Callable[..., None]:
        """SNS to Lambda: the documented event in the place of moto's example."""

        @functools.wraps(original)
        def publish(
            subscription: Any,
            message: str,
            message_id: str,
            subject: str | None = None,
            message_attributes: dict[str, Any] | None = None,
            group_id: str | None = None,
            deduplication_id: str | None = None,
            message_structure: str | None = None,
        ) -> None:
            if subscription.protocol != "lambda":
                groups = (group_id, deduplication_id, message_structure)
                original(subscription, message, message_id, subject, message_attributes, *groups)
                return
            matcher = subscription._filter_policy_matcher
            if matcher is not None and not matcher.matches(message_attributes, message):
                return
            if message_structure == "json":
                message = subscription._parse_message_structure(message, "lambda")
            event = _sns_event(subscription, message, message_id, subject, message_attributes or {})
            self._send(subscription.endpoint, json.dumps(event).encode(), "sns.amazonaws.com", subscription.topic_arn)

        return publish

    def _send(self, function_arn: str, payload: bytes, principal: str, source_arn: str) -> None:
        if not function_policy_allows(function_arn, principal, source_arn):
            self._activity.record(
                "lambda", "invoke-denied", function=function_arn, principal=principal, source=source_arn
            )
            return
        self._asynchronous.submit_to(function_arn, payload, principal)


def _keep_request_id(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
    """moto gives every answer a request id of its own; that of Invoke is the invocation's."""
    request_id = headers.get("x-amzn-requestid")
    headers, body = BaseResponse._enrich_response(headers, body)
    if request_id is not None:
        headers["x-amzn-requestid"] = request_id
    return headers, body


def _operation(response: Any, request: Any) -> Any:
    """Lambda takes any content type for a payload, such as n8n's application/x-amz-json-1.0; moto then knows no
    operation."""
    if request.method == "POST" and request.path.endswith("/invocations"):
        return "Invoke"
    return BaseResponse._get_action_from_method_and_request_uri(response, request)


def _refuse_invoke_async(_: Any) -> None:
    raise NotImplementedError("InvokeAsync (deprecated; use Invoke with InvocationType Event)")


def _payload(body: str | bytes) -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    if not raw.strip():
        return b"{}"
    try:
        json.loads(raw)
    except ValueError as wrong:
        raise bad_content(str(wrong)) from wrong
    return raw


def _client_context(headers: Any) -> str | None:
    encoded = headers.get("X-Amz-Client-Context")
    if not encoded:
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except ValueError as wrong:
        raise LambdaError("InvalidRequestContentException", "Client context must be valid Base64.") from wrong


def _answered(status: int, body: bytes, request_id: str) -> _Answer:
    # moto takes the status from a header of this name
    headers = {"status": str(status), "Content-Type": "application/json", "x-amzn-requestid": request_id}
    return status, headers, body


def _sns_event(
    subscription: Any, message: str, message_id: str, subject: str | None, attributes: dict[str, Any]
) -> dict[str, Any]:
    """The event of an SNS notification (developer guide, "Invoking Lambda functions with SNS")."""
    signed = subscription.get_post_data(message, message_id, subject)
    return {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription.arn,
                "EventSource": "aws:sns",
                "Sns": {
                    "SignatureVersion": signed["SignatureVersion"],
                    "Timestamp": signed["Timestamp"],
                    "Signature": signed["Signature"],
                    "SigningCertUrl": signed["SigningCertURL"],
                    "MessageId": message_id,
                    "Message": message,
                    "MessageAttributes": {
                        name: {"Type": value["Type"], "Value": value["Value"]} for name, value in attributes.items()
                    },
                    "Type": "Notification",
                    "UnsubscribeUrl": signed["UnsubscribeURL"],
                    "TopicArn": subscription.topic_arn,
                    "Subject": subject,
                },
            }
        ]
    }
