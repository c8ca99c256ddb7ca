"""The AWS endpoint as a WSGI application that answers every error in the service's protocol.

An invalid request never reaches moto (`request_check`). moto answers what it does not implement, and its own bugs, with
an HTML page. Here they become `NotImplemented` (501, which no SDK retries) with the name of what is missing, and
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


def error_response(service: str, status: int, code: str, message: str) -> Response:
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

    def missing(error: NotImplementedError) -> Response:
        reason = str(error)
        _log.error("%s %s is not implemented: %s", service, _action(), reason)
        return error_response(
            service, 501, "NotImplemented", f"The local cloud does not implement {service} {_action()}: {reason}"
        )

    def http_error(error: HTTPException) -> Any:
        if type(error) in (NotFound, MethodNotAllowed):  # moto has no handler for this path
            return missing(NotImplementedError(f"no handler for {request.method} {request.path}"))
        return error  # moto's own errors are HTTP exceptions too

    def service_error(error: ServiceException) -> Response:
        return error_response(service, 400, error.code, error.message)

    def internal_error(error: Exception) -> Response:
        _log.error("%s %s", service, _action(), exc_info=error)
        return error_response(service, 500, "InternalError", f"{type(error).__name__}: {error}")

    def check_request() -> Response | None:
        rejection = check.rejection(service, request)
        return error_response(service, 400, rejection.code, rejection.message) if rejection else None

    app.before_request(check_request)
    app.register_error_handler(NotImplementedError, missing)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(ServiceException, service_error)
    app.register_error_handler(Exception, internal_error)
    return app


def aws_app(check: RequestCheck) -> Any:
    """moto's dispatcher over all services, each with our error handlers."""
    return DomainDispatcherApplication(lambda service: _create(service, check))
