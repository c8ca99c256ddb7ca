"""Fixtures for all adapters: a clock, a retry policy, a bucket, web servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from localcloud.process import RunningCloud
from tests.fakes.clock import ManualClock
from tests.waiting import eventually
from vcp.adapters.retry import Backoff

START = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)


@dataclass
class MemoryRanges:
    """An object in memory that records its reads. A read that includes byte `fail_at` raises `failure`."""

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
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def quick() -> Backoff:
    """Return a retry policy of six tries within milliseconds."""
    return Backoff(attempts=6, first_seconds=0.001, max_seconds=0.005)


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
    """Return a function that waits for a condition and fails after 20 seconds."""

    def wait(condition: Callable[[], bool]) -> None:
        eventually(condition, seconds=20)

    return wait


class Answering(BaseHTTPRequestHandler):
    """A request handler without a log; subclasses define `answer` for all methods."""

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
    """Run a web server on a free port of 127.0.0.1 and yield its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
