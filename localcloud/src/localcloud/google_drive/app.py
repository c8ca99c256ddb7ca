"""The HTTP face of the local Google Drive: routing, sign-in, quotas, faults and the log of requests."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from localcloud.google_drive import changes, errors, files_read, files_write, parameters, sharing
from localcloud.google_drive.call import Call, Drive
from localcloud.google_drive.discovery import Method, drive_v3
from localcloud.google_drive.errors import DriveError
from localcloud.google_drive.identity import AccessToken
from localcloud.google_drive.journal import Entry
from localcloud.google_drive.oauth import token_endpoint
from localcloud.google_drive.quota import units_of
from localcloud.google_drive.weblink import old_download_link

_log = logging.getLogger(__name__)

Handler = Callable[[Call], Response]
HANDLERS: dict[str, Handler] = {
    "about.get": sharing.about,
    "changes.getStartPageToken": changes.start_page_token,
    "changes.list": changes.list_changes,
    "files.copy": files_write.copy,
    "files.create": files_write.create,
    "files.delete": files_write.delete,
    "files.get": files_read.get,
    "files.list": files_read.list_files,
    "files.update": files_write.update,
    "permissions.create": sharing.create_permission,
    "permissions.delete": sharing.delete_permission,
    "permissions.list": sharing.list_permissions,
}
_METADATA_ONLY = frozenset(
    f"https://www.googleapis.com/auth/{name}" for name in ("drive.metadata", "drive.metadata.readonly")
)
_PUT_CHUNK = "upload.put"


def _rules() -> Iterable[Rule]:
    for method in drive_v3().methods.values():
        path = method.path.replace("{", "<").replace("}", ">")
        yield Rule(f"/drive/v3/{path}", endpoint=method.name, methods=[method.http_method])
        if method.takes_media:
            yield Rule(f"/upload/drive/v3/{path}", endpoint=method.name, methods=[method.http_method])
            yield Rule(f"/upload/drive/v3/{path}", endpoint=_PUT_CHUNK, methods=["PUT"])
    yield Rule("/token", endpoint="token", methods=["POST"])
    yield Rule("/uc", endpoint="uc", methods=["GET"])
    yield Rule("/batch/drive/v3", endpoint="batch", methods=["POST"])


def bearer(request: Request) -> str | None:
    """The token of the Authorization header."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else None


def _overridden(environ: Any) -> Any:
    """A GET with more parameters than a URL holds comes as a form in a POST that says so in a header."""
    if environ["REQUEST_METHOD"] != "POST" or environ.get("HTTP_X_HTTP_METHOD_OVERRIDE", "").upper() != "GET":
        return environ
    query = Request(environ).get_data().decode("ascii")
    plain = {name: value for name, value in environ.items() if name not in ("CONTENT_TYPE", "CONTENT_LENGTH")}
    return {**plain, "REQUEST_METHOD": "GET", "QUERY_STRING": query, "wsgi.input": io.BytesIO()}


class DriveApp:
    """A WSGI application."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self._routes = Map(list(_rules()), strict_slashes=False, redirect_defaults=False)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(_overridden(environ))
        entry = self.drive.journal.open(Entry(time.time(), request.method, request.path, request.query_string.decode()))
        response = self._answer(request, entry)
        entry.status = response.status_code
        if not response.direct_passthrough:
            entry.bytes_served = len(response.get_data())
            entry.done = True
        return response(environ, start_response)

    def _answer(self, request: Request, entry: Entry) -> Response:
        try:
            return self._dispatch(request, entry)
        except DriveError as refused:
            entry.reason = refused.reason
            return refused.response()
        except Exception as fault:  # noqa: BLE001 - the outermost edge: logged, and answered as Google would
            number = uuid4().hex[:12]
            _log.exception("local Google Drive, fault %s: %s %s", number, request.method, request.path)
            entry.reason = "internalError"
            message = f"Internal Error {number} ({type(fault).__name__}); see the local cloud's log."
            return DriveError(500, "internalError", message).response()

    def _dispatch(self, request: Request, entry: Entry) -> Response:
        try:
            endpoint, args = self._routes.bind_to_environ(request.environ).match()
        except (NotFound, MethodNotAllowed, RequestRedirect) as unknown:
            raise DriveError(
                404, "notFound", f"The requested URL {request.path} was not found on this server."
            ) from unknown
        entry.operation, entry.file_id = endpoint, args.get("fileId")
        if endpoint == "token":
            return token_endpoint(self.drive, request)
        if endpoint == "uc":
            return old_download_link(self.drive, request, entry)
        if endpoint == "batch":
            raise errors.not_implemented("batch requests")
        if endpoint == _PUT_CHUNK:
            return self.drive.uploads.put(request, request.args.get("upload_id", ""))
        return self._operation(drive_v3().methods[endpoint], request, args, entry)

    def _operation(self, method: Method, request: Request, args: Mapping[str, Any], entry: Entry) -> Response:
        token = self._signed_in(request)
        entry.principal = token.principal.email
        handler = HANDLERS.get(method.name)
        if handler is None:
            raise errors.not_implemented(f"drive.{method.name}")
        params = parameters.query_parameters(method, request.args)
        entry.media = params.get("alt") == "media"
        entry.range = request.headers.get("Range") if entry.media else None
        _check_scopes(method, token, entry.media)
        units = units_of(method.name, request.method, entry.media)
        self.drive.quota.charge(token.principal.email, units)
        entry.units = units
        struck = self.drive.faults.take(_target(method, entry.media), entry.file_id)
        if "error" in struck:
            raise struck["error"].error()
        call = Call(self.drive, request, method, token.principal, token.scopes, args, params, {}, entry, struck)
        if not (method.takes_media and _carries_bytes(request)):
            call.body = parameters.json_body(request)
            parameters.check_body(method, call.body, drive_v3())
        return handler(call)

    def _signed_in(self, request: Request) -> AccessToken:
        value = bearer(request)
        if value is None:
            raise errors.anonymous_caller()
        token = self.drive.identity.authenticate(value)
        if token is None:
            raise errors.invalid_credentials()
        return token


def _carries_bytes(request: Request) -> bool:
    """The body of a simple or multipart upload is no JSON."""
    return request.path.startswith("/upload/") and request.args.get("uploadType") != "resumable"


def _check_scopes(method: Method, token: AccessToken, media: bool) -> None:
    """Metadata scopes open no content; else the scopes that Google lists for the method."""
    sufficient = method.scopes - _METADATA_ONLY if media else method.scopes
    if not sufficient & token.scopes:
        raise errors.insufficient_scopes()


def _target(method: Method, media: bool) -> str:
    if media:
        return "media"
    return "list" if method.name.endswith(".list") else "metadata"
