"""A loopback HTTP server that gives one client ranges of one object, wherever that lies.

So that ffprobe can read an object in Drive or S3 without seeing its address or a token: it knows only an unguessable
path on 127.0.0.1. Bytes are counted against a budget, and what goes wrong behind the server is kept for the caller.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Event, Lock, Thread
from typing import Any

from vcp.domain.errors import Rejection
from vcp.ports.storage import ByteRanges

#: What the first reading of the object brings; it is kept, since a probe comes back to it.
HEAD_BYTES = 512 * 1024
#: A client that asks for "the rest" gets it in readings that double up to this, so that little is read in vain
#: when it hangs up and seeks elsewhere.
_LARGEST_READING_BYTES = 16 * 1024**2
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class RangeServer(ThreadingTCPServer):
    """Serves `ranges` on a port of its own until closed; use `serving`. Fulfils `ports.ByteRanges` for its owner.

    Attributes:
        failure: the first error behind the server, or None. No request is answered after it.
        bytes_read: what was read from `ranges` so far.
        size_bytes: of the object.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, ranges: ByteRanges, budget_bytes: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ranges = ranges
        self.size_bytes = ranges.size_bytes
        self.path = f"/{secrets.token_urlsafe(32)}"
        self.failure: BaseException | None = None
        self.bytes_read = 0
        self.stopping = Event()
        self._budget_bytes = budget_bytes
        self._head: bytes | None = None
        self._lock = Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.path}"

    def head(self) -> bytes:
        """The first `HEAD_BYTES` of the object, read once. Raises what `ranges` raises."""
        with self._lock:
            if self._head is None:
                self._head = b"".join(self.ranges.read(0, HEAD_BYTES))
                self.bytes_read += len(self._head)
            return self._head

    def stream(self, start: int, end: int) -> Generator[bytes]:
        """The bytes [start, end) in growing readings. Raises `Rejection` when the budget is used up."""
        head = self.head()
        if start < len(head):
            yield head[start:end]
            start = len(head)
        reading = HEAD_BYTES
        while start < end and not self.stopping.is_set():
            for chunk in self.ranges.read(start, min(reading, end - start)):
                self._count(len(chunk))
                start += len(chunk)
                yield chunk
                if self.stopping.is_set():
                    return
            reading = min(2 * reading, _LARGEST_READING_BYTES)

    def read(self, start: int, length: int) -> Iterator[bytes]:
        """The object for us: as `ports.ByteRanges.read`, with the head kept and the bytes counted."""
        return self.stream(start, min(start + length, self.size_bytes))

    def _count(self, size_bytes: int) -> None:
        with self._lock:
            self.bytes_read += size_bytes
            if self.bytes_read <= self._budget_bytes:
                return
        raise Rejection(
            "not_media",
            "The file is built so unusually that its tracks cannot be found in a reasonable part of it; "
            "export it again as MP4 or MOV.",
            f"probing read more than {self._budget_bytes} bytes",
        )

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's
        """A handler raised: remember it, unless it is the client that hung up."""
        error = sys.exception()
        with self._lock:
            if self.failure is None and not isinstance(error, ConnectionError | TimeoutError):
                self.failure = error


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RangeServer

    def do_GET(self) -> None:
        span = self._begin()
        if span is None:
            return
        # An error while the body is under way leaves it short; the connection's end tells the client.
        for chunk in self.server.stream(*span):
            self.wfile.write(chunk)

    def do_HEAD(self) -> None:
        self._begin()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the path is a secret."""

    def _begin(self) -> tuple[int, int] | None:
        """Answer the head of a good request; the span [start, end) of its body. None when it was refused."""
        size = self.server.size_bytes
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        if not secrets.compare_digest(self.path.encode(), self.server.path.encode()):
            self._refuse(HTTPStatus.NOT_FOUND)
            return None
        if self.server.failure is not None:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return None
        if asked is None:
            self._refuse(HTTPStatus.BAD_REQUEST)
            return None
        start = int(asked[1])
        end = min(int(asked[2]) + 1, size) if asked[2] else size
        if start >= end:
            self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, f"bytes */{size}")
            return None
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.send_header("Content-Length", str(end - start))
        self.send_header("Connection", "close")
        self.end_headers()
        return start, end

    def _refuse(self, status: HTTPStatus, content_range: str | None = None) -> None:
        self.send_response(status)
        if content_range is not None:
            self.send_header("Content-Range", content_range)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()


@contextmanager
def serving(ranges: ByteRanges, budget_bytes: int) -> Iterator[RangeServer]:
    """A range server for the time of a `with`.

    Args:
        budget_bytes: more is never read from `ranges`, but for the rest of a chunk.
    """
    with RangeServer(ranges, budget_bytes) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="range-server", daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()
