"""Google's error responses, as the Drive API words them.

Shape: {"error": {"code", "message", "errors": [{"message", "domain", "reason", "location"?, "locationType"?}],
"status"?}}. Reasons and messages: "Resolve errors" of the Drive guides, and responses recorded in public issues.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response

_NEVER_CACHED = {"Cache-Control": "private, max-age=0", "Vary": "Origin, X-Origin"}


class DriveError(Exception):
    """An error response; `reason` is what clients switch on.

    Args:
        status: HTTP status.
        reason: machine-readable reason, such as notFound.
        message: Google's sentence.
        location: what was wrong, as (type, name): ("parameter", "fileId") or ("header", "Range").
        summary: the sentence of the whole error where it differs from the one of the reason.
        rpc_status: the gRPC status that newer parts of the API add, such as UNAUTHENTICATED.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        location: tuple[str, str] | None = None,
        summary: str | None = None,
        rpc_status: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self._domain = domain
        self._location = location
        self._summary = summary or message
        self._rpc_status = rpc_status
        self._headers = headers

    def response(self) -> Response:
        detail: dict[str, Any] = {"message": self.message, "domain": self._domain, "reason": self.reason}
        if self._location is not None:
            detail["locationType"], detail["location"] = self._location
        error: dict[str, Any] = {"code": self.status, "message": self._summary, "errors": [detail]}
        if self._rpc_status is not None:
            error["status"] = self._rpc_status
        return json_response({"error": error}, self.status, self._headers)


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON as Google sends it: indented by two, UTF-8, never cached."""
    return Response(
        json.dumps(body, indent=2, ensure_ascii=False) + "\n",
        status=status,
        headers={**_NEVER_CACHED, **(headers or {})},
        content_type="application/json; charset=UTF-8",
    )


def not_found(file_id: str, name: str = "fileId") -> DriveError:
    """Also the response for files that exist but are not shared with the caller."""
    return DriveError(404, "notFound", f"File not found: {file_id}.", location=("parameter", name))


def invalid_parameter(name: str, message: str) -> DriveError:
    return DriveError(400, "invalidParameter", message, location=("parameter", name))


def all_drives_not_supported() -> DriveError:
    return DriveError(
        403,
        "teamDrivesNotSupported",
        "The supportsAllDrives parameter must be set to true to include items from all drives.",
    )


def drive_without_its_items() -> DriveError:
    return invalid_parameter(
        "includeItemsFromAllDrives",
        "The includeItemsFromAllDrives parameter must be set to true when driveId is specified.",
    )


def drive_not_found(drive_id: str) -> DriveError:
    """Also the response for a shared drive of which the caller is not a member."""
    return DriveError(404, "notFound", f"Shared drive not found: {drive_id}", location=("parameter", "driveId"))


def invalid_value(name: str) -> DriveError:
    return DriveError(400, "invalid", "Invalid Value", location=("parameter", name))


def invalid_credentials() -> DriveError:
    return DriveError(
        401,
        "authError",
        "Invalid Credentials",
        location=("header", "Authorization"),
        summary=(
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
            "valid authentication credential. See "
            "https://developers.google.com/identity/sign-in/web/devconsole-project."
        ),
        rpc_status="UNAUTHENTICATED",
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'},
    )


def anonymous_caller() -> DriveError:
    return DriveError(
        403,
        "forbidden",
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or "
        "other form of API consumer identity to call this API.",
        rpc_status="PERMISSION_DENIED",
    )


def insufficient_scopes() -> DriveError:
    return DriveError(
        403,
        "insufficientPermissions",
        "Insufficient Permission",
        summary="Request had insufficient authentication scopes.",
        rpc_status="PERMISSION_DENIED",
        headers={
            "WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"',
        },
    )


def not_implemented(what: str) -> DriveError:
    """Name a feature of Google's that the local Google Drive lacks."""
    return DriveError(501, "notImplemented", f"The local Google Drive does not implement {what}.")


def range_not_satisfiable(size: int) -> DriveError:
    return DriveError(
        416,
        "requestedRangeNotSatisfiable",
        "Request range not satisfiable",
        location=("header", "Range"),
        headers={"Content-Range": f"bytes */{size}"},
    )
