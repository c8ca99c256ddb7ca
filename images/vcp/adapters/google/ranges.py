"""Ranged reads of one Drive file."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager
from threading import Lock

import requests
from google.auth.transport.requests import AuthorizedSession

from vcp.adapters.resumable_read import resumable_read
from vcp.adapters.retry import Backoff
from vcp.adapters.token_bucket import TokenBucket
from vcp.domain.errors import RetryableError, VcpError

#: Small, since a chunk that is incomplete when the connection breaks is lost.
_CHUNK_BYTES = 128 * 1024
#: To connect, and between two chunks of the answer.
_TIMEOUT_SECONDS = (10, 60)
_ERROR_BODY_BYTES = 64 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class DriveRanges:
    """Implements `ports.storage.ByteRanges`. Thread-safe. Created by `GoogleDrive.ranges`.

    Args:
        size_bytes: size of the expected version.
        url: of `files.get`.
        headers: for every request.
        session: returns the calling thread's session.
        failed: returns the error for an answer (status, body).
        check_version: raises `Rejection` if Drive has another version.
        guard: translates authentication errors.
        bucket: limits the downloads per second of the whole process.
        backoff: between tries.
    """

    def __init__(
        self,
        *,
        size_bytes: int,
        url: str,
        headers: Mapping[str, str],
        session: Callable[[], AuthorizedSession],
        failed: Callable[[int, bytes], VcpError],
        check_version: Callable[[], None],
        guard: Callable[[], AbstractContextManager[None]],
        bucket: TokenBucket,
        backoff: Backoff,
    ) -> None:
        self.size_bytes = size_bytes
        self._url = url
        self._headers = headers
        self._session = session
        self._failed = failed
        self._check_version = check_version
        self._guard = guard
        self._bucket = bucket
        self._backoff = backoff
        self._checked = False
        self._lock = Lock()

    def read(self, start: int, length: int) -> Iterator[bytes]:
        """See `ports.storage.ByteRanges.read`.

        Raises `Rejection` (e.g. `drive_file_changed`), `WaitUntilError`, `RetryableError`, `PermanentError`.
        """
        end = min(start + length, self.size_bytes)
        with self._lock:
            if not self._checked:
                self._check_version()
                self._checked = True
        return resumable_read(self._open, start, end, self._backoff)

    def _open(self, start: int, end: int) -> Generator[bytes]:
        self._bucket.wait()
        # No compression: it would change the meaning of ranges.
        headers = {**self._headers, "Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
        try:
            with (
                self._guard(),
                self._session().get(
                    self._url,
                    params={"alt": "media", "supportsAllDrives": "true"},
                    headers=headers,
                    stream=True,
                    timeout=_TIMEOUT_SECONDS,
                    allow_redirects=False,
                ) as answer,
            ):
                self._check_answer(answer, start, end)
                yield from answer.iter_content(_CHUNK_BYTES)
        except requests.RequestException as error:
            raise RetryableError(
                "drive_connection_lost",
                "The download from Google Drive was interrupted; it will be resumed.",
                repr(error),
            ) from error

    def _check_answer(self, answer: requests.Response, start: int, end: int) -> None:
        if answer.status_code == 416:
            # The file may be shorter than the expected version.
            self._check_version()
        elif answer.status_code >= 400:
            raise self._failed(answer.status_code, answer.raw.read(_ERROR_BODY_BYTES, decode_content=True))
        found = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        received = tuple(int(number) for number in found.groups()) if found else None
        if answer.status_code == 206 and received == (start, end - 1, self.size_bytes):
            return
        if received is not None and received[2] != self.size_bytes:
            self._check_version()
        raise RetryableError(
            "drive_range_ignored",
            "Google Drive returned another range than requested; the step will be retried.",
            f"HTTP {answer.status_code}, Content-Range {answer.headers.get('Content-Range')!r} "
            f"for bytes {start}-{end - 1}/{self.size_bytes}",
        )
