"""Objects in one S3 bucket, each with a CRC64NVME over the whole of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from vcp.adapters.aws.errors import code_of, translated
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
    """User metadata is ASCII: anything else percent-encoded (S3 guide, "Working with object metadata")."""
    return quote(value, safe=" !#$&'()*+,-./:;<=>?@[]^_`{|}~") if not value.isascii() else value


def _stored(key: str, head: HeadObjectOutputTypeDef) -> StoredObject:
    return StoredObject(key, head["ContentLength"], head.get("ChecksumCRC64NVME"))


class S3Objects:
    """Fulfils `ports.ObjectStore`. Safe to share by threads.

    Args:
        copies: how objects are copied; a test gives smaller thresholds.
        backoff: between the tries of a read that broke off.
        delete_batch: keys deleted by one call; S3 takes up to 1,000.
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
        with translated("s3"):
            return self._client.create_multipart_upload(
                Bucket=self.bucket,
                Key=key,
                ContentType=content_type,
                Metadata={name: _header_text(value) for name, value in metadata.items()},
                ChecksumAlgorithm="CRC64NVME",
                ChecksumType="FULL_OBJECT",
            )["UploadId"]

    def list_parts(self, key: str, upload_id: str) -> list[Part]:
        """See `ports.ObjectStore.list_parts`. A part whose checksum S3 does not tell is not listed: send it again."""
        pages = self._client.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=key, UploadId=upload_id)
        with translated("s3"):
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
        """Store one part; S3 refuses it when it arrives changed.

        Raises `RetryableError` then, and when the upload is gone: the next `list_parts` will say so.
        """
        checksum = crc64nvme(data)
        with translated("s3"):
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
                raise _passing(error, key) from error
        return Part(number, len(data), answer["ETag"], checksum)

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[Part], size_bytes: int) -> StoredObject:
        """Join the parts; the store checks size and combined checksum. Doing it twice is doing it once.

        Raises `RetryableError` when the upload is gone and the object is not there either.
        """
        ordered = sorted(parts, key=lambda part: part.number)
        if sum(part.size_bytes for part in ordered) != size_bytes:
            raise PermanentError(
                "upload_incomplete",
                "The copy of the file is not complete; an operator has to look.",
                f"{key}: {sum(part.size_bytes for part in ordered)} of {size_bytes} bytes in {len(ordered)} parts",
            )
        whole = combined_crc64nvme((part.crc64nvme, part.size_bytes) for part in ordered)
        with translated("s3"):
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
                # A try before this one may have succeeded although its answer was lost.
                done = code_of(error) == "NoSuchUpload" and self.head(key) == StoredObject(key, size_bytes, whole)
                if not done:
                    raise _passing(error, key) from error
        return StoredObject(key, size_bytes, whole)

    def abort_upload(self, key: str, upload_id: str) -> None:
        """Give an upload up; one that is gone already is fine."""
        with translated("s3"):
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
        """Store a document for programs and people: UTF-8, indented."""
        data = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False).encode()
        with translated("s3"):
            self._client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=data,
                ContentType="application/json",
                ChecksumCRC64NVME=crc64nvme(data),
            )

    def get_json(self, key: str) -> dict[str, Any]:
        """Raises `LookupError` when there is no such object, `PermanentError` when it is no JSON object."""
        text = self.get_text(key)
        if text is None:
            raise LookupError(f"there is no object {key} in {self.bucket}")
        try:
            document = json.loads(text)
        except ValueError as error:
            raise _unreadable(key, str(error)) from error
        if not isinstance(document, dict):
            raise _unreadable(key, f"{type(document).__name__} instead of an object")
        return document

    def get_text(self, key: str, limit_bytes: int = 64 * 1024**2) -> str | None:
        """The object as UTF-8 text, None when there is none.

        Raises `PermanentError` when it is larger than `limit_bytes` or no UTF-8, `RetryableError` when what came is
        not what S3 keeps, by the CRC64NVME that it tells of most objects.
        """
        found = self._head(key)
        if found is None:
            return None
        ranges = self._ranges(key, found)
        if ranges.size_bytes > limit_bytes:
            raise _unreadable(key, f"{ranges.size_bytes} bytes; at most {limit_bytes} are read")
        data = b"".join(ranges.read(0, ranges.size_bytes))
        kept = found.get("ChecksumCRC64NVME")
        if kept is not None and kept != crc64nvme(data):
            raise RetryableError("s3_bytes_damaged", "A stored document arrived damaged; it is read again.", key)
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise _unreadable(key, str(error)) from error

    def copy_from(
        self, source_bucket: str, source_key: str, key: str, *, download_name: str, content_type: str
    ) -> StoredObject:
        """See `ports.ObjectStore.copy_from`. Raises `LookupError` when there is no such source."""
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
        """Delete every object under a prefix; how many. Raises when one of them could not be deleted."""
        if not prefix:
            raise ValueError("an empty prefix would delete the whole bucket")
        deleted = 0
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, PaginationConfig={"PageSize": self._delete_batch}
        )
        with translated("s3"):
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
                        "Files of a finished step could not be cleared away; it is tried again.",
                        "; ".join(f"{item.get('Key')}: {item.get('Code')} {item.get('Message')}" for item in errors),
                    )
                deleted += len(keys)
        return deleted

    def _ranges(self, key: str, found: HeadObjectOutputTypeDef) -> S3Ranges:
        return S3Ranges(self._client, self.bucket, key, found["ContentLength"], found["ETag"], self._backoff)

    def _head(self, key: str) -> HeadObjectOutputTypeDef | None:
        with translated("s3"):
            try:
                return self._client.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise


def _passing(error: ClientError, key: str) -> Exception:
    """Refusals of an upload that doing it again mends; others as they are."""
    match code_of(error):
        case "NoSuchUpload":
            return RetryableError("upload_gone", "The copy of the file is begun anew.", f"{key}: {error}")
        case "BadDigest" | "XAmzContentChecksumMismatch" | "InvalidDigest":
            return RetryableError("s3_bytes_damaged", "A piece arrived damaged; it is sent again.", f"{key}: {error}")
        case _:
            return error


def _unreadable(key: str, detail: str) -> PermanentError:
    return PermanentError(
        "object_unreadable", "A stored document cannot be read; an operator has to look.", f"{key}: {detail}"
    )
