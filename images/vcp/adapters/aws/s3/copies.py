"""Copy S3 objects of any size, with a full-object CRC64NVME."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from vcp.adapters.aws.errors import code_of, translate_errors
from vcp.domain.errors import RetryableError
from vcp.ports.storage import StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, CopySourceTypeDef, HeadObjectOutputTypeDef

#: CopyObject accepts up to 5 GB and answers only when it is done; parallel parts are faster well below that.
_SINGLE_COPY_BYTES = 1024**3
_PART_BYTES = 512 * 1024**2
_PARALLEL_PARTS = 4


def content_disposition(download_name: str) -> str:
    """Return the header that makes browsers save the file under this name (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", download_name).encode("ascii", "ignore").decode()
    plain = "".join(char if char.isprintable() and char not in '"\\/%;' else "_" for char in plain).strip() or "video"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(download_name, safe='')}"


class Copies:
    """Copies objects between buckets.

    Args:
        single_copy_bytes: larger objects are copied in parts; at most 5 GB.
        part_bytes: size of each part but the last; at least 5 MiB.
    """

    def __init__(
        self,
        client: S3Client,
        *,
        single_copy_bytes: int = _SINGLE_COPY_BYTES,
        part_bytes: int = _PART_BYTES,
        parallel_parts: int = _PARALLEL_PARTS,
    ) -> None:
        self._client = client
        self._single_copy_bytes = single_copy_bytes
        self._part_bytes = part_bytes
        self._parallel_parts = parallel_parts

    def copy(
        self,
        source_bucket: str,
        source_key: str,
        source: HeadObjectOutputTypeDef,
        bucket: str,
        key: str,
        *,
        download_name: str,
        content_type: str,
    ) -> StoredObject:
        """Copy exactly the object that `source` describes.

        Raises `RetryableError` if it was replaced meanwhile, or the copy's checksum differs.
        """
        origin: CopySourceTypeDef = {"Bucket": source_bucket, "Key": source_key}
        size = source["ContentLength"]
        disposition = content_disposition(download_name)
        with translate_errors("s3"):
            try:
                if size <= self._single_copy_bytes:
                    checksum = self._in_one_request(origin, source["ETag"], bucket, key, disposition, content_type)
                else:
                    checksum = self._in_parts(origin, source["ETag"], size, bucket, key, disposition, content_type)
            except ClientError as error:
                if code_of(error) in ("PreconditionFailed", "412"):
                    raise RetryableError(
                        "s3_source_changed", "A file changed while it was copied; it will be copied again.", source_key
                    ) from error
                raise
        expected = source.get("ChecksumCRC64NVME")
        if expected is not None and expected != checksum:
            raise RetryableError(
                "s3_copy_differs",
                "A copy differs from its original; it will be copied again.",
                f"{source_key}: {expected}, {key}: {checksum}",
            )
        return StoredObject(key, size, checksum)

    def _in_one_request(
        self, origin: CopySourceTypeDef, etag: str, bucket: str, key: str, disposition: str, content_type: str
    ) -> str | None:
        answer = self._client.copy_object(
            Bucket=bucket,
            Key=key,
            CopySource=origin,
            CopySourceIfMatch=etag,
            MetadataDirective="REPLACE",
            ContentDisposition=disposition,
            ContentType=content_type,
            ChecksumAlgorithm="CRC64NVME",
        )
        return answer["CopyObjectResult"].get("ChecksumCRC64NVME")

    def _in_parts(
        self,
        origin: CopySourceTypeDef,
        etag: str,
        size: int,
        bucket: str,
        key: str,
        disposition: str,
        content_type: str,
    ) -> str | None:
        upload_id = self._client.create_multipart_upload(
            Bucket=bucket,
            Key=key,
            ContentDisposition=disposition,
            ContentType=content_type,
            ChecksumAlgorithm="CRC64NVME",
            ChecksumType="FULL_OBJECT",
        )["UploadId"]
        starts = range(0, size, self._part_bytes)

        def copy_part(number: int) -> CompletedPartTypeDef:
            start = starts[number - 1]
            answer = self._client.upload_part_copy(
                Bucket=bucket,
                Key=key,
                UploadId=upload_id,
                PartNumber=number,
                CopySource=origin,
                CopySourceIfMatch=etag,
                CopySourceRange=f"bytes={start}-{min(start + self._part_bytes, size) - 1}",
            )["CopyPartResult"]
            part: CompletedPartTypeDef = {"PartNumber": number, "ETag": answer["ETag"]}
            if "ChecksumCRC64NVME" in answer:
                part["ChecksumCRC64NVME"] = answer["ChecksumCRC64NVME"]
            return part

        completed = False
        try:
            with ThreadPoolExecutor(self._parallel_parts, "s3-copy") as pool:
                parts = list(pool.map(copy_part, range(1, len(starts) + 1)))
            # S3 combines the checksums of the parts; `copy` compares the result with that of the original.
            answer = self._client.complete_multipart_upload(
                Bucket=bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": parts},
                ChecksumType="FULL_OBJECT",
                MpuObjectSize=size,
            )
            completed = True
        finally:
            if not completed:
                # The bucket's lifecycle rule removes what cannot be aborted now; report the first error.
                with suppress(ClientError):
                    self._client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
        return answer.get("ChecksumCRC64NVME")
