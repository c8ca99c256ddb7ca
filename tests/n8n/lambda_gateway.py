"""A gateway in front of the local Lambda endpoint: it records and times each call, and can simulate failures."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import requests

_HOP_BY_HOP = {"host", "connection", "keep-alive", "transfer-encoding", "content-length"}
_TIMEOUT_SECONDS = 300

#: Status and body of Lambda's answers in an outage, and to an unknown access key.
OUTAGE = (503, b'{"Type": "Server", "Message": "Service Unavailable"}')
WRONG_KEY = (403, b'{"message": "The security token included in the request is invalid."}')


@dataclass(frozen=True)
class Call:
    """One call of a function."""

    at: float
    function: str
    payload: Any
    status: int
    answer: Any
    seconds: float


@dataclass
class LambdaGateway:
    """A running gateway."""

    url: str
    calls: list[Call] = field(default_factory=list)
    #: Text in a call's payload (the empty one is in all) -> status and body to answer instead of forwarding the call.
    failures: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def failure_for(self, payload: bytes) -> tuple[int, bytes] | None:
        return next((answer for text, answer in self.failures.items() if text.encode() in payload), None)

    def about(self, file_id: str) -> list[Call]:
        """Return the calls about one Drive file, oldest first."""
        return [call for call in self.calls if file_id in json.dumps(call.payload)]


@contextmanager
def lambda_gateway(aws: str) -> Iterator[LambdaGateway]:
    """Run a gateway to the endpoint `aws` during a `with`."""
    gateway = LambdaGateway("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Print nothing: the calls are recorded."""

        def do_POST(self) -> None:
            at, started = time.time(), time.monotonic()
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = gateway.failure_for(body) or self._forward(body)
            function = unquote(self.path.rsplit("/", 2)[-2])
            seconds = time.monotonic() - started
            gateway.calls.append(Call(at, function, _parsed(body), status, _parsed(answer), seconds))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _forward(self, body: bytes) -> tuple[int, bytes]:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            answer = requests.post(aws + self.path, data=body, headers=headers, timeout=_TIMEOUT_SECONDS)
            return answer.status_code, answer.content

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, name="lambda-gateway", daemon=True).start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
