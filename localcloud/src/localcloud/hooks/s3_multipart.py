"""S3 multipart uploads: complete them in chunks, with the checksums and errors of S3.

moto joins the parts in memory, accepts a wrong order, fails with an internal error for an unknown upload and returns no
checksums. Here a completed object is written from its parts in chunks, and CRCs are combined instead of computed again.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.s3.exceptions import EntityTooSmall, InvalidPart, InvalidPartOrder, NoSuchUpload, S3ClientError
from moto.s3.models import FakeMultipart, S3Backend
from moto.s3.responses import S3Response

from localcloud.hooks.patching import replace_function
from localcloud.hooks.s3_checksums import BadDigest, combined, declared, digest
from localcloud.hooks.s3_contents import Contents

_DEFAULT_ALGORITHM = "CRC64NVME"
_PART_MIN_BYTES = 5 << 20
_COPY_MAX_BYTES = 5 << 30
_request = threading.local()


class InvalidRequest(S3ClientError):  # type: ignore[misc]  # noqa: N818 - S3's name for it
    def __init__(self, message: str) -> None:
        super().__init__("InvalidRequest", message)


class MalformedXML(S3ClientError):  # type: ignore[misc]  # noqa: N818 - S3's name for it
    def __init__(self) -> None:
        super().__init__("MalformedXML", "The XML you provided did not validate against our published schema.")


def _algorithm(upload: Any) -> tuple[str, str]:
    """Checksum algorithm and type of an upload; S3's defaults where CreateMultipartUpload named none."""
    algorithm = str(upload.metadata.get("x-amz-checksum-algorithm") or _DEFAULT_ALGORITHM).upper()
    default = "FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE"
    return algorithm, str(upload.metadata.get("x-amz-checksum-type") or default).upper()


def _with_checksum(original: Callable[..., Any]) -> Callable[..., Any]:
    def set_part(self: Any, part_id: int, value: Any) -> Any:
        part = original(self, part_id, value)
        part.checksum_algorithm = _algorithm(self)[0]
        part.checksum_value = base64.b64encode(digest(value, part.checksum_algorithm)).decode()
        return part

    return set_part


def _chosen_parts(upload: Any, wanted: Iterator[tuple[int, str]]) -> list[Any]:
    parts: list[Any] = []
    for number, etag in wanted:
        part = upload.parts.get(number)
        if part is None or part.etag.strip('"') != etag.strip('"'):
            raise InvalidPart
        if parts and number <= parts[-1].name:
            raise InvalidPartOrder
        if parts and parts[-1].contentsize < _PART_MIN_BYTES:
            raise EntityTooSmall
        parts.append(part)
    if not parts:
        raise MalformedXML
    return parts


def _whole_checksum(upload: Any, parts: list[Any]) -> tuple[str, str, int]:
    algorithm, kind = _algorithm(upload)
    values = [(base64.b64decode(part.checksum_value), part.contentsize) for part in parts]
    if kind == "FULL_OBJECT":
        return kind, base64.b64encode(combined(values, algorithm)).decode(), 1
    return kind, base64.b64encode(digest(b"".join(value for value, _ in values), algorithm)).decode(), len(parts)


def _check_declared(upload: Any, checksum: tuple[str, str, int], size: int) -> None:
    """Compare the result with what CompleteMultipartUpload declares."""
    headers = getattr(_request, "headers", {})
    if (declared_size := headers.get("x-amz-mp-object-size")) is not None and int(declared_size) != size:
        raise InvalidRequest(f"The size of the object is {size}, x-amz-mp-object-size is {declared_size}.")
    algorithm, _ = _algorithm(upload)
    kind, value, count = checksum
    for name, given in declared(headers).items():
        if name != algorithm:
            raise InvalidRequest(f"The upload was created with {algorithm}, not with {name}.")
        if given not in ({value} if kind == "FULL_OBJECT" else {value, f"{value}-{count}"}):
            raise BadDigest(f"{algorithm} checksum")


def _streamed(_: Callable[..., Any]) -> Callable[..., Any]:
    def complete(self: Any, body: Iterator[tuple[int, str]]) -> tuple[Contents, str, tuple[str, str, int]]:
        parts = _chosen_parts(self, body)
        contents = Contents.of(*parts)
        checksum = _whole_checksum(self, parts)
        _check_declared(self, checksum, len(contents))
        md5s = b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts)
        etag = hashlib.md5(md5s, usedforsecurity=False).hexdigest()
        return contents, f"{etag}-{len(parts)}", checksum

    return complete


def _known_upload(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, bucket_name: str, multipart_id: str, *rest: Any, **named: Any) -> Any:
        if multipart_id not in self.get_bucket(bucket_name).multiparts:
            raise NoSuchUpload(multipart_id)
        return original(self, bucket_name, multipart_id, *rest, **named)

    return call


def _completed(original: Callable[..., Any]) -> Callable[..., Any]:
    def complete_multipart_upload(self: Any, bucket_name: str, multipart_id: str, body: Any) -> Any:
        upload = self.get_bucket(bucket_name).multiparts[multipart_id]
        key = original(self, bucket_name, multipart_id, body)
        key.checksum_algorithm = _algorithm(upload)[0]
        return key

    return complete_multipart_upload


def _after_marker(_: Callable[..., Any]) -> Callable[..., Any]:
    """Treat the marker as a part number: moto uses it as an index, which is wrong when numbers are missing."""

    def list_parts(self: Any, part_number_marker: int, max_parts: int) -> Iterator[Any]:
        numbers = [number for number in self.partlist if number > part_number_marker]
        return iter([self.parts[number] for number in numbers[:max_parts]])

    return list_parts


def _numbers_left(_: Callable[..., Any]) -> Callable[..., Any]:
    def is_truncated(self: Any, bucket_name: str, multipart_id: str, next_part_number_marker: int) -> bool:
        numbers = self.get_bucket(bucket_name).multiparts[multipart_id].partlist
        return bool(numbers) and numbers[-1] > next_part_number_marker

    return is_truncated


def _extended(original: Callable[..., Any], extend: Callable[[Any, dict[str, Any], str], None]) -> Callable[..., Any]:
    """Let `extend(response, result, key name)` add to the results that `original` serializes."""

    def respond(self: Any, *arguments: Any) -> Any:
        serialize = self.serialized

        def extended(answer: ActionResult) -> Any:
            if isinstance(answer.result, dict):
                extend(self, answer.result, self.parse_key_name())
            return serialize(answer)

        self.serialized = extended
        _request.headers = self.headers
        try:
            return original(self, *arguments)
        finally:
            del _request.headers
            del self.serialized

    return respond


def _add_part_checksums(response: Any, result: dict[str, Any], _: str) -> None:
    upload = response.backend.get_bucket(response.bucket_name).multiparts.get(result.get("UploadId"))
    if upload is None or not upload.metadata.get("x-amz-checksum-algorithm"):
        return
    result["ChecksumAlgorithm"], result["ChecksumType"] = _algorithm(upload)
    for part in result.get("Parts") or result.get("Part") or []:
        stored = upload.parts[int(part["PartNumber"])]
        part[f"Checksum{stored.checksum_algorithm}"] = stored.checksum_value


def _add_whole_checksum(response: Any, result: dict[str, Any], key_name: str) -> None:
    if response.data.get("Action") != "CompleteMultipartUpload":
        return
    key = response.backend.get_object(response.bucket_name, key_name)
    if key is not None and key.checksum_algorithm and key.checksum_type:
        suffix = f"-{key.checksum_parts}" if key.checksum_type == "COMPOSITE" else ""
        result[f"Checksum{key.checksum_algorithm}"] = f"{key.checksum_value}{suffix}"
        result["ChecksumType"] = key.checksum_type


def _limited_copy(original: Callable[..., Any]) -> Callable[..., Any]:
    def copy_object(self: Any, src_key: Any, *rest: Any, **named: Any) -> Any:
        if src_key.contentsize > _COPY_MAX_BYTES:
            raise InvalidRequest(
                "The specified copy source is larger than the maximum allowable size for a copy source: "
                f"{_COPY_MAX_BYTES}"
            )
        return original(self, src_key, *rest, **named)

    return copy_object


_COPY_PARAMETERS = (
    "self src_key dest_bucket_name dest_key_name storage encryption kms_key_id bucket_key_enabled mdirective "
    "metadata website_redirect_location lock_mode lock_legal_status lock_until provided_version_id"
)


def install() -> None:
    replace_function(FakeMultipart, "set_part", "self part_id value", _with_checksum)
    replace_function(FakeMultipart, "complete", "self body", _streamed)
    replace_function(FakeMultipart, "list_parts", "self part_number_marker max_parts", _after_marker)
    replace_function(S3Backend, "is_truncated", "self bucket_name multipart_id next_part_number_marker", _numbers_left)
    replace_function(S3Backend, "complete_multipart_upload", "self bucket_name multipart_id body", _completed)
    for operation, parameters in {
        "complete_multipart_upload": "self bucket_name multipart_id body",
        "upload_part": "self bucket_name multipart_id part_id value",
        "upload_part_copy": "self dest_bucket_name multipart_id part_id src_bucket_name src_key_name "
        "src_version_id start_byte end_byte",
    }.items():
        replace_function(S3Backend, operation, parameters, _known_upload)
    replace_function(S3Backend, "copy_object", _COPY_PARAMETERS, _limited_copy)
    replace_function(S3Response, "list_parts", "self", lambda original: _extended(original, _add_part_checksums))
    replace_function(
        S3Response,
        "_key_response_post",
        "self request body bucket_name query key_name",
        lambda original: _extended(original, _add_whole_checksum),
    )
