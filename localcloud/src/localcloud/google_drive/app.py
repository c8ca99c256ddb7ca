"""HTTP side of the local Google Drive: routing, tokens, quotas, faults and the request log.

The token endpoint and the methods of Drive v3 that `METHODS` names respond as Google does, errors included; all
others answer 501 with their name. People change Drive through the console.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from localcloud.google_drive import changes, errors, files, parameters
from localcloud.google_drive.call import Call, Drive
from localcloud.google_drive.discovery import Method, drive_v3
from localcloud.google_drive.errors import DriveError, json_response
from localcloud.google_drive.faults import take_faults
from localcloud.google_drive.identity import TOKEN_SECONDS, AccessToken, TokenError
from localcloud.google_drive.quota import units_of
from localcloud.stand_in import bearer_token

_log = logging.getLogger(__name__)

METHODS: dict[str, Callable[[Call], Response]] = {
    "changes.getStartPageToken": changes.start_page_token,
    "changes.list": changes.list_changes,
    "files.get": files.get,
    "files.list": files.list_files,
}
_METADATA_ONLY = frozenset(
    f"https://www.googleapis.com/auth/{name}" for name in ("drive.metadata", "drive.metadata.readonly")
)
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_NEVER_STORED = {"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Pragma": "no-cache"}


def _rules() -> Iterable[Rule]:
    for method in drive_v3().methods.values():
        path = method.path.replace("{", "<").replace("}", ">")
        prefixes = ("/drive/v3/", "/upload/drive/v3/") if method.takes_media else ("/drive/v3/",)
        for prefix in prefixes:
            yield Rule(prefix + path, endpoint=method.name, methods=[method.http_method])
    yield Rule("/token", endpoint="token", methods=["POST"])


class DriveApp:
    """A WSGI application."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive
        self._routes = Map(list(_rules()), strict_slashes=False, redirect_defaults=False)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        entry: dict[str, Any] = {
            "at": time.time(),
            "method": request.method,
            "path": request.path,
            "query": request.query_string.decode(),
            "operation": None,
            "principal": None,
            "fileId": None,
            "media": False,
            "bytesServed": 0,
        }
        self._drive.log.add(entry)
        response = self._respond(request, entry)
        entry["status"] = response.status_code
        return response(environ, start_response)

    def _respond(self, request: Request, entry: dict[str, Any]) -> Response:
        try:
            return self._dispatch(request, entry)
        except DriveError as error:
            entry["reason"] = error.reason
            return error.response()
        except Exception as fault:  # noqa: BLE001 - the outermost edge: logged, and answered as Google would
            number = uuid4().hex[:12]
            _log.exception("local Google Drive, fault %s: %s %s", number, request.method, request.path)
            message = f"Internal Error {number} ({type(fault).__name__}); see the local cloud's log."
            return DriveError(500, "internalError", message).response()

    def _dispatch(self, request: Request, entry: dict[str, Any]) -> Response:
        try:
            endpoint, args = self._routes.bind_to_environ(request.environ).match()
        except HTTPException as unknown:
            raise DriveError(
                404, "notFound", f"The requested URL {request.path} was not found on this server."
            ) from unknown
        entry["operation"], entry["fileId"] = endpoint, args.get("fileId")
        if endpoint == "token":
            return self._token(request)
        return self._method(drive_v3().methods[endpoint], request, args, entry)

    def _token(self, request: Request) -> Response:
        """Exchange a signed assertion for a bearer token; errors are OAuth's, not Drive's."""
        faults = take_faults(self._drive.faults, "token", None)
        if "error" in faults:
            error = faults["error"].error()
            return json_response({"error": error.reason, "error_description": error.message}, error.status)
        grant, assertion = request.form.get("grant_type"), request.form.get("assertion")
        try:
            if grant != _JWT_BEARER:
                raise TokenError("unsupported_grant_type", f"Invalid grant_type: {grant or ''}")
            if not assertion:
                raise TokenError("invalid_request", "Missing required parameter: assertion")
            token = self._drive.identity.exchange(assertion, request.base_url)
        except TokenError as error:
            failure = {"error": error.error, "error_description": error.description}
            return json_response(failure, error.status, _NEVER_STORED)
        body = {"access_token": token.value, "expires_in": TOKEN_SECONDS, "token_type": "Bearer"}
        return json_response(body, headers=_NEVER_STORED)

    def _method(self, method: Method, request: Request, args: Mapping[str, Any], entry: dict[str, Any]) -> Response:
        token = self._authenticate(request)
        entry["principal"] = token.principal.email
        handler = METHODS.get(method.name)
        if handler is None:
            raise errors.not_implemented(f"drive.{method.name}")
        params = parameters.query_parameters(method, request.args)
        media = entry["media"] = params.get("alt") == "media"
        if not (method.scopes - _METADATA_ONLY if media else method.scopes) & token.scopes:
            raise errors.insufficient_scopes()
        self._drive.quota.charge(token.principal.email, units_of(method.name, media))
        target = "media" if media else "list" if method.name.endswith(".list") else "metadata"
        faults = take_faults(self._drive.faults, target, entry["fileId"])
        if "error" in faults:
            raise faults["error"].error()
        file_id = args.get("fileId", "")
        return handler(Call(self._drive, request, method, token.principal, file_id, params, entry, faults))

    def _authenticate(self, request: Request) -> AccessToken:
        value = bearer_token(request)
        if value is None:
            raise errors.anonymous_caller()
        token = self._drive.identity.authenticate(value)
        if token is None:
            raise errors.invalid_credentials()
        return token
