"""The HTTP face of the local Airtable: routing, tokens, rate limits, faults and the log of requests."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from localcloud.airtable import listing, meta, records
from localcloud.airtable.errors import (
    AirtableError,
    NotFoundError,
    authentication_required,
    invalid_token,
    json_response,
    no_permission_or_model,
    not_implemented,
)
from localcloud.airtable.faults import Faults
from localcloud.airtable.journal import Journal
from localcloud.airtable.limits import RateLimiter
from localcloud.airtable.model import Base, Table, Token, Workspace

_log = logging.getLogger(__name__)

#: Documented: URLs beyond it are refused; the body's limit is not documented and well above ten records.
MAXIMUM_URL = 16_000
_MAXIMUM_BODY_BYTES = 8 * 1024 * 1024

_READ, _WRITE = "data.records:read", "data.records:write"
_SCHEMA_READ, _SCHEMA_WRITE = "schema.bases:read", "schema.bases:write"
#: endpoint -> scope; None needs a token only.
_SCOPES: dict[str, str | None] = {
    "whoami": None,
    "bases": _SCHEMA_READ,
    "tables": _SCHEMA_READ,
    "create_table": _SCHEMA_WRITE,
    "update_table": _SCHEMA_WRITE,
    "create_field": _SCHEMA_WRITE,
    "update_field": _SCHEMA_WRITE,
    "list": _READ,
    "list_post": _READ,
    "get": _READ,
    "create": _WRITE,
    "update_many": _WRITE,
    "delete_many": _WRITE,
    "update": _WRITE,
    "delete": _WRITE,
}
_RULES = [
    ("GET", "/v0/meta/whoami", "whoami"),
    ("GET", "/v0/meta/bases", "bases"),
    ("GET", "/v0/meta/bases/<base_id>/tables", "tables"),
    ("POST", "/v0/meta/bases/<base_id>/tables", "create_table"),
    ("PATCH", "/v0/meta/bases/<base_id>/tables/<table_id>", "update_table"),
    ("POST", "/v0/meta/bases/<base_id>/tables/<table_id>/fields", "create_field"),
    ("PATCH", "/v0/meta/bases/<base_id>/tables/<table_id>/fields/<field_id>", "update_field"),
    ("GET", "/v0/<base_id>/<table_id>", "list"),
    ("POST", "/v0/<base_id>/<table_id>/listRecords", "list_post"),
    ("GET", "/v0/<base_id>/<table_id>/<record_id>", "get"),
    ("POST", "/v0/<base_id>/<table_id>", "create"),
    ("PATCH,PUT", "/v0/<base_id>/<table_id>", "update_many"),
    ("DELETE", "/v0/<base_id>/<table_id>", "delete_many"),
    ("PATCH,PUT", "/v0/<base_id>/<table_id>/<record_id>", "update"),
    ("DELETE", "/v0/<base_id>/<table_id>/<record_id>", "delete"),
]
#: Airtable has these; refused by name.
_UNIMPLEMENTED = {
    "creating bases": ("POST", "/v0/meta/bases"),
    "comments": ("GET,POST", "/v0/<base_id>/<table_id>/<record_id>/comments"),
    "uploading attachments": ("POST", "/v0/<base_id>/<record_id>/<field>/uploadAttachment"),
    "webhooks": ("GET,POST", "/v0/bases/<base_id>/webhooks"),
    "base collaborators": ("GET", "/v0/meta/bases/<base_id>"),
}


@dataclass
class Airtable:
    """Everything that the API and the console share."""

    workspace: Workspace
    limiter: RateLimiter
    faults: Faults
    journal: Journal
    iterators: listing.Iterators
    stopping: threading.Event


@dataclass
class Call:
    """An admitted request."""

    airtable: Airtable
    request: Request
    token: Token
    args: Mapping[str, str]

    @property
    def base(self) -> Base:
        base = self.airtable.workspace.bases.get(self.args["base_id"])
        if base is None or base.id not in self.token.bases:
            raise no_permission_or_model()
        return base

    @property
    def table(self) -> Table:
        table = self.base.table(self.args["table_id"])
        if table is None:
            raise no_permission_or_model()
        return table

    @property
    def replaces(self) -> bool:
        return self.request.method == "PUT"

    def body(self) -> dict[str, Any]:
        """The JSON object of the request; NaN and the like are no JSON."""
        if (self.request.content_length or 0) > _MAXIMUM_BODY_BYTES:
            raise AirtableError(413, "REQUEST_TOO_LARGE", "The request exceeds the maximum payload size.")
        try:
            body = json.loads(self.request.get_data() or b"{}", parse_constant=_no_constant)
        except ValueError as broken:
            raise AirtableError(422, "INVALID_REQUEST_BODY", "Could not parse request body") from broken
        if not isinstance(body, dict):
            raise AirtableError(422, "INVALID_REQUEST_BODY", "Could not parse request body")
        return body


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _get(call: Call) -> Any:
    record = call.table.records.get(call.args["record_id"])
    if record is None:
        raise NotFoundError
    by_id = listing.truth(call.request.args.get("returnFieldsByFieldId", "0"), "returnFieldsByFieldId")
    return call.table.shown(record, by_id=by_id)


def _delete_one(call: Call) -> Any:
    if call.args["record_id"] not in call.table.records:
        raise NotFoundError
    return records.delete(call.table, [call.args["record_id"]])[0]


def _delete_many(call: Call) -> Any:
    ids = call.request.args.getlist("records[]") or call.request.args.getlist("records")
    return {"records": records.delete(call.table, ids)}


def _page(call: Call, parameters: Mapping[str, Any]) -> Any:
    return call.airtable.iterators.page(call.table, listing.parse(parameters, call.table))


HANDLERS: dict[str, Callable[[Call], Any]] = {
    "whoami": lambda call: meta.whoami(call.token),
    "bases": lambda call: meta.bases(call.airtable.workspace, call.token),
    "tables": lambda call: meta.tables(call.base, call.request.args.getlist("include")),
    "create_table": lambda call: meta.create_table(call.base, call.body()),
    "update_table": lambda call: meta.update_table(call.base, call.table, call.body()),
    "create_field": lambda call: meta.create_field(call.table, call.body()),
    "update_field": lambda call: meta.update_field(call.table, call.args["field_id"], call.body()),
    "list": lambda call: _page(call, listing.from_query(call.request.args)),
    "list_post": lambda call: _page(call, {**listing.from_query(call.request.args), **call.body()}),
    "get": _get,
    "create": lambda call: records.create(call.table, call.body()),
    "update_many": lambda call: records.update_many(call.table, call.body(), replace=call.replaces),
    "update": lambda call: records.update_one(call.table, call.args["record_id"], call.body(), replace=call.replaces),
    "delete_many": _delete_many,
    "delete": _delete_one,
}


def _routes() -> Map:
    rules = [Rule(path, endpoint=name, methods=methods.split(",")) for methods, path, name in _RULES]
    rules += [
        Rule(path, endpoint=f"unimplemented:{what}", methods=methods.split(","))
        for what, (methods, path) in _UNIMPLEMENTED.items()
    ]
    return Map(rules, strict_slashes=False, merge_slashes=False)


class AirtableApp:
    """A WSGI application."""

    def __init__(self, airtable: Airtable) -> None:
        self.airtable = airtable
        self._map = _routes()

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        entry: dict[str, Any] = {"at": time.time(), "method": request.method, "path": request.path}
        self.airtable.journal.add(entry)
        response = self._answer(request, entry)
        entry["status"] = response.status_code
        return response(environ, start_response)

    def _answer(self, request: Request, entry: dict[str, Any]) -> Response:
        try:
            return self._dispatch(request, entry)
        except AirtableError as refused:
            entry["error"] = refused.kind
            return refused.response()
        except Exception as fault:  # noqa: BLE001 - the outermost edge: logged, and answered as a fault of the server
            number = uuid4().hex[:12]
            _log.exception("local Airtable, fault %s: %s %s", number, request.method, request.path)
            message = f"Fault {number} ({type(fault).__name__}); see the local cloud's log."
            return AirtableError(500, "SERVER_ERROR", message).response()

    def _dispatch(self, request: Request, entry: dict[str, Any]) -> Response:
        token = self._token(request)
        entry["owner"] = token.owner
        if len(request.url) > MAXIMUM_URL:
            raise AirtableError(414, "URI_TOO_LONG", f"A URL may have {MAXIMUM_URL} characters at most.")
        try:
            endpoint, args = self._map.bind_to_environ(request.environ).match()
        except HTTPException as unknown:
            raise NotFoundError from unknown
        entry["operation"], entry["base"] = endpoint, args.get("base_id")
        self.airtable.limiter.admit(token.owner, args.get("base_id"))
        if endpoint.startswith("unimplemented:"):
            raise not_implemented(endpoint.removeprefix("unimplemented:"))
        needed = _SCOPES[endpoint]
        if needed is not None and needed not in token.scopes:
            raise no_permission_or_model()
        fault = self.airtable.faults.take(endpoint)
        if fault is not None and fault.delay_seconds:
            self.airtable.stopping.wait(fault.delay_seconds)
        if fault is not None and fault.status is not None and not fault.after:
            return fault.response()
        with self.airtable.workspace.lock:
            answer = HANDLERS[endpoint](Call(self.airtable, request, token, args))
        if fault is not None and fault.status is not None:
            return fault.response()
        return json_response(answer)

    def _token(self, request: Request) -> Token:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value.strip():
            raise authentication_required()
        token = self.airtable.workspace.tokens.get(value.strip())
        if token is None:
            raise invalid_token()
        return token
