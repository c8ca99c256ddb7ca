"""Query parameters, checked against Google's own description of each method."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from localcloud.google_drive.discovery import Method, Parameter, drive_v3
from localcloud.google_drive.errors import DriveError, invalid_parameter, not_implemented

#: Common parameters that change nothing here.
_WITHOUT_EFFECT = frozenset({"prettyPrint", "quotaUser", "key", "uploadType", "upload_protocol", "$.xgafv"})
#: Rejected by name rather than ignored, unless they have no effect.
_UNIMPLEMENTED = frozenset(
    {
        "access_token",
        "acknowledgeAbuse",
        "callback",
        "corpus",
        "includeCorpusRemovals",
        "includeLabels",
        "includePermissionsForView",
        "includeTeamDriveItems",
        "oauth_token",
        "orderBy",
        "restrictToMyDrive",
        "supportsTeamDrives",
        "teamDriveId",
    }
)


def query_parameters(method: Method, args: MultiDict[str, str]) -> dict[str, Any]:
    """Return the parameters in their types. Raises DriveError for invalid values.

    Google ignores a parameter that belongs to another method, and n8n relies on it. A name that no method has is
    rejected here: it is a typing error that would otherwise go unnoticed.
    """
    values: dict[str, Any] = {}
    for name, text in args.items(multi=True):
        if name in _WITHOUT_EFFECT:
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
        if name in _UNIMPLEMENTED and text not in ("", "false"):
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
