"""S3 checksums: verify the declared ones, and compute all algorithms correctly.

moto accepts any x-amz-checksum-* and Content-MD5, and labels a CRC32 as CRC32C. Here PutObject and UploadPart reject a
mismatch (BadDigest), every part of an upload with an algorithm has its checksum, which ListParts returns, and a
completed upload has a composite or full-object checksum, verified if the caller declares one.
Source of the rules: "Checking object integrity for data uploads in Amazon S3", User Guide.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import moto.s3.models
import moto.s3.responses
import moto.s3.utils
from awscrt import checksums
from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response

from localcloud.hooks.patching import replace_function
from localcloud.hooks.s3_contents import Contents

#: Algorithm -> (update(chunk, previous), combine(first, second, length of second), size in bytes).
_CRC: Mapping[str, tuple[Callable[..., int], Callable[..., int], int]] = {
    "CRC32": (checksums.crc32, checksums.combine_crc32, 4),
    "CRC32C": (checksums.crc32c, checksums.combine_crc32c, 4),
    "CRC64NVME": (checksums.crc64nvme, checksums.combine_crc64nvme, 8),
}
ALGORITHMS = (*_CRC, "SHA1", "SHA256")
_TRAILER = re.compile(rb"\r\n(x-amz-checksum-[a-z0-9]+):([^\r\n]+)\r\n")
_TRAILER_BYTES = 4096


class BadDigest(S3ClientError):  # type: ignore[misc]  # noqa: N818 - S3's name for it
    """The body does not match the declared checksum."""

    def __init__(self, what: str) -> None:
        super().__init__("BadDigest", f"The {what} you specified did not match what we received.")


class InvalidDigest(S3ClientError):  # type: ignore[misc]  # noqa: N818 - S3's name for it
    def __init__(self, what: str) -> None:
        super().__init__("InvalidDigest", f"The {what} you specified is not valid.")


def _chunks(body: bytes | bytearray | str | Contents | None) -> Iterable[bytes]:
    if body is None:
        return ()
    if isinstance(body, Contents):
        return body
    return (body.encode() if isinstance(body, str) else bytes(body),)


def digest(body: bytes | bytearray | str | Contents | None, algorithm: str) -> bytes:
    """Compute the raw checksum of contents in chunks. Raises InvalidDigest for an unknown algorithm."""
    name = algorithm.upper()
    if name in _CRC:
        update, _, size = _CRC[name]
        value = 0
        for chunk in _chunks(body):
            value = update(chunk, value)
        return value.to_bytes(size, "big")
    if name not in ALGORITHMS:
        raise InvalidDigest(f"checksum algorithm {algorithm}")
    hashed = hashlib.new(name.lower(), usedforsecurity=False)
    for chunk in _chunks(body):
        hashed.update(chunk)
    return hashed.digest()


def combined(parts: Iterable[tuple[bytes, int]], algorithm: str) -> bytes:
    """Combine the CRCs and lengths (bytes) of parts into the CRC of the whole."""
    _, combine, size = _CRC[algorithm]
    value = 0
    for part, length in parts:
        value = combine(value, int.from_bytes(part, "big"), length)
    return value.to_bytes(size, "big")


def _moto_compute(_: Callable[..., bytes]) -> Callable[..., bytes]:
    def compute_checksum(body: Any, algorithm: str, encode_base64: bool = True) -> bytes:
        value = digest(body, algorithm)
        return base64.b64encode(value) if encode_base64 else value

    return compute_checksum


def declared(headers: Mapping[str, str]) -> dict[str, str]:
    """Algorithm -> base64 checksum of the x-amz-checksum-* headers of a request."""
    found = {name: headers.get(f"x-amz-checksum-{name.lower()}") for name in ALGORITHMS}
    return {name: value for name, value in found.items() if value}


def _copy_trailer_to_headers(response: Any) -> None:
    """Copy the checksum that SDKs send after a streamed body to the headers, where it is expected."""
    if response.headers.get("x-amz-trailer"):
        for name, value in _TRAILER.findall(response.raw_body[-_TRAILER_BYTES:]):
            key = "HTTP_" + name.decode().upper().replace("-", "_")
            response.request.environ[key] = value.decode().strip()
    given = declared(response.headers)
    if given and not response.headers.get("x-amz-sdk-checksum-algorithm"):
        response.request.environ["HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM"] = next(iter(given))


def _verify_body(response: Any) -> None:
    body = response.body or b""
    if content_md5 := response.headers.get("Content-MD5"):
        try:
            wanted = base64.b64decode(content_md5, validate=True)
        except binascii.Error as error:
            raise InvalidDigest("Content-MD5") from error
        if len(wanted) != hashlib.md5(usedforsecurity=False).digest_size:
            raise InvalidDigest("Content-MD5")
        if hashlib.md5(body, usedforsecurity=False).digest() != wanted:
            raise BadDigest("Content-MD5")
    for algorithm, value in declared(response.headers).items():
        if base64.b64encode(digest(body, algorithm)).decode() != value:
            raise BadDigest(f"{algorithm} checksum")


def _verified(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def store(self: Any) -> Any:
        _copy_trailer_to_headers(self)
        _verify_body(self)
        return original(self)

    return store


def install() -> None:
    for module in (moto.s3.utils, moto.s3.models, moto.s3.responses):
        replace_function(module, "compute_checksum", "body algorithm encode_base64", _moto_compute)
    for operation in ("put_object", "upload_part"):
        replace_function(S3Response, operation, "self", _verified)
