"""Detect truncated files by the sizes in their own headers.

ffprobe only reads the beginning; an encoder would notice only after the whole copy.
"""

from __future__ import annotations

from collections.abc import Callable

from vcp.adapters.probe.block_reader import BlockReader
from vcp.adapters.probe.mp4_boxes import FIRST_BOXES, boxes

#: Boxes that a complete file needs. Cameras often append others with wrong sizes.
_MP4_CONTENT = frozenset({b"mdat", b"moov"})
_EBML = b"\x1a\x45\xdf\xa3"
_MATROSKA_SEGMENT = b"\x18\x53\x80\x67"
#: SMPTE ST 377-1, 7.1: the key of a header partition pack without its status and last byte.
_MXF_HEADER = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02"
_MXF_KEY_BYTES = 16
#: In a partition pack, after versions, KAG size, this and the previous partition (ST 377-1, table 4).
_MXF_FOOTER_OFFSET = 24
#: AVI files above 1 GB consist of several RIFF chunks (OpenDML 1.02); this many are examined.
_MAX_RIFF_CHUNKS = 256
#: Not all writers count the padding of the last chunk.
_RIFF_SLACK_BYTES = 2
#: RIFF sizes that were never filled in, as in an interrupted recording or a stream.
_RIFF_SIZE_UNKNOWN = (0, 0xFFFFFFFF)


def missing_bytes(reader: BlockReader) -> int:
    """Return the minimum number of bytes missing at the end; 0 if none are known to be.

    Supports MP4, QuickTime, Matroska, WebM, AVI and MXF. Raises what reading raises.
    """
    head = reader.at(0, _MXF_KEY_BYTES)
    return max(0, _end_function(head)(reader) - reader.size_bytes)


def _end_function(head: bytes) -> Callable[[BlockReader], int]:
    if head[4:8] in FIRST_BOXES:
        return _mp4_end
    if head.startswith(_EBML):
        return _matroska_end
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return _avi_end
    if head.startswith(_MXF_HEADER):
        return _mxf_end
    return lambda _: 0


def _mp4_end(reader: BlockReader) -> int:
    """Return the end of index or media data. Fragments are ignored: there may be thousands."""
    end = 0
    for box in boxes(reader):
        if box.kind == b"moof":
            break
        if box.kind in _MP4_CONTENT:
            end = max(end, box.end)
    return end


def _matroska_end(reader: BlockReader) -> int:
    """Return the end of the segment (RFC 8794, 6; RFC 9559, 5.1); 0 if unknown, as in a live recording."""
    position = len(_EBML)
    header_bytes, width = _ebml_size(reader.at(position, 8))
    if header_bytes is None:
        return 0
    position += width + header_bytes
    if reader.at(position, 4) != _MATROSKA_SEGMENT:
        return 0
    position += len(_MATROSKA_SEGMENT)
    segment_bytes, width = _ebml_size(reader.at(position, 8))
    return 0 if segment_bytes is None else position + width + segment_bytes


def _ebml_size(data: bytes) -> tuple[int | None, int]:
    """Parse a variable-length size (RFC 8794, 4 and 6.2). Return it, None if unknown, and its width in bytes."""
    if not data or not data[0]:
        return None, 0
    width = 9 - data[0].bit_length()
    all_ones = (1 << 7 * width) - 1
    value = int.from_bytes(data[:width], "big") & all_ones
    return (None if value == all_ones or len(data) < width else value), width


def _avi_end(reader: BlockReader) -> int:
    end = 0
    for _ in range(_MAX_RIFF_CHUNKS):
        header = reader.at(end, 12)
        size = int.from_bytes(header[4:8], "little")
        if header[:4] != b"RIFF" or header[8:12] not in (b"AVI ", b"AVIX") or size in _RIFF_SIZE_UNKNOWN:
            break
        end += 8 + size + size % 2
    return max(0, end - _RIFF_SLACK_BYTES)


def _mxf_end(reader: BlockReader) -> int:
    """Return the end of the first byte of the footer; 0 if the header does not say where the footer begins."""
    length = reader.at(_MXF_KEY_BYTES, 1)
    width = 1 + (length[0] & 0x7F if length and length[0] & 0x80 else 0)
    footer = int.from_bytes(reader.at(_MXF_KEY_BYTES + width + _MXF_FOOTER_OFFSET, 8), "big")
    return footer + 1 if footer else 0
