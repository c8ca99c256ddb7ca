"""Query parameters and JSON bodies, held against Google's own description of each method."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

from localcloud.google_drive.discovery import Discovery, Method, Parameter, drive_v3
from localcloud.google_drive.errors import DriveError, bad_request, invalid_parameter, not_implemented

_MAXIMUM_BODY_BYTES = 4 * 1024 * 1024
#: Understood by the upload protocol, not by the method.
_PROTOCOL = frozenset({"uploadType", "upload_id", "upload_protocol"})
#: Common parameters that change nothing here.
_WITHOUT_EFFECT = frozenset({"prettyPrint", "quotaUser", "key", "$.xgafv"})
_REFUSED_COMMON = frozenset({"callback", "access_token", "oauth_token"})
#: Ask for what is not kept here; refused by name rather than ignored.
_UNIMPLEMENTED = frozenset({"includeLabels", "includePermissionsForView", "useDomainAdminAccess", "ocrLanguage"})


def _converted(parameter: Parameter, text: str) -> Any:
    if parameter.type == "boolean":
        if text not in ("true", "false"):
            raise _type_error(parameter.name, text, "TYPE_BOOL")
        return text == "true"
    if parameter.type == "integer":
        try:
            number = int(text)
        except ValueError as wrong:
            raise _type_error(parameter.name, text, "TYPE_INT32") from wrong
        low, high = parameter.minimum, parameter.maximum
        if (low is not None and number < low) or (high is not None and number > high):
            raise invalid_parameter(
                parameter.name, f"Invalid value '{text}'. Values must be within the range: [{low}, {high}]"
            )
        return number
    if parameter.allowed and text not in parameter.allowed:
        raise invalid_parameter(parameter.name, f"Invalid value '{text}' for parameter {parameter.name}")
    return text


def _type_error(name: str, text: str, type_name: str) -> DriveError:
    return DriveError(
        400,
        "invalid",
        f"Invalid value at '{name}' ({type_name}), \"{text}\"",
        location=("parameter", name),
        rpc_status="INVALID_ARGUMENT",
    )


def query_parameters(method: Method, args: MultiDict[str, str]) -> dict[str, Any]:
    """The parameters in their types. Raises DriveError for values that cannot be.

    Google ignores a parameter that belongs to another method, and n8n relies on it. A name that no method has is
    refused here: it is a slip of the pen that would otherwise stay hidden.
    """
    values: dict[str, Any] = {}
    for name, text in args.items(multi=True):
        if name in _PROTOCOL or name in _WITHOUT_EFFECT:
            continue
        parameter = method.parameters.get(name)
        if parameter is None and name in drive_v3().parameters:
            continue
        if parameter is None or parameter.location != "query":
            raise DriveError(
                400,
                "badRequest",
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message.",
                rpc_status="INVALID_ARGUMENT",
            )
        if name in _REFUSED_COMMON or (name in _UNIMPLEMENTED and text not in ("", "false")):
            raise not_implemented(f"the parameter {name} of drive.{method.name}")
        values[name] = _converted(parameter, text)
    for parameter in method.parameters.values():
        if parameter.required and parameter.location == "query" and parameter.name not in values:
            raise DriveError(
                400,
                "required",
                f"Required parameter: {parameter.name}",
                location=("parameter", parameter.name),
            )
    return values


def decode_json(raw: bytes) -> dict[str, Any]:
    """A JSON object; nothing at all is an empty one."""
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError as broken:
        raise DriveError(400, "parseError", "Parse Error") from broken
    if not isinstance(body, dict):
        raise bad_request("The request body is no JSON object.")
    return body


def check_body(method: Method, body: Mapping[str, Any], discovery: Discovery) -> None:
    """Raises DriveError for a field that the request's resource does not have."""
    if method.request_schema is None:
        return
    known = discovery.schemas[method.request_schema].get("properties", {})
    for name in body:
        if name not in known:
            raise DriveError(
                400,
                "badRequest",
                f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.',
                rpc_status="INVALID_ARGUMENT",
            )


def json_body(request: Request) -> dict[str, Any]:
    """The JSON body of a request without media."""
    if (request.content_length or 0) > _MAXIMUM_BODY_BYTES:
        raise DriveError(413, "uploadTooLarge", "The request is too large.")
    raw = request.get_data()
    if raw.strip() and request.mimetype != "application/json":
        raise bad_request(f"Content type {request.mimetype} is not supported for a request without media.")
    return decode_json(raw)
