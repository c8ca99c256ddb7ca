"""CRC64NVME as S3 encodes it, and its combination over parts (S3 guide, "Full object checksums").

Unlike MD5 or SHA it can be combined, so parts may be sent in parallel.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable


def crc64nvme(data: bytes) -> str:
    """Return the checksum of `data`: 8 bytes, big endian, in base64."""
    from awscrt import checksums  # imported here: loading it takes longer than all of our modules

    return _text(checksums.crc64nvme(data))


def combined_crc64nvme(parts: Iterable[tuple[str, int]]) -> str:
    """Return the checksum of the concatenated parts.

    Args:
        parts: checksum and size in bytes of each part, in order.
    """
    from awscrt import checksums

    whole = 0
    for text, size_bytes in parts:
        whole = checksums.combine_crc64nvme(whole, int.from_bytes(b64decode(text, validate=True), "big"), size_bytes)
    return _text(whole)


def _text(value: int) -> str:
    return b64encode(value.to_bytes(8, "big")).decode()
