"""A loopback HTTP server for ranges of one object.

ffprobe reads an object in Drive or S3 from it without seeing its address or a token: it knows only an unguessable path
on 127.0.0.1. The bytes read are limited, and an error behind the server is kept for the caller.
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

#: Size of the first read, which is cached: a probe returns to it.
HEAD_BYTES = 512 * 1024
#: An open-ended range is read in steps that double up to this, so that little is wasted when the client disconnects
#: and seeks elsewhere.
_MAX_READ_BYTES = 16 * 1024**2
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class RangeServer(ThreadingTCPServer):
    """Serves `ranges` on a free port until closed; use `serving`. Implements `ports.storage.ByteRanges` for its owner.

    Attributes:
        failure: the first error behind the server, or None. Later requests get a 503.
        bytes_read: number of bytes read from `ranges` so far.
        size_bytes: size of the object.
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
        """Return the first `HEAD_BYTES` of the object, read once. Raises what `ranges` raises."""
        with self._lock:
            if self._head is None:
                self._head = b"".join(self.ranges.read(0, HEAD_BYTES))
                self.bytes_read += len(self._head)
            return self._head

    def stream(self, start: int, end: int) -> Generator[bytes]:
        """Yield the bytes [start, end), read in growing steps. Raises `Rejection` if the budget is exceeded."""
        head = self.head()
        if start < len(head):
            yield head[start:end]
            start = len(head)
        step = HEAD_BYTES
        while start < end and not self.stopping.is_set():
            for chunk in self.ranges.read(start, min(step, end - start)):
                self._count(len(chunk))
                start += len(chunk)
                yield chunk
                if self.stopping.is_set():
                    return
            step = min(2 * step, _MAX_READ_BYTES)

    def read(self, start: int, length: int) -> Iterator[bytes]:
        """See `ports.storage.ByteRanges.read`. Uses the cached head and counts the bytes."""
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
        """Keep the error of a handler, unless the client disconnected."""
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
        # An error leaves the body short; the client notices when the connection ends.
        for chunk in self.server.stream(*span):
            self.wfile.write(chunk)

    def do_HEAD(self) -> None:
        self._begin()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing: the path is secret."""

    def _begin(self) -> tuple[int, int] | None:
        """Send the headers of the answer and return the range [start, end) of its body; None after an error answer."""
        size = self.server.size_bytes
        requested = _RANGE.fullmatch(self.headers.get("Range", ""))
        if not secrets.compare_digest(self.path.encode(), self.server.path.encode()):
            self._send_error_status(HTTPStatus.NOT_FOUND)
            return None
        if self.server.failure is not None:
            self._send_error_status(HTTPStatus.SERVICE_UNAVAILABLE)
            return None
        if requested is None:
            self._send_error_status(HTTPStatus.BAD_REQUEST)
            return None
        start = int(requested[1])
        end = min(int(requested[2]) + 1, size) if requested[2] else size
        if start >= end:
            self._send_error_status(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, f"bytes */{size}")
            return None
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.send_header("Content-Length", str(end - start))
        self.send_header("Connection", "close")
        self.end_headers()
        return start, end

    def _send_error_status(self, status: HTTPStatus, content_range: str | None = None) -> None:
        self.send_response(status)
        if content_range is not None:
            self.send_header("Content-Range", content_range)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()


@contextmanager
def serving(ranges: ByteRanges, budget_bytes: int) -> Iterator[RangeServer]:
    """Run a range server for the duration of a `with` block.

    Args:
        budget_bytes: limit of the bytes read from `ranges`, exceeded by one chunk at most.
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
