"""Ranged reads of one S3 object."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from vcp.adapters.aws.errors import code_of, translated
from vcp.adapters.resumable_read import resumed
from vcp.adapters.retry import Backoff
from vcp.domain.errors import PermanentError, RetryableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: A piece that is not full when the connection breaks is lost: small enough that this matters little.
_CHUNK_BYTES = 128 * 1024


class S3Ranges:
    """Fulfils `ports.ByteRanges` for one object as it was when asked for. Made by `S3Objects.ranges`."""

    def __init__(self, client: S3Client, bucket: str, key: str, size_bytes: int, etag: str, backoff: Backoff) -> None:
        self.size_bytes = size_bytes
        self._client = client
        self._bucket = bucket
        self._key = key
        self._etag = etag
        self._backoff = backoff

    def read(self, start: int, length: int) -> Iterator[bytes]:
        """Stream `length` bytes from `start`, clipped at the end.

        Raises `RetryableError`; `PermanentError` (`object_changed`) when the object is another or gone by now.
        """
        end = min(start + length, self.size_bytes)
        return resumed(self._open, start, end, self._backoff)

    def _open(self, start: int, end: int) -> Generator[bytes]:
        with translated("s3"):
            try:
                answer = self._client.get_object(
                    Bucket=self._bucket, Key=self._key, Range=f"bytes={start}-{end - 1}", IfMatch=self._etag
                )
            except ClientError as error:
                if code_of(error) in ("PreconditionFailed", "412", "NoSuchKey"):
                    raise PermanentError(
                        "object_changed", "A stored file changed while it was read; an operator has to look.", self._key
                    ) from error
                raise
            body = answer["Body"]
            try:
                yield from body.iter_chunks(_CHUNK_BYTES)
            except BotoCoreError as error:
                # Broken off, or fewer bytes than announced.
                raise RetryableError("s3_connection_lost", "A download broke off; it goes on.", repr(error)) from error
            finally:
                body.close()
