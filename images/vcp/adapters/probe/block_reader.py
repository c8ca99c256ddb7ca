"""Buffer small reads anywhere in a file."""

from __future__ import annotations

from vcp.ports.storage import ByteRanges

_BLOCK_BYTES = 16 * 1024


class BlockReader:
    """Reads a file in blocks and keeps the last one.

    Args:
        ranges: the file.
        block_bytes: minimum size of a read.
    """

    def __init__(self, ranges: ByteRanges, block_bytes: int = _BLOCK_BYTES) -> None:
        self.size_bytes = ranges.size_bytes
        self._ranges = ranges
        self._block_bytes = block_bytes
        self._start = 0
        self._block = b""

    def at(self, position: int, length: int) -> bytes:
        """Return `length` bytes from `position`; fewer at the end of the file. Raises what `ranges` raises."""
        end = min(position + length, self.size_bytes)
        if position >= end:
            return b""
        if not (self._start <= position and end <= self._start + len(self._block)):
            self._start = position
            self._block = b"".join(self._ranges.read(position, max(end - position, self._block_bytes)))
        offset = position - self._start
        return self._block[offset : offset + end - position]
