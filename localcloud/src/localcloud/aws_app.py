"""The AWS endpoint as a WSGI application, with an outermost edge that speaks AWS.

A request that its service would refuse for its form never reaches moto (`request_check`).

moto answers what it has not implemented, and its own faults, with an HTML page. Here they become errors in the
service's own protocol: `NotImplemented` (501, so that no SDK retries it) with the name of what is missing, and
`InternalError` (500), logged with its traceback.
"""

from __future__ import annotations

import json
import logging
from html import escape
from typing import Any

from flask import Flask, Response, request
from moto.core.exceptions import ServiceException
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from localcloud.request_check import RequestCheck

_log = logging.getLogger(__name__)


def _action() -> str:
    target = request.headers.get("X-Amz-Target")
    if target:
        return target.rsplit(".", 1)[-1]
    return request.values.get("Action") or f"{request.method} {request.path}"


def _speaks_json(service: str) -> bool:
    content_type = request.content_type or ""
    return service != "s3" and not content_type.startswith("application/x-www-form-urlencoded")


def error_answer(service: str, status: int, code: str, message: str) -> Response:
    """An error in the wire format that the service's clients parse."""
    if _speaks_json(service):
        body = json.dumps({"__type": code, "message": message})
        return Response(body, status, {"Content-Type": "application/json", "x-amzn-errortype": code})
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    xml = f"<Error>{error}</Error>" if service == "s3" else f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
    return Response(xml, status, {"Content-Type": "application/xml"})


def _create(service: str, check: RequestCheck) -> Flask:
    app: Flask = create_backend_app(service)
    app.debug = False  # no page with a traceback: the log has it
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def missing(gap: NotImplementedError) -> Response:
        reason = str(gap)
        _log.error("%s %s is not implemented: %s", service, _action(), reason)
        return error_answer(
            service, 501, "NotImplemented", f"The local cloud does not implement {service} {_action()}: {reason}"
        )

    def refused(error: HTTPException) -> Any:
        if type(error) in (NotFound, MethodNotAllowed):  # nothing of moto's answers to this path
            return missing(NotImplementedError(f"no handler for {request.method} {request.path}"))
        return error  # moto's own errors are HTTP exceptions too

    def modelled(error: ServiceException) -> Response:
        return error_answer(service, 400, error.code, error.message)

    def fault(broken: Exception) -> Response:
        _log.error("%s %s", service, _action(), exc_info=broken)
        return error_answer(service, 500, "InternalError", f"{type(broken).__name__}: {broken}")

    def held_against_the_model() -> Response | None:
        refusal = check.refusal(service, request)
        return error_answer(service, 400, refusal.code, refusal.message) if refusal else None

    app.before_request(held_against_the_model)
    app.register_error_handler(NotImplementedError, missing)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(ServiceException, modelled)
    app.register_error_handler(Exception, fault)
    return app


def aws_app(check: RequestCheck) -> Any:
    """moto's dispatcher over all services, with our edge around each."""
    return DomainDispatcherApplication(lambda service: _create(service, check))
