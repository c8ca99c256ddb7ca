"""Responses with bytes: whole files and ranges, streamed from disk, with the pending faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

from werkzeug.http import parse_range_header
from werkzeug.wrappers import Response

from localcloud.google_drive.call import Call
from localcloud.google_drive.errors import not_implemented, range_not_satisfiable
from localcloud.google_drive.model import DriveFile

_CHUNK_BYTES = 1024 * 1024


def media_response(file: DriveFile, call: Call) -> Response:
    """Return 200 with the whole content or 206 with the range that was asked for."""
    assert file.blob is not None
    size = file.blob.size
    if "range416" in call.faults:
        raise range_not_satisfiable(size)
    span = _range(call.request.headers.get("Range"), size)
    start, stop = span or (0, size)
    source = file.blob.path.open("rb")  # now, so that a later version does not change a running download
    source.seek(start)
    cut_after = call.faults["cut"].settings["afterBytes"] if "cut" in call.faults else None
    response = Response(
        _chunks(source, stop - start, cut_after, call.entry),
        status=206 if span else 200,
        content_type=file.mime_type,
        direct_passthrough=True,
    )
    response.call_on_close(source.close)
    response.headers["Content-Length"] = str(stop - start)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
    response.headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    if span:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return response


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return start and stop of a Range header; None for the whole file.

    A header that is not a byte range is ignored (RFC 9110, 14.2). Raises DriveError 416 for a range beyond the end,
    and for any range of an empty file.
    """
    wanted = parse_range_header(header)
    if wanted is None or wanted.units != "bytes":
        return None
    if len(wanted.ranges) > 1 or wanted.ranges[0][0] < 0:
        raise not_implemented(f"the range {header}")
    span = wanted.range_for_length(size)
    if span is None:
        raise range_not_satisfiable(size)
    return span


def _chunks(source: IO[bytes], length: int, cut_after: int | None, entry: dict[str, Any]) -> Iterator[bytes]:
    """Yield `length` bytes, or cut the connection earlier; count in the log what was handed to the network."""
    yield b""  # sends the headers before anything can cut the connection
    end = length if cut_after is None else min(length, cut_after)
    while entry["bytesServed"] < end:
        chunk = source.read(min(_CHUNK_BYTES, end - entry["bytesServed"]))
        if not chunk:
            break
        yield chunk
        entry["bytesServed"] += len(chunk)
    if entry["bytesServed"] < length:
        raise ConnectionAbortedError("a fault, or content that ended early, cuts the connection here")
