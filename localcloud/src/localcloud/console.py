"""The console: a WSGI app in JSON that lets people and tests control the local cloud.

GET handlers receive the query parameters, all others the JSON object in the body, and return the answer. `LookupError`
becomes 404 and `ValueError` 400, each with `{"error": sentence}`; any other exception is logged with its traceback and
becomes 500.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from localcloud.context import CloudContext, ConsoleRoutes

_log = logging.getLogger(__name__)


def _parameters(request: Request) -> Mapping[str, Any]:
    if request.method == "GET":
        return request.args.to_dict()
    raw = request.get_data()
    body = json.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - a bad request
    return body


def _json(status: int, answer: Any) -> Response:
    return Response(json.dumps(answer), status=status, content_type="application/json")


def answer(routes: ConsoleRoutes, request: Request) -> Response:
    """Answer one request."""
    handler = routes.handlers.get((request.method, request.path))
    if handler is None:
        known = sorted(f"{method} {path}" for method, path in routes.handlers)
        return _json(404, {"error": f"no console route {request.method} {request.path}", "routes": known})
    try:
        return _json(200, handler(_parameters(request)))
    except LookupError as error:
        return _json(404, {"error": str(error.args[0]) if error.args else "not found"})
    except ValueError as error:
        return _json(400, {"error": str(error)})
    except Exception as error:  # noqa: BLE001 - the outermost edge: logged and returned to the caller
        _log.exception("console: %s %s", request.method, request.path)
        return _json(500, {"error": f"{type(error).__name__}: {error}"})


def console_app(context: CloudContext) -> Any:
    """The console of one running cloud as a WSGI application, with the routes of the core."""

    def health(_: Mapping[str, Any]) -> Any:
        return {"status": "running", "endpoint": context.endpoint, "region": context.region}

    def activity(query: Mapping[str, Any]) -> Any:
        lines = context.activity.path.read_text("utf-8").splitlines() if context.activity.path.exists() else []
        records = [json.loads(line) for line in lines]
        service = query.get("service")
        return [record for record in records if service is None or record["service"] == service]

    def stop(_: Mapping[str, Any]) -> Any:
        context.stopping.set()
        return {"status": "stopping"}

    context.console.add("GET", "/health", health)
    context.console.add("GET", "/activity", activity)
    context.console.add("POST", "/stop", stop)

    @Request.application
    def application(request: Request) -> Response:
        return answer(context.console, request)

    return application
