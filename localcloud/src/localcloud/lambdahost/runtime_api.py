"""The Lambda runtime API (version 2018-06-01) for one execution environment, on a loopback port of its own.

Source: "Using the Lambda runtime API" in the Lambda developer guide. The runtime client in the process requests the
next event and posts its response or an error, in a loop.
"""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from localcloud.lambdahost.invocation import Invocation

_PREFIX = "/2018-06-01/runtime"


class RuntimePeer(Protocol):
    """The execution environment behind the API."""

    def next_invocation(self) -> tuple[Invocation, int] | None:
        """Block until there is an event; return it with its deadline (ms since the epoch). None: the end."""

    def answered(self, request_id: str, body: bytes) -> HTTPStatus: ...

    def failed(self, request_id: str, body: bytes) -> HTTPStatus: ...

    def init_failed(self, body: bytes) -> HTTPStatus: ...

    @property
    def invoked_function_arn(self) -> str: ...


class RuntimeApi:
    """Serve one environment until `close`. `address` is the value of AWS_LAMBDA_RUNTIME_API."""

    def __init__(self, peer: RuntimePeer) -> None:
        handler = type("BoundRuntimeHandler", (_RuntimeHandler,), {"peer": peer})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="lambda-runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening, without waiting: the accept loop checks twice a second."""
        threading.Thread(target=self._stop, name="lambda-runtime-api-close", daemon=True).start()

    def _stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _RuntimeHandler(BaseHTTPRequestHandler):
    """One connection of the runtime client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    peer: RuntimePeer

    def do_GET(self) -> None:
        if self.path != f"{_PREFIX}/invocation/next":
            self._not_found()
            return
        following = self.peer.next_invocation()
        if following is None:
            self.close_connection = True
            return
        invocation, deadline_ms = following
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.peer.invoked_function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        self._send(HTTPStatus.OK, invocation.payload, headers)

    def do_POST(self) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            self.close_connection = True
            self._send_json(HTTPStatus.NOT_IMPLEMENTED, "Runtime.ResponseStreaming is not implemented here")
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == f"{_PREFIX}/init/error":
            self._acknowledge(self.peer.init_failed(body))
            return
        request_id, _, kind = self.path.removeprefix(f"{_PREFIX}/invocation/").partition("/")
        if kind == "response":
            self._acknowledge(self.peer.answered(request_id, body))
        elif kind == "error":
            self._acknowledge(self.peer.failed(request_id, body))
        else:
            self._not_found()

    def _acknowledge(self, status: HTTPStatus) -> None:
        self._send_json(status, "" if status == HTTPStatus.ACCEPTED else status.phrase)

    def _not_found(self) -> None:
        self._send_json(HTTPStatus.NOT_FOUND, f"{self.command} {self.path} is not part of this runtime API")

    def _send_json(self, status: HTTPStatus, message: str) -> None:
        body = {"status": "OK"} if not message else {"errorMessage": message, "errorType": status.name}
        self._send(status, json.dumps(body).encode(), {})

    def _send(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Log nothing: each invocation has its START and REPORT lines."""
