"""CRC64NVME as S3 writes it, and that of a whole object out of its parts' (S3 guide, "Full object checksums").

Unlike MD5 or SHA it can be combined: the parts may travel in parallel and the whole is still known.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable


def crc64nvme(data: bytes) -> str:
    """The checksum of `data`: 8 bytes, big endian, in base64."""
    from awscrt import checksums  # not before it is needed: loading it takes longer than all of ours

    return _text(checksums.crc64nvme(data))


def combined_crc64nvme(parts: Iterable[tuple[str, int]]) -> str:
    """The checksum of the parts one after the other.

    Args:
        parts: of each its checksum and its size in bytes, in order.
    """
    from awscrt import checksums

    whole = 0
    for text, size_bytes in parts:
        whole = checksums.combine_crc64nvme(whole, int.from_bytes(b64decode(text, validate=True), "big"), size_bytes)
    return _text(whole)


def _text(value: int) -> str:
    return b64encode(value.to_bytes(8, "big")).decode()
