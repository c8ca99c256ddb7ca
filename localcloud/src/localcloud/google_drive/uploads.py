"""Getting bytes in: simple, multipart and resumable uploads, streamed to disk.

Drive guides, "Upload file data": a resumable session takes chunks that are multiples of 256 KiB but for the last,
answers 308 with the range that it has, and tells its state to an empty PUT with `Content-Range: bytes */TOTAL`.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from werkzeug.wrappers import Request, Response

from localcloud.google_drive.content import CHUNK_BYTES, ContentStore
from localcloud.google_drive.errors import DriveError, bad_request
from localcloud.google_drive.model import Blob
from localcloud.google_drive.parameters import decode_json

CHUNK_MULTIPLE_BYTES = 256 * 1024
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-(?P<last>\d+)|\*)/(?P<total>\d+|\*)")
_MAXIMUM_HEADER_BYTES = 64 * 1024
Finish = Callable[[Blob, str], Response]


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


@dataclass
class Session:
    """One resumable upload; `finish(blob, content type)` makes or changes the file."""

    path: Path
    mime_type: str
    total: int | None
    finish: Finish
    received: int = 0
    answer: Response | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Uploads:
    """Uploads under way."""

    def __init__(self, content: ContentStore) -> None:
        self._content = content
        self._sessions: dict[str, Session] = {}

    def simple(self, request: Request) -> tuple[Blob, str]:
        """uploadType=media: the body is the content."""
        return self._content.write(_chunks(request.stream)), request.mimetype or "application/octet-stream"

    def multipart(self, request: Request) -> tuple[dict[str, Any], Blob, str]:
        """uploadType=multipart: metadata and content in one multipart/related body."""
        boundary = request.mimetype_params.get("boundary")
        if request.mimetype != "multipart/related" or not boundary:
            raise bad_request("Malformed multipart body.")
        parts = MultipartReader(request.stream, boundary)
        metadata_type = parts.next_part().get("content-type", "")
        if not metadata_type.startswith("application/json"):
            raise bad_request("The first part of a multipart upload is the metadata in JSON.")
        metadata = decode_json(b"".join(parts.content()))
        mime_type = parts.next_part().get("content-type", "application/octet-stream")
        return metadata, self._content.write(parts.content()), mime_type

    def open_session(self, request: Request, finish: Finish) -> Response:
        """uploadType=resumable: the address of the session in Location."""
        length = request.headers.get("X-Upload-Content-Length")
        if length is not None and not length.isdigit():
            raise bad_request("X-Upload-Content-Length is no number.")
        path = self._content.new_path()
        path.touch()
        upload_id = secrets.token_urlsafe(48)
        mime_type = request.headers.get("X-Upload-Content-Type", "application/octet-stream")
        self._sessions[upload_id] = Session(path, mime_type, int(length) if length else None, finish)
        separator = "&" if request.query_string else "?"
        location = f"{request.url}{separator}upload_id={upload_id}"
        return Response(status=200, headers={"Location": location, "X-GUploader-UploadID": upload_id})

    def put(self, request: Request, upload_id: str) -> Response:
        """One chunk, or a question for the state. Raises DriveError 404 for a session that is not there."""
        session = self._sessions.get(upload_id)
        if session is None:
            raise DriveError(404, "notFound", "Upload session not found.")
        with session.lock:
            if session.answer is not None:
                return session.answer
            header = request.headers.get("Content-Range")
            if header is None:
                return self._whole(session, request)
            found = _CONTENT_RANGE.fullmatch(header.strip())
            if found is None:
                raise bad_request("Failed to parse Content-Range header.")
            self._agree_on_total(session, found["total"])
            if found["first"] is not None:
                self._append(session, request, int(found["first"]), int(found["last"]))
            return self._state(session, upload_id)

    def _whole(self, session: Session, request: Request) -> Response:
        with session.path.open("wb") as target:
            for chunk in _chunks(request.stream):
                target.write(chunk)
        session.received = session.path.stat().st_size
        return self._done(session)

    @staticmethod
    def _agree_on_total(session: Session, text: str) -> None:
        if text == "*":
            return
        total = int(text)
        if session.total is not None and session.total != total:
            raise bad_request(f"The upload was announced with {session.total} bytes, not {total}.")
        session.total = total

    @staticmethod
    def _append(session: Session, request: Request, first: int, last: int) -> None:
        length = last - first + 1
        final = session.total is not None and last + 1 == session.total
        if session.total is not None and last >= session.total:
            raise bad_request("The Content-Range header ends beyond the total size.")
        if length <= 0 or (request.content_length is not None and request.content_length != length):
            raise bad_request("The body does not have the length of its Content-Range header.")
        if not final and length % CHUNK_MULTIPLE_BYTES:
            raise bad_request(f"A chunk that is not the last is a multiple of {CHUNK_MULTIPLE_BYTES} bytes.")
        if first > session.received:
            raise bad_request(
                f"Invalid request. According to the Content-Range header, the upload offset is {first} byte(s), "
                f"which exceeds already uploaded size of {session.received} byte(s)."
            )
        with session.path.open("r+b") as target:
            target.seek(first)
            for chunk in _chunks(request.stream):
                target.write(chunk)
                session.received = max(session.received, target.tell())

    def _state(self, session: Session, upload_id: str) -> Response:
        if session.total is not None and session.received == session.total:
            return self._done(session)
        headers = {"X-GUploader-UploadID": upload_id}
        if session.received:
            headers["Range"] = f"bytes=0-{session.received - 1}"
        return Response(status="308 Resume Incomplete", headers=headers)

    def _done(self, session: Session) -> Response:
        blob = self._content.adopt(session.path)
        session.answer = session.finish(blob, session.mime_type)
        return session.answer


class MultipartReader:
    """Parts of a multipart body as streams; line ends may be CRLF or, from Python's generator, bare LF."""

    def __init__(self, stream: IO[bytes], boundary: str) -> None:
        self._stream = stream
        self._mark = b"\n--" + boundary.encode("latin-1")
        self._held = b"\n"  # lets the first delimiter, at the very start, look like the others
        self._consume(self._mark)
        self._line_end = b"\n"

    def _fill(self) -> bool:
        chunk = self._stream.read(CHUNK_BYTES)
        self._held += chunk
        return bool(chunk)

    def _consume(self, until: bytes) -> bytes:
        while (at := self._held.find(until)) < 0:
            if len(self._held) > _MAXIMUM_HEADER_BYTES + CHUNK_BYTES or not self._fill():
                raise bad_request("Malformed multipart body.")
        before, self._held = self._held[:at], self._held[at + len(until) :]
        return before

    def next_part(self) -> dict[str, str]:
        """The headers of the next part, names in lower case; to be called with the one before read to its end."""
        rest = self._consume(b"\n")
        self._line_end = b"\r\n" if rest.endswith(b"\r") else b"\n"
        if rest.strip() == b"--":
            raise bad_request("Malformed multipart body: a part is missing.")
        headers: dict[str, str] = {}
        while line := self._consume(b"\n").strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        self._held = b"\n" + self._held  # an empty part ends right here
        return headers

    def content(self) -> Iterator[bytes]:
        """The bytes of the part up to the next delimiter."""
        first = True
        keep = len(self._mark) + 1
        while True:
            at = self._held.find(self._mark)
            if at >= 0:
                piece = self._held[:at]
                if self._line_end == b"\r\n":
                    piece = piece.removesuffix(b"\r")
                self._held = self._held[at + len(self._mark) :]
                yield piece[1:] if first else piece
                return
            if len(self._held) > keep:
                piece, self._held = self._held[:-keep], self._held[-keep:]
                yield piece[1:] if first else piece
                first = False
            if not self._fill():
                raise bad_request("Malformed multipart body: the closing delimiter is missing.")
