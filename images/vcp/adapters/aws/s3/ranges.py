"""Ranged reads of one S3 object."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from vcp.adapters.aws.errors import code_of, translate_errors
from vcp.adapters.resumable_read import resumable_read
from vcp.adapters.retry import Backoff
from vcp.domain.errors import PermanentError, RetryableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Small, since a chunk that is incomplete when the connection breaks is lost.
_CHUNK_BYTES = 128 * 1024


class S3Ranges:
    """Implements `ports.storage.ByteRanges` for one version of an object. Created by `S3Objects.ranges`."""

    def __init__(self, client: S3Client, bucket: str, key: str, size_bytes: int, etag: str, backoff: Backoff) -> None:
        self.size_bytes = size_bytes
        self._client = client
        self._bucket = bucket
        self._key = key
        self._etag = etag
        self._backoff = backoff

    def read(self, start: int, length: int) -> Iterator[bytes]:
        """See `ports.storage.ByteRanges.read`.

        Raises `RetryableError`; `PermanentError` (`object_changed`) if the object was replaced or deleted.
        """
        end = min(start + length, self.size_bytes)
        return resumable_read(self._open, start, end, self._backoff)

    def _open(self, start: int, end: int) -> Generator[bytes]:
        with translate_errors("s3"):
            try:
                answer = self._client.get_object(
                    Bucket=self._bucket, Key=self._key, Range=f"bytes={start}-{end - 1}", IfMatch=self._etag
                )
            except ClientError as error:
                if code_of(error) in ("PreconditionFailed", "412", "NoSuchKey"):
                    raise PermanentError(
                        "object_changed",
                        "A stored file changed while it was read; an operator needs to look into it.",
                        self._key,
                    ) from error
                raise
            body = answer["Body"]
            try:
                yield from body.iter_chunks(_CHUNK_BYTES)
            except BotoCoreError as error:
                # The connection broke, or the body is shorter than its Content-Length.
                raise RetryableError(
                    "s3_connection_lost", "A download was interrupted; it will be resumed.", repr(error)
                ) from error
            finally:
                body.close()
