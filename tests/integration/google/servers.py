"""Web servers in place of Google that record their requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.integration.conftest import Answering, web_server


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def server(reply: Callable[[Answering], Answer]) -> Iterator[tuple[str, list[str]]]:
    """Run a web server that answers with `reply` and yield its base URL and the requested paths."""
    calls: list[str] = []

    class Replying(Answering):
        def answer(self) -> None:
            calls.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = reply(self)
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

    with web_server(Replying) as url:
        yield url, calls


def not_found(_: Answering) -> Answer:
    """Reply of a server that must not be called."""
    return Answer(404)
