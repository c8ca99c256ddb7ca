"""Stands before the local cloud's AWS endpoint: measures each call of a function as its caller feels it; can shut."""

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

_OF_THE_CONNECTION = {"host", "connection", "keep-alive", "transfer-encoding", "content-length"}
_TIMEOUT_SECONDS = 300


#: What Lambda answers in an outage, and to whom it does not know.
OUTAGE = (503, b'{"Type": "Server", "Message": "Service Unavailable"}')
WRONG_KEY = (403, b'{"message": "The security token included in the request is invalid."}')


@dataclass(frozen=True)
class Knock:
    """One call of a function."""

    at: float
    function: str
    payload: Any
    status: int
    answer: Any
    seconds: float


@dataclass
class DoorGate:
    """A gate that listens at `url`. What `instead` names gets that answer, and nobody behind is asked."""

    url: str
    knocks: list[Knock] = field(default_factory=list)
    #: A text that a call's payload contains (all contain the empty one) -> status and body.
    instead: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def answer_instead(self, payload: bytes) -> tuple[int, bytes] | None:
        return next((answer for text, answer in self.instead.items() if text.encode() in payload), None)

    def about(self, file_id: str) -> list[Knock]:
        """The calls about one Drive file, oldest first."""
        return [knock for knock in self.knocks if file_id in json.dumps(knock.payload)]


@contextmanager
def door_gate(aws: str) -> Iterator[DoorGate]:
    """Listen for the time of a `with`; `aws` is the URL of the endpoint behind."""
    gate = DoorGate("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Nothing is printed: `knocks` has it."""

        def do_POST(self) -> None:
            at, started = time.time(), time.monotonic()
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = gate.answer_instead(body) or self._behind(body)
            function = unquote(self.path.rsplit("/", 2)[-2])
            gate.knocks.append(Knock(at, function, _parsed(body), status, _parsed(answer), time.monotonic() - started))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _behind(self, body: bytes) -> tuple[int, bytes]:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_CONNECTION}
            answer = requests.post(aws + self.path, data=body, headers=headers, timeout=_TIMEOUT_SECONDS)
            return answer.status_code, answer.content

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gate.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, name="door-gate", daemon=True).start()
    try:
        yield gate
    finally:
        server.shutdown()
        server.server_close()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
