"""POST /token: the OAuth token endpoint of service accounts."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from localcloud.google_drive.call import Drive
from localcloud.google_drive.errors import json_response
from localcloud.google_drive.identity import TOKEN_SECONDS, TokenRefused

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_NEVER_STORED = {"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Pragma": "no-cache"}


def token_endpoint(drive: Drive, request: Request) -> Response:
    """Trade a signed assertion for a bearer token; errors are OAuth's, not Drive's."""
    struck = drive.faults.take("token", None)
    if "error" in struck:
        fault = struck["error"].error()
        return _answer({"error": fault.reason, "error_description": fault.message}, fault.status)
    try:
        return _answer(_granted(drive, request), 200)
    except TokenRefused as refused:
        return _answer({"error": refused.error, "error_description": refused.description}, refused.status)


def _granted(drive: Drive, request: Request) -> dict[str, Any]:
    grant = request.form.get("grant_type")
    if grant == "refresh_token":
        raise TokenRefused("unsupported_grant_type", "The local Google Drive does not implement refresh tokens.")
    if grant != _JWT_BEARER:
        raise TokenRefused("unsupported_grant_type", f"Invalid grant_type: {grant or ''}")
    assertion = request.form.get("assertion")
    if not assertion:
        raise TokenRefused("invalid_request", "Missing required parameter: assertion")
    token = drive.identity.exchange(assertion, request.base_url)
    return {"access_token": token.value, "expires_in": TOKEN_SECONDS, "token_type": "Bearer"}


def _answer(body: dict[str, Any], status: int) -> Response:
    return json_response(body, status, _NEVER_STORED)
