"""The boxes of an MP4 or QuickTime file, read by ranges (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from vcp.adapters.probe.block_reader import BlockReader
from vcp.ports.storage import ByteRanges

#: 32-bit size, type, 64-bit size.
_HEADER_BYTES = 16
#: A file with more boxes than this in a row before `moov` and `mdat`, or more tracks, is not looked through.
_MOST_BOXES = 64
#: What such a file may begin with. QuickTime files older than `ftyp` begin with any of the others.
FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
#: From a track down to the boxes with what its samples are and where they are (8.5.2, 8.7.2), both lists.
_WAY_TO_SAMPLES = (b"mdia", b"minf", b"stbl", b"stsd")
_WAY_TO_PLACES = (b"mdia", b"minf", b"dinf", b"dref")
#: Version, flags and number of entries before the entries of a list.
_LIST_HEADER_BYTES = 8
#: Types of encrypted samples: common encryption (8.12) and Apple's FairPlay.
_ENCRYPTED_SAMPLES = frozenset({b"encv", b"enca", b"encs", b"enct", b"encu", b"drmi", b"drms", b"drmt"})
#: The flag of a place: the samples are in this very file (8.7.2.3).
_SELF_CONTAINED = 1
#: Handlers of pictures and sound (8.4.3): a timecode may refer to a tape that no computer has.
_PICTURES_OR_SOUND = (b"vide", b"soun")


class Box(Struct, frozen=True):
    """One box: its type, where it begins, where its content begins, and where it says that it ends."""

    kind: bytes
    start: int
    content: int
    end: int


def boxes(peek: BlockReader, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Boxes one after another from `start`, `_MOST_BOXES` at most; ends where there is none any more.

    The last one may say that it ends behind the file: then the file was cut off. Raises what reading raises.
    """
    end = peek.size_bytes if end is None else min(end, peek.size_bytes)
    for _ in range(_MOST_BOXES):
        header = peek.at(start, _HEADER_BYTES)
        if start >= end or len(header) < 8:
            return
        size, kind, header_bytes = int.from_bytes(header[:4], "big"), header[4:8], 8
        if size == 1:
            size, header_bytes = int.from_bytes(header[8:16], "big"), 16
        elif size == 0:  # to the end of the file
            size = end - start
        if size < header_bytes:
            return  # broken: less than its own header
        yield Box(kind, start, start + header_bytes, start + size)
        start += size


def fast_start(ranges: ByteRanges) -> bool | None:
    """Whether playing can begin before the whole file is there: `moov` stands before `mdat`.

    None when that cannot be said: no MP4, or broken. A few dozen bytes are read, whatever the file's size. Raises
    what `ranges` raises.
    """
    for number, box in enumerate(boxes(BlockReader(ranges, _HEADER_BYTES))):
        if number == 0 and box.kind != b"ftyp":
            return None
        if box.kind in (b"moov", b"mdat"):
            return box.kind == b"moov"
    return None


def is_encrypted(peek: BlockReader) -> bool:
    """Whether a track's samples are encrypted, so that only who has the key can see them.

    False as well where the file is no MP4, or its descriptions are not found. Raises what reading raises.
    """
    entries = (entry for track in _tracks(peek) for entry in _entries(peek, track, _WAY_TO_SAMPLES))
    return any(entry.kind in _ENCRYPTED_SAMPLES for entry in entries)


def is_kept_elsewhere(peek: BlockReader) -> bool:
    """Whether pictures or sound lie in another file, which this one only names (a QuickTime reference movie).

    False as well where the file is no MP4, or its descriptions are not found. Raises what reading raises.
    """
    tracks = (track for track in _tracks(peek) if _handler(peek, track) in _PICTURES_OR_SOUND)
    entries = (entry for track in tracks for entry in _entries(peek, track, _WAY_TO_PLACES))
    # Each entry begins with a byte of version and three of flags.
    flags = (int.from_bytes(peek.at(entry.content + 1, 3), "big") for entry in entries)
    return any(not flag & _SELF_CONTAINED for flag in flags)


def _tracks(peek: BlockReader) -> Iterator[Box]:
    """Tracks of an MP4; none of anything else."""
    if peek.at(4, 4) not in FIRST_BOXES:
        return
    moov = next((box for box in boxes(peek) if box.kind == b"moov"), None)
    if moov is not None:
        yield from (box for box in boxes(peek, moov.content, moov.end) if box.kind == b"trak")


def _handler(peek: BlockReader, track: Box) -> bytes:
    """Of a track: what kind of media it is; behind version, flags and a word that is not used."""
    found = _descend(peek, track, (b"mdia", b"hdlr"))
    return b"" if found is None else peek.at(found.content + 8, 4)


def _entries(peek: BlockReader, track: Box, way: tuple[bytes, ...]) -> Iterator[Box]:
    """The entries of the list at the end of a way down from a track."""
    found = _descend(peek, track, way)
    if found is not None:
        yield from boxes(peek, found.content + _LIST_HEADER_BYTES, found.end)


def _descend(peek: BlockReader, box: Box, way: tuple[bytes, ...]) -> Box | None:
    """The box at the end of a way down; None where there is no such way."""
    found: Box | None = box
    for kind in way:
        if found is None:
            return None
        found = next((child for child in boxes(peek, found.content, found.end) if child.kind == kind), None)
    return found
