"""The Invoke operation, as the API reference describes it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.awslambda.responses import LambdaResponse
from moto.core.responses import BaseResponse

from localcloud.hooks.patching import add_method, replace_function
from localcloud.lambdahost.asynchronous import AsyncInvoker
from localcloud.lambdahost.errors import LambdaError, invalid_parameter, too_large, too_many_requests
from localcloud.lambdahost.functions import spec_of
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.invocation import FunctionSpec, Invocation, ThrottledError
from localcloud.lambdahost.limits import ASYNC_PAYLOAD_LIMIT_BYTES, SYNC_PAYLOAD_LIMIT_BYTES

_Answer = tuple[int, dict[str, str], bytes]


def install(host: LambdaHost, asynchronous: AsyncInvoker) -> None:
    """Replace moto's runners with the host. Raises MotoChanged."""

    def invoke(response: Any) -> _Answer:
        return _invoke(host, asynchronous, response)

    replace_function(LambdaResponse, "invoke", "self", lambda _: invoke)
    add_method(LambdaResponse, "_enrich_response", staticmethod(_keep_request_id))
    add_method(LambdaResponse, "_get_action_from_method_and_request_uri", _operation)


def _invoke(host: LambdaHost, asynchronous: AsyncInvoker, response: Any) -> _Answer:
    for header, accepted in (("X-Amz-Log-Type", "None"), ("X-Amz-Client-Context", "")):
        if response.headers.get(header, accepted) != accepted:
            raise NotImplementedError(f"the header {header} of Invoke")
    name = unquote(response.path.rsplit("/", 2)[-2])
    qualifier = parse_qs(response.parsed_url.query).get("Qualifier", [None])[0]
    spec = spec_of(response.backend.get_function(name, qualifier))
    invocation = Invocation(_payload(response.body), "Invoke")
    kind = response.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
    if kind == "RequestResponse":
        return _invoke_synchronously(host, spec, invocation)
    if kind == "Event":
        if len(invocation.payload) > ASYNC_PAYLOAD_LIMIT_BYTES:
            raise too_large(ASYNC_PAYLOAD_LIMIT_BYTES)
        asynchronous.submit(spec, invocation)
        return _answer(202, b"", invocation.request_id)
    if kind == "DryRun":
        raise NotImplementedError("InvocationType DryRun")
    raise invalid_parameter(f"InvocationType {kind} is not one of RequestResponse, Event, DryRun.")


def _invoke_synchronously(host: LambdaHost, spec: FunctionSpec, invocation: Invocation) -> _Answer:
    if len(invocation.payload) > SYNC_PAYLOAD_LIMIT_BYTES:
        raise too_large(SYNC_PAYLOAD_LIMIT_BYTES)
    try:
        result = host.invoke(spec, invocation)
    except ThrottledError as throttled:
        raise too_many_requests(throttled) from throttled
    status, headers, body = _answer(200, result.payload, result.request_id)
    headers["X-Amz-Executed-Version"] = result.executed_version
    if result.function_error is not None:
        headers["X-Amz-Function-Error"] = result.function_error
    return status, headers, body


def _answer(status: int, body: bytes, request_id: str) -> _Answer:
    # moto reads the status from a header of this name
    headers = {"status": str(status), "Content-Type": "application/json", "x-amzn-requestid": request_id}
    return status, headers, body


def _payload(body: str | bytes) -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    if not raw.strip():
        return b"{}"
    try:
        json.loads(raw)
    except ValueError as wrong:
        message = f"Could not parse request body into json: {wrong}"
        raise LambdaError("InvalidRequestContentException", message) from wrong
    return raw


def _keep_request_id(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
    """Keep the invocation's request id: moto would replace it with its own."""
    request_id = headers.get("x-amzn-requestid")
    headers, body = BaseResponse._enrich_response(headers, body)
    if request_id is not None:
        headers["x-amzn-requestid"] = request_id
    return headers, body


def _operation(response: Any, request: Any) -> Any:
    """Accept any content type for a payload, as Lambda does: n8n sends application/x-amz-json-1.0, for which moto
    finds no operation."""
    if request.method == "POST" and request.path.endswith("/invocations"):
        return "Invoke"
    return BaseResponse._get_action_from_method_and_request_uri(response, request)
