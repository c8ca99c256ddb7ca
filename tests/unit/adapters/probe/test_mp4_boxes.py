"""What the boxes of an MP4 say about its samples: encrypted, or in another file."""

from __future__ import annotations

import struct

import pytest

from tests.integration.conftest import MemoryRanges
from tests.unit.adapters.probe.test_truncation import FTYP, box
from vcp.adapters.probe.block_reader import BlockReader
from vcp.adapters.probe.mp4_boxes import is_encrypted, is_kept_elsewhere

HERE = box(b"url ", b"\0\0\0\1")
ELSEWHERE = box(b"alis", b"\0\0\0\0" + bytes(150))


def listed(*entries: bytes) -> bytes:
    return struct.pack(">II", 0, len(entries)) + b"".join(entries)


def track(sample: bytes = b"avc1", place: bytes = HERE, handler: bytes = b"vide") -> bytes:
    tables = box(b"stbl", box(b"stsd", listed(box(sample, bytes(78)))) + box(b"stsz", bytes(40_000)))
    information = box(b"minf", box(b"vmhd") + box(b"dinf", box(b"dref", listed(place))) + tables)
    media = box(b"mdia", box(b"mdhd", bytes(24)) + box(b"hdlr", bytes(8) + handler + bytes(13)) + information)
    return box(b"trak", box(b"tkhd", bytes(84)) + media)


def film(*tracks: bytes) -> BlockReader:
    return BlockReader(
        MemoryRanges(FTYP + box(b"mdat", bytes(99)) + box(b"moov", box(b"mvhd", bytes(100)) + b"".join(tracks)))
    )


@pytest.mark.parametrize("sample", [b"encv", b"drmi", b"enca"])
def test_one_encrypted_track_is_enough(sample: bytes) -> None:
    assert is_encrypted(film(track(), track(sample)))
    assert not is_encrypted(film(track(), track(b"mp4a")))


def test_pictures_in_another_file_are_seen_and_a_timecode_of_a_tape_is_no_matter() -> None:
    assert is_kept_elsewhere(film(track(), track(place=ELSEWHERE)))
    assert is_kept_elsewhere(film(track(b"mp4a", ELSEWHERE, b"soun")))
    assert not is_kept_elsewhere(film(track(), track(b"tmcd", ELSEWHERE, b"tmcd")))


@pytest.mark.parametrize(
    "data", [b"", FTYP, FTYP + box(b"moov"), FTYP + box(b"moov", box(b"trak", box(b"mdia"))), b"\x1a\x45\xdf\xa3" * 99]
)
def test_what_has_no_tracks_is_neither(data: bytes) -> None:
    assert not is_encrypted(BlockReader(MemoryRanges(data)))
    assert not is_kept_elsewhere(BlockReader(MemoryRanges(data)))


def test_the_large_tables_of_a_long_film_are_not_read() -> None:
    ranges = MemoryRanges(FTYP + box(b"moov", b"".join(track() for _ in range(40))) + box(b"mdat"))

    assert not is_encrypted(BlockReader(ranges))
    assert sum(length for _, length in ranges.reads) < len(ranges.data) / 2
