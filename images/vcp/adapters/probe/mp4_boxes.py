"""Read the boxes of an MP4 or QuickTime file by ranges (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from vcp.adapters.probe.block_reader import BlockReader
from vcp.ports.storage import ByteRanges

#: 32-bit size, type, optional 64-bit size.
_HEADER_BYTES = 16
#: Boxes per level that are examined.
_MAX_BOXES = 64
#: Types of a file's first box. QuickTime files older than `ftyp` begin with one of the others.
FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
#: From a track down to the lists of its sample descriptions and of its data references (8.5.2, 8.7.2).
_PATH_TO_SAMPLE_DESCRIPTIONS = (b"mdia", b"minf", b"stbl", b"stsd")
_PATH_TO_DATA_REFERENCES = (b"mdia", b"minf", b"dinf", b"dref")
#: Version, flags and number of entries of a list.
_LIST_HEADER_BYTES = 8
#: Types of encrypted sample descriptions: common encryption (8.12) and Apple's FairPlay.
_ENCRYPTED_SAMPLES = frozenset({b"encv", b"enca", b"encs", b"enct", b"encu", b"drmi", b"drms", b"drmt"})
#: Flag of a data reference: the samples are in this file (8.7.2.3).
_SELF_CONTAINED = 1
#: Handlers of pictures and sound (8.4.3); a timecode track may refer to a tape.
_PICTURES_OR_SOUND = (b"vide", b"soun")


class Box(Struct, frozen=True):
    """One box: its type, start, start of the content, and end according to its header."""

    kind: bytes
    start: int
    content: int
    end: int


def boxes(reader: BlockReader, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield consecutive boxes from `start`, `_MAX_BOXES` at most.

    The last one may end beyond the file, which is truncated then. Raises what reading raises.
    """
    end = reader.size_bytes if end is None else min(end, reader.size_bytes)
    for _ in range(_MAX_BOXES):
        header = reader.at(start, _HEADER_BYTES)
        if start >= end or len(header) < 8:
            return
        size, kind, header_bytes = int.from_bytes(header[:4], "big"), header[4:8], 8
        if size == 1:
            size, header_bytes = int.from_bytes(header[8:16], "big"), 16
        elif size == 0:  # to the end of the file
            size = end - start
        if size < header_bytes:
            return  # broken: smaller than its own header
        yield Box(kind, start, start + header_bytes, start + size)
        start += size


def fast_start(ranges: ByteRanges) -> bool | None:
    """Return whether `moov` precedes `mdat`, so that playback can begin before the download ends.

    None if it is unknown: not an MP4, or broken. Reads a few dozen bytes. Raises what `ranges` raises.
    """
    for number, box in enumerate(boxes(BlockReader(ranges, _HEADER_BYTES))):
        if number == 0 and box.kind != b"ftyp":
            return None
        if box.kind in (b"moov", b"mdat"):
            return box.kind == b"moov"
    return None


def is_encrypted(reader: BlockReader) -> bool:
    """Return whether the samples of a track are encrypted.

    False if the file is not an MP4 or has no sample descriptions. Raises what reading raises.
    """
    entries = (entry for track in _tracks(reader) for entry in _entries(reader, track, _PATH_TO_SAMPLE_DESCRIPTIONS))
    return any(entry.kind in _ENCRYPTED_SAMPLES for entry in entries)


def has_external_media(reader: BlockReader) -> bool:
    """Return whether pictures or sound are in another file (a QuickTime reference movie).

    False if the file is not an MP4 or has no data references. Raises what reading raises.
    """
    tracks = (track for track in _tracks(reader) if _handler(reader, track) in _PICTURES_OR_SOUND)
    entries = (entry for track in tracks for entry in _entries(reader, track, _PATH_TO_DATA_REFERENCES))
    # Each entry begins with one byte of version and three of flags.
    flags = (int.from_bytes(reader.at(entry.content + 1, 3), "big") for entry in entries)
    return any(not flag & _SELF_CONTAINED for flag in flags)


def _tracks(reader: BlockReader) -> Iterator[Box]:
    """Yield the tracks of an MP4; none of another file."""
    if reader.at(4, 4) not in FIRST_BOXES:
        return
    moov = next((box for box in boxes(reader) if box.kind == b"moov"), None)
    if moov is not None:
        yield from (box for box in boxes(reader, moov.content, moov.end) if box.kind == b"trak")


def _handler(reader: BlockReader, track: Box) -> bytes:
    """Return a track's handler, which follows version, flags and an unused word."""
    found = _descend(reader, track, (b"mdia", b"hdlr"))
    return b"" if found is None else reader.at(found.content + 8, 4)


def _entries(reader: BlockReader, track: Box, path: tuple[bytes, ...]) -> Iterator[Box]:
    """Yield the entries of the list at the end of a path from a track."""
    found = _descend(reader, track, path)
    if found is not None:
        yield from boxes(reader, found.content + _LIST_HEADER_BYTES, found.end)


def _descend(reader: BlockReader, box: Box, path: tuple[bytes, ...]) -> Box | None:
    """Return the box at the end of a path of box types; None if there is none."""
    found: Box | None = box
    for kind in path:
        if found is None:
            return None
        found = next((child for child in boxes(reader, found.content, found.end) if child.kind == kind), None)
    return found
