"""Ranged reads of one Drive file's content."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager
from threading import Lock

import requests
from google.auth.transport.requests import AuthorizedSession

from vcp.adapters.resumable_read import resumed
from vcp.adapters.retry import Backoff
from vcp.adapters.token_bucket import TokenBucket
from vcp.domain.errors import RetryableError, VcpError

#: A piece that is not full when the connection breaks is lost: small enough that this matters little.
_CHUNK_BYTES = 128 * 1024
#: To connect, and between two pieces of the answer.
_TIMEOUT_SECONDS = (10, 60)
_ERROR_BODY_BYTES = 64 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class DriveRanges:
    """Fulfils `ports.ByteRanges`. Made by `GoogleDrive.ranges`; safe to share by threads.

    Args:
        size_bytes: the size of the version that is meant.
        url: of `files.get`.
        headers: for every request.
        session: the calling thread's session.
        failed: the error for an answer (status, body).
        check_version: raises `Rejection` when Drive holds another version by now.
        guard: wraps what talks to Google: its authentication errors as ours.
        bucket: the downloads a second of the whole process.
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
        """Stream `length` bytes from `start`, clipped at the end of the file.

        Raises `Rejection` (`drive_file_changed` among them), `WaitUntilError`, `RetryableError`, `PermanentError`.
        """
        end = min(start + length, self.size_bytes)
        with self._lock:
            if not self._checked:
                self._check_version()
                self._checked = True
        return resumed(self._open, start, end, self._backoff)

    def _open(self, start: int, end: int) -> Generator[bytes]:
        self._bucket.wait()
        # Data as it is: a compressed answer would make ranges mean something else.
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
                "drive_connection_lost", "The download from Google Drive broke off; it goes on.", repr(error)
            ) from error

    def _check_answer(self, answer: requests.Response, start: int, end: int) -> None:
        if answer.status_code == 416:
            # The file is shorter than the version that is meant: the check says so.
            self._check_version()
        elif answer.status_code >= 400:
            raise self._failed(answer.status_code, answer.raw.read(_ERROR_BODY_BYTES, decode_content=True))
        found = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        told = tuple(int(number) for number in found.groups()) if found else None
        if answer.status_code == 206 and told == (start, end - 1, self.size_bytes):
            return
        if told is not None and told[2] != self.size_bytes:
            self._check_version()
        raise RetryableError(
            "drive_range_ignored",
            "Google Drive answered something else than was asked for; the work is tried again.",
            f"HTTP {answer.status_code}, Content-Range {answer.headers.get('Content-Range')!r} "
            f"for bytes {start}-{end - 1}/{self.size_bytes}",
        )
