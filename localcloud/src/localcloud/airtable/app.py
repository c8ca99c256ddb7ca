"""HTTP side of the local Airtable: routing, tokens, rate limits, faults and the request log."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from localcloud.airtable import schema
from localcloud.airtable.errors import (
    AirtableError,
    authentication_required,
    invalid_token,
    json_response,
    no_permission_or_model,
    not_found,
    not_implemented,
)
from localcloud.airtable.faults import AirtableFault
from localcloud.airtable.limits import RateLimiter
from localcloud.airtable.model import Base, Table, Token, Workspace
from localcloud.airtable.records import upsert
from localcloud.stand_in import Faults, RequestLog, bearer_token

_log = logging.getLogger(__name__)


@dataclass
class Call:
    """An authenticated request."""

    workspace: Workspace
    request: Request
    token: Token
    args: Mapping[str, str]

    @property
    def base(self) -> Base:
        base = self.workspace.bases.get(self.args["base_id"])
        if base is None or base.id not in self.token.bases:
            raise no_permission_or_model()
        return base

    @property
    def table(self) -> Table:
        table = self.base.table(self.args["table_id"])
        if table is None:
            raise no_permission_or_model()
        return table

    def body(self) -> dict[str, Any]:
        """Return the JSON object of the request; NaN and Infinity are not JSON."""
        try:
            body = json.loads(self.request.get_data() or b"{}", parse_constant=_reject_constant)
        except ValueError as invalid:
            raise AirtableError(422, "INVALID_REQUEST_BODY", "Could not parse request body") from invalid
        if not isinstance(body, dict):
            raise AirtableError(422, "INVALID_REQUEST_BODY", "Could not parse request body")
        return body


def _reject_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


@dataclass(frozen=True)
class Operation:
    """What an endpoint does, and the scope that it requires."""

    scope: str
    handle: Callable[[Call], Any]


OPERATIONS = {
    "get base schema": Operation(
        "schema.bases:read", lambda call: schema.list_tables(call.base, call.request.args.getlist("include"))
    ),
    "create table": Operation("schema.bases:write", lambda call: schema.create_table(call.base, call.body())),
    "create field": Operation("schema.bases:write", lambda call: schema.create_field(call.table, call.body())),
    "update multiple records": Operation("data.records:write", lambda call: upsert(call.table, call.body())),
}
#: Airtable's endpoints by the names of its documentation. One that is not among the operations answers 501.
_ENDPOINTS = {
    "get base schema": "GET /v0/meta/bases/<base_id>/tables",
    "create table": "POST /v0/meta/bases/<base_id>/tables",
    "create field": "POST /v0/meta/bases/<base_id>/tables/<table_id>/fields",
    "update multiple records": "PATCH /v0/<base_id>/<table_id>",
    "replace multiple records": "PUT /v0/<base_id>/<table_id>",
    "list records": "GET /v0/<base_id>/<table_id>",
    "list records by POST": "POST /v0/<base_id>/<table_id>/listRecords",
    "create records": "POST /v0/<base_id>/<table_id>",
    "delete multiple records": "DELETE /v0/<base_id>/<table_id>",
    "get record": "GET /v0/<base_id>/<table_id>/<record_id>",
    "update record": "PATCH /v0/<base_id>/<table_id>/<record_id>",
    "replace record": "PUT /v0/<base_id>/<table_id>/<record_id>",
    "delete record": "DELETE /v0/<base_id>/<table_id>/<record_id>",
    "get user id and scopes": "GET /v0/meta/whoami",
    "list bases": "GET /v0/meta/bases",
    "create base": "POST /v0/meta/bases",
    "get base collaborators": "GET /v0/meta/bases/<base_id>",
    "update table": "PATCH /v0/meta/bases/<base_id>/tables/<table_id>",
    "update field": "PATCH /v0/meta/bases/<base_id>/tables/<table_id>/fields/<field_id>",
    "list comments": "GET /v0/<base_id>/<table_id>/<record_id>/comments",
    "create comment": "POST /v0/<base_id>/<table_id>/<record_id>/comments",
    "upload attachment": "POST /v0/<base_id>/<record_id>/<field>/uploadAttachment",
    "list webhooks": "GET /v0/bases/<base_id>/webhooks",
    "create webhook": "POST /v0/bases/<base_id>/webhooks",
}


def _routes() -> Map:
    rules = (Rule(where.split()[1], endpoint=name, methods=where.split()[:1]) for name, where in _ENDPOINTS.items())
    return Map(list(rules), strict_slashes=False, merge_slashes=False)


class AirtableApp:
    """A WSGI application."""

    def __init__(
        self, workspace: Workspace, limiter: RateLimiter, faults: Faults[AirtableFault], log: RequestLog
    ) -> None:
        self._workspace = workspace
        self._limiter = limiter
        self._faults = faults
        self._requests = log
        self._routes = _routes()

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        entry = {"at": time.time(), "method": request.method, "path": request.path, "operation": None, "base": None}
        self._requests.add(entry)
        response = self._respond(request, entry)
        entry["status"] = response.status_code
        return response(environ, start_response)

    def _respond(self, request: Request, entry: dict[str, Any]) -> Response:
        try:
            return self._dispatch(request, entry)
        except AirtableError as error:
            entry["error"] = error.kind
            return error.response()
        except Exception as fault:  # noqa: BLE001 - the outermost edge: logged, and answered as a server error
            number = uuid4().hex[:12]
            _log.exception("local Airtable, fault %s: %s %s", number, request.method, request.path)
            message = f"Fault {number} ({type(fault).__name__}); see the local cloud's log."
            return AirtableError(500, "SERVER_ERROR", message).response()

    def _dispatch(self, request: Request, entry: dict[str, Any]) -> Response:
        token = self._authenticate(request)
        try:
            name, args = self._routes.bind_to_environ(request.environ).match()
        except HTTPException as unknown:
            raise not_found() from unknown
        base_id = args.get("base_id", "")
        entry["operation"], entry["base"] = name, base_id
        self._limiter.admit(token.owner, base_id)
        operation = OPERATIONS.get(name)
        if operation is None:
            raise not_implemented(f'"{name}"')
        if operation.scope not in token.scopes:
            raise no_permission_or_model()
        fault = self._faults.take(lambda _: True)
        if fault is not None and not fault.after:
            raise fault.error()
        with self._workspace.lock:
            body = operation.handle(Call(self._workspace, request, token, args))
        if fault is not None:
            raise fault.error()
        return json_response(body)

    def _authenticate(self, request: Request) -> Token:
        value = bearer_token(request)
        if value is None:
            raise authentication_required()
        token = self._workspace.tokens.get(value)
        if token is None:
            raise invalid_token()
        return token
