"""The top level of an MP4 file, read by ranges (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator

from vcp.ports import ByteRanges

#: 32-bit size, type, 64-bit size.
_HEADER_BYTES = 16
#: A file with more boxes than this before `moov` and `mdat` is not what the pipeline writes.
_MOST_BOXES = 64


def fast_start(ranges: ByteRanges) -> bool | None:
    """Whether playing can begin before the whole file is there: `moov` stands before `mdat`.

    None when that cannot be said: no MP4, or broken. A few dozen bytes are read, whatever the file's size. Raises
    what `ranges` raises.
    """
    for kind in _kinds(ranges):
        if kind == b"moov":
            return True
        if kind == b"mdat":
            return False
    return None


def _kinds(ranges: ByteRanges) -> Iterator[bytes]:
    """Types of the top-level boxes in order; ends where the file is no MP4 (any more)."""
    position = 0
    for number in range(_MOST_BOXES):
        header = b"".join(ranges.read(position, _HEADER_BYTES))
        if len(header) < 8:
            return
        size, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if number == 0 and kind != b"ftyp":
            return
        yield kind
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        # 0 is "to the end of the file"; less than its own header is a broken box.
        if size < 8:
            return
        position += size
