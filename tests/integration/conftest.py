"""What the adapter tests share: names of their own on the one local cloud, records, a clock that can be set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from uuid import uuid4

import pytest

from localcloud.process import RunningCloud
from tests.waiting import eventually
from vcp.adapters.retry import Backoff

START = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)


@dataclass
class SetClock:
    """A clock that stands until a test moves it."""

    at: datetime = START
    _lock: Lock = field(default_factory=Lock)

    def now(self) -> datetime:
        with self._lock:
            return self.at

    def pass_seconds(self, seconds: float) -> None:
        with self._lock:
            self.at += timedelta(seconds=seconds)


@dataclass
class MemoryRanges:
    """An object in memory that tells what was read of it; `fail_at` raises when that byte is asked for."""

    data: bytes
    fail_at: int | None = None
    failure: Exception | None = None
    reads: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.size_bytes = len(self.data)

    def read(self, start: int, length: int) -> Iterator[bytes]:
        self.reads.append((start, length))
        if self.failure is not None and self.fail_at is not None and start + length > self.fail_at:
            raise self.failure
        for position in range(start, min(start + length, len(self.data)), 65536):
            yield self.data[position : min(position + 65536, start + length)]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def quick() -> Backoff:
    """Six tries within milliseconds."""
    return Backoff(attempts=6, first_seconds=0.001, longest_seconds=0.005)


@pytest.fixture
def bucket(cloud: RunningCloud) -> str:
    name = f"adapters-{uuid4().hex}"
    cloud.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Waits until a condition holds; fails after 20 seconds."""

    def wait(condition: Callable[[], bool]) -> None:
        eventually(condition, seconds=20)

    return wait


class Answering(BaseHTTPRequestHandler):
    """A web server's handler without a log; a test says in `answer` what comes, whatever the method."""

    def answer(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def web_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A web server of a test's own on a free port of 127.0.0.1; its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
