"""Whether the end of a file is missing, by the file's own account of its size.

ffprobe reads the beginning and is content; an encoder would find out only after the whole copy.
"""

from __future__ import annotations

from collections.abc import Callable

from vcp.adapters.probe.block_reader import BlockReader
from vcp.adapters.probe.mp4_boxes import FIRST_BOXES, boxes

#: Boxes without which a film is not whole. Others at the end are often leftovers of cameras and carry odd sizes.
_MP4_CONTENT = frozenset({b"mdat", b"moov"})
_EBML = b"\x1a\x45\xdf\xa3"
_MATROSKA_SEGMENT = b"\x18\x53\x80\x67"
#: SMPTE ST 377-1, 7.1: the key of a header partition pack but for its status and last byte.
_MXF_HEADER = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02"
_MXF_KEY_BYTES = 16
#: In a partition pack: versions, KAG size, this and previous partition stand before it (ST 377-1, table 4).
_MXF_FOOTER_OFFSET = 24
#: AVI files above 1 GB are several RIFF chunks in a row (OpenDML 1.02); more than this are not looked through.
_MOST_RIFFS = 256
#: Writers count the padding of the last chunk or do not.
_RIFF_SLACK_BYTES = 2
#: A RIFF size that was never filled in, as in an interrupted recording or a stream: it says nothing.
_RIFF_UNSAID = (0, 0xFFFFFFFF)


def missing_bytes(peek: BlockReader) -> int:
    """How many bytes at least are missing at the end; 0 where nothing says that something is.

    Known are MP4, QuickTime, Matroska, WebM, AVI and MXF. Raises what reading raises.
    """
    head = peek.at(0, _MXF_KEY_BYTES)
    return max(0, _measure_for(head)(peek) - peek.size_bytes)


def _measure_for(head: bytes) -> Callable[[BlockReader], int]:
    if head[4:8] in FIRST_BOXES:
        return _mp4_end
    if head.startswith(_EBML):
        return _matroska_end
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return _avi_end
    if head.startswith(_MXF_HEADER):
        return _mxf_end
    return lambda _: 0


def _mp4_end(peek: BlockReader) -> int:
    """The end of what the index or the pictures take up. Fragments are not followed: there may be thousands."""
    end = 0
    for box in boxes(peek):
        if box.kind == b"moof":
            break
        if box.kind in _MP4_CONTENT:
            end = max(end, box.end)
    return end


def _matroska_end(peek: BlockReader) -> int:
    """The end of the segment, which holds all (RFC 8794, 6; RFC 9559, 5.1). A live recording does not say it."""
    position = len(_EBML)
    header_bytes, width = _ebml_size(peek.at(position, 8))
    if header_bytes is None:
        return 0
    position += width + header_bytes
    if peek.at(position, 4) != _MATROSKA_SEGMENT:
        return 0
    position += len(_MATROSKA_SEGMENT)
    segment_bytes, width = _ebml_size(peek.at(position, 8))
    return 0 if segment_bytes is None else position + width + segment_bytes


def _ebml_size(data: bytes) -> tuple[int | None, int]:
    """A variable-length size (RFC 8794, 4 and 6.2) and its width in bytes; None for "unknown"."""
    if not data or not data[0]:
        return None, 0
    width = 9 - data[0].bit_length()
    all_ones = (1 << 7 * width) - 1
    value = int.from_bytes(data[:width], "big") & all_ones
    return (None if value == all_ones or len(data) < width else value), width


def _avi_end(peek: BlockReader) -> int:
    end = 0
    for _ in range(_MOST_RIFFS):
        header = peek.at(end, 12)
        size = int.from_bytes(header[4:8], "little")
        if header[:4] != b"RIFF" or header[8:12] not in (b"AVI ", b"AVIX") or size in _RIFF_UNSAID:
            break
        end += 8 + size + size % 2
    return max(0, end - _RIFF_SLACK_BYTES)


def _mxf_end(peek: BlockReader) -> int:
    """Where the footer should begin; one byte of it at least belongs to the file. 0 in a header means "unsaid"."""
    length = peek.at(_MXF_KEY_BYTES, 1)
    width = 1 + (length[0] & 0x7F if length and length[0] & 0x80 else 0)
    footer = int.from_bytes(peek.at(_MXF_KEY_BYTES + width + _MXF_FOOTER_OFFSET, 8), "big")
    return footer + 1 if footer else 0
