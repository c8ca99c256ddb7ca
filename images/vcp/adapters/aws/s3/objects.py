"""Objects in one S3 bucket, each with a full-object CRC64NVME."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from vcp.adapters.aws.errors import code_of, translate_errors
from vcp.adapters.aws.s3.checksums import combined_crc64nvme, crc64nvme
from vcp.adapters.aws.s3.copies import Copies
from vcp.adapters.aws.s3.ranges import S3Ranges
from vcp.adapters.retry import Backoff
from vcp.domain.errors import PermanentError, RetryableError
from vcp.ports.storage import Part, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})


def _header_text(value: str) -> str:
    """Percent-encode user metadata beyond ASCII (S3 guide, "Working with object metadata")."""
    return quote(value, safe=" !#$&'()*+,-./:;<=>?@[]^_`{|}~") if not value.isascii() else value


def _stored(key: str, head: HeadObjectOutputTypeDef) -> StoredObject:
    return StoredObject(key, head["ContentLength"], head.get("ChecksumCRC64NVME"))


class S3Objects:
    """Implements `ports.storage.ObjectStore`. Thread-safe.

    Args:
        copies: copies objects; tests use smaller thresholds.
        backoff: for reads over a broken connection.
        delete_batch: keys per DeleteObjects call; S3 accepts up to 1,000.
    """

    def __init__(
        self,
        client: S3Client,
        bucket: str,
        *,
        copies: Copies | None = None,
        backoff: Backoff | None = None,
        delete_batch: int = 1000,
    ) -> None:
        self.bucket = bucket
        self._client = client
        self._copies = copies or Copies(client)
        self._backoff = backoff or Backoff()
        self._delete_batch = delete_batch

    def start_upload(self, key: str, content_type: str, metadata: Mapping[str, str]) -> str:
        with translate_errors("s3"):
            return self._client.create_multipart_upload(
                Bucket=self.bucket,
                Key=key,
                ContentType=content_type,
                Metadata={name: _header_text(value) for name, value in metadata.items()},
                ChecksumAlgorithm="CRC64NVME",
                ChecksumType="FULL_OBJECT",
            )["UploadId"]

    def list_parts(self, key: str, upload_id: str) -> list[Part]:
        """See `ports.storage.ObjectStore.list_parts`. Omits parts without a checksum: they have to be sent again."""
        pages = self._client.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=key, UploadId=upload_id)
        with translate_errors("s3"):
            try:
                return [
                    Part(found["PartNumber"], found["Size"], found["ETag"], found["ChecksumCRC64NVME"])
                    for page in pages
                    for found in page.get("Parts", ())
                    if "ChecksumCRC64NVME" in found
                ]
            except ClientError as error:
                if code_of(error) == "NoSuchUpload":
                    raise LookupError(f"upload {upload_id} of {key} is gone") from error
                raise

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> Part:
        """Store one part.

        Raises `RetryableError` if it arrives damaged, and if the upload is gone, which the next `list_parts` reports.
        """
        checksum = crc64nvme(data)
        with translate_errors("s3"):
            try:
                answer = self._client.upload_part(
                    Bucket=self.bucket,
                    Key=key,
                    UploadId=upload_id,
                    PartNumber=number,
                    Body=data,
                    ChecksumCRC64NVME=checksum,
                )
            except ClientError as error:
                raise _retryable(error, key) from error
        return Part(number, len(data), answer["ETag"], checksum)

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[Part], size_bytes: int) -> StoredObject:
        """Join the parts; S3 checks the size and the combined checksum. Idempotent.

        Raises `RetryableError` if the upload is gone and the object does not exist.
        """
        ordered = sorted(parts, key=lambda part: part.number)
        if sum(part.size_bytes for part in ordered) != size_bytes:
            raise PermanentError(
                "upload_incomplete",
                "The copy of the file is incomplete; an operator needs to look into it.",
                f"{key}: {sum(part.size_bytes for part in ordered)} of {size_bytes} bytes in {len(ordered)} parts",
            )
        whole = combined_crc64nvme((part.crc64nvme, part.size_bytes) for part in ordered)
        with translate_errors("s3"):
            try:
                self._client.complete_multipart_upload(
                    Bucket=self.bucket,
                    Key=key,
                    UploadId=upload_id,
                    MultipartUpload={
                        "Parts": [
                            {"PartNumber": part.number, "ETag": part.etag, "ChecksumCRC64NVME": part.crc64nvme}
                            for part in ordered
                        ]
                    },
                    ChecksumCRC64NVME=whole,
                    ChecksumType="FULL_OBJECT",
                    MpuObjectSize=size_bytes,
                )
            except ClientError as error:
                # An earlier try may have succeeded although its answer was lost.
                done = code_of(error) == "NoSuchUpload" and self.head(key) == StoredObject(key, size_bytes, whole)
                if not done:
                    raise _retryable(error, key) from error
        return StoredObject(key, size_bytes, whole)

    def abort_upload(self, key: str, upload_id: str) -> None:
        """Abort an upload; ignore one that is gone already."""
        with translate_errors("s3"):
            try:
                self._client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise

    def head(self, key: str) -> StoredObject | None:
        found = self._head(key)
        return _stored(key, found) if found is not None else None

    def ranges(self, key: str) -> S3Ranges:
        found = self._head(key)
        if found is None:
            raise LookupError(f"there is no object {key} in {self.bucket}")
        return self._ranges(key, found)

    def put_json(self, key: str, document: Mapping[str, Any]) -> None:
        """Store a document as indented UTF-8 JSON."""
        data = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False).encode()
        with translate_errors("s3"):
            self._client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=data,
                ContentType="application/json",
                ChecksumCRC64NVME=crc64nvme(data),
            )

    def get_text(self, key: str, limit_bytes: int = 64 * 1024**2) -> str | None:
        """Return an object as text; None if there is none.

        Raises `PermanentError` if it is larger than `limit_bytes` or not UTF-8, `RetryableError` if its CRC64NVME does
        not match (S3 has one for most objects).
        """
        found = self._head(key)
        if found is None:
            return None
        ranges = self._ranges(key, found)
        if ranges.size_bytes > limit_bytes:
            raise _unreadable(key, f"{ranges.size_bytes} bytes; the limit is {limit_bytes}")
        data = b"".join(ranges.read(0, ranges.size_bytes))
        stored = found.get("ChecksumCRC64NVME")
        if stored is not None and stored != crc64nvme(data):
            raise RetryableError("s3_bytes_damaged", "A stored document arrived damaged; it will be read again.", key)
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise _unreadable(key, str(error)) from error

    def copy_from(
        self, source_bucket: str, source_key: str, key: str, *, download_name: str, content_type: str
    ) -> StoredObject:
        """See `ports.storage.ObjectStore.copy_from`. Raises `LookupError` if the source does not exist."""
        source = S3Objects(self._client, source_bucket)._head(source_key)
        if source is None:
            raise LookupError(f"there is no object {source_key} in {source_bucket}")
        return self._copies.copy(
            source_bucket,
            source_key,
            source,
            self.bucket,
            key,
            download_name=download_name,
            content_type=content_type,
        )

    def delete_prefix(self, prefix: str) -> int:
        """See `ports.storage.ObjectStore.delete_prefix`. Raises `RetryableError` if an object cannot be deleted."""
        if not prefix:
            raise ValueError("an empty prefix would delete the whole bucket")
        deleted = 0
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, PaginationConfig={"PageSize": self._delete_batch}
        )
        with translate_errors("s3"):
            for page in pages:
                keys = [found["Key"] for found in page.get("Contents", ())]
                if not keys:
                    continue
                answer = self._client.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
                )
                errors = answer.get("Errors", [])
                if errors:
                    raise RetryableError(
                        "s3_delete_incomplete",
                        "Files of a finished step could not be deleted; it will be retried.",
                        "; ".join(f"{item.get('Key')}: {item.get('Code')} {item.get('Message')}" for item in errors),
                    )
                deleted += len(keys)
        return deleted

    def _ranges(self, key: str, found: HeadObjectOutputTypeDef) -> S3Ranges:
        return S3Ranges(self._client, self.bucket, key, found["ContentLength"], found["ETag"], self._backoff)

    def _head(self, key: str) -> HeadObjectOutputTypeDef | None:
        with translate_errors("s3"):
            try:
                return self._client.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise


def _retryable(error: ClientError, key: str) -> Exception:
    """Return a `RetryableError` for errors of an upload that a new try can fix; others unchanged."""
    match code_of(error):
        case "NoSuchUpload":
            return RetryableError("upload_gone", "The copy of the file will be restarted.", f"{key}: {error}")
        case "BadDigest" | "XAmzContentChecksumMismatch" | "InvalidDigest":
            return RetryableError(
                "s3_bytes_damaged", "A part arrived damaged; it will be sent again.", f"{key}: {error}"
            )
        case _:
            return error


def _unreadable(key: str, detail: str) -> PermanentError:
    return PermanentError(
        "object_unreadable", "A stored document cannot be read; an operator needs to look into it.", f"{key}: {detail}"
    )
