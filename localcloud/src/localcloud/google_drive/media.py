"""Answers with bytes: whole files and ranges, streamed from disk, with the faults that are due."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from werkzeug.wrappers import Response

from localcloud.google_drive.content import CHUNK_BYTES
from localcloud.google_drive.errors import not_implemented, range_not_satisfiable
from localcloud.google_drive.faults import Fault
from localcloud.google_drive.journal import Entry
from localcloud.google_drive.model import Blob

_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")
_SLICES_A_SECOND = 10


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte (inclusive) of a Range header; None where all is asked for.

    A header that is no byte range is ignored (RFC 9110, 14.2). Raises DriveError 416 for a range beyond the end,
    and for any range of an empty file.
    """
    if header is None:
        return None
    if "," in header:
        raise not_implemented("several byte ranges in one request")
    found = _RANGE.fullmatch(header.strip())
    if found is None or found["first"] == found["last"] == "":
        return None
    if found["first"] == "":
        length = min(int(found["last"]), size)
        if length == 0:
            raise range_not_satisfiable(size)
        return size - length, size - 1
    first = int(found["first"])
    last = min(int(found["last"]), size - 1) if found["last"] else size - 1
    if found["last"] and int(found["last"]) < first:
        return None
    if first >= size:
        raise range_not_satisfiable(size)
    return first, last


class _Body:
    """The bytes of one answer; opens the content at once, so that a later version does not change it under way."""

    def __init__(
        self,
        path: Path,
        start: int,
        length: int,
        entry: Entry,
        struck: Mapping[str, Fault],
        stopping: threading.Event,
    ) -> None:
        self._source = path.open("rb")
        self._source.seek(start)
        self._remaining = length
        self._entry = entry
        self._stopping = stopping
        self._cut_after = struck["cut"].number("afterBytes") if "cut" in struck else None
        self._rate = struck["slow"].number("bytesPerSecond") if "slow" in struck else None
        self._flip_at = length // 2 if "corrupt" in struck else None

    def __iter__(self) -> Iterator[bytes]:
        yield b""  # the headers go out before anything can cut the connection
        sent = 0
        while self._remaining > 0:
            if self._cut_after is not None and sent >= self._cut_after:
                raise ConnectionAbortedError("a fault cuts the connection here")
            chunk = self._source.read(min(self._remaining, self._step(sent)))
            if not chunk:
                raise ConnectionAbortedError("the stored content ended early")
            self._pace(len(chunk))
            yield self._flipped(chunk, sent)
            sent += len(chunk)
            self._remaining -= len(chunk)
            self._entry.bytes_served = sent

    def _step(self, sent: int) -> int:
        step = CHUNK_BYTES
        if self._rate is not None:
            step = min(step, max(1, self._rate // _SLICES_A_SECOND))
        if self._cut_after is not None:
            step = min(step, self._cut_after - sent)
        return step

    def _pace(self, count: int) -> None:
        if self._rate is not None and self._stopping.wait(count / self._rate):
            raise ConnectionAbortedError("the local cloud is going down")

    def _flipped(self, chunk: bytes, sent: int) -> bytes:
        at = None if self._flip_at is None else self._flip_at - sent
        if at is None or not 0 <= at < len(chunk):
            return chunk
        return chunk[:at] + bytes([chunk[at] ^ 0xFF]) + chunk[at + 1 :]

    def close(self) -> None:
        self._source.close()
        self._entry.done = True


def media_response(
    blob: Blob,
    *,
    mime_type: str,
    name: str,
    range_header: str | None,
    entry: Entry,
    struck: Mapping[str, Fault],
    stopping: threading.Event,
) -> Response:
    """200 with the whole content or 206 with the range that was asked for."""
    if "range416" in struck:
        raise range_not_satisfiable(blob.size)
    wanted = parse_range(range_header, blob.size)
    first, last = wanted if wanted is not None else (0, blob.size - 1)
    length = last - first + 1
    response = Response(
        _Body(blob.path, first, length, entry, struck, stopping),
        status=200 if wanted is None else 206,
        content_type=mime_type,
        direct_passthrough=True,
    )
    response.headers["Content-Length"] = str(length)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    if wanted is not None:
        response.headers["Content-Range"] = f"bytes {first}-{last}/{blob.size}"
    return response
