"""What the boxes of an MP4 say: encryption, external media, fast start."""

from __future__ import annotations

import struct

import pytest

from tests.integration.conftest import MemoryRanges
from tests.unit.adapters.probe.test_truncation import FTYP, box
from vcp.adapters.probe.block_reader import BlockReader
from vcp.adapters.probe.mp4_boxes import fast_start, has_external_media, is_encrypted

HERE = box(b"url ", b"\0\0\0\1")


ELSEWHERE = box(b"alis", b"\0\0\0\0" + bytes(150))


def listed(*entries: bytes) -> bytes:
    return struct.pack(">II", 0, len(entries)) + b"".join(entries)


def track(sample: bytes = b"avc1", reference: bytes = HERE, handler: bytes = b"vide") -> bytes:
    tables = box(b"stbl", box(b"stsd", listed(box(sample, bytes(78)))) + box(b"stsz", bytes(40_000)))
    information = box(b"minf", box(b"vmhd") + box(b"dinf", box(b"dref", listed(reference))) + tables)
    media = box(b"mdia", box(b"mdhd", bytes(24)) + box(b"hdlr", bytes(8) + handler + bytes(13)) + information)
    return box(b"trak", box(b"tkhd", bytes(84)) + media)


def film(*tracks: bytes) -> BlockReader:
    return BlockReader(
        MemoryRanges(FTYP + box(b"mdat", bytes(99)) + box(b"moov", box(b"mvhd", bytes(100)) + b"".join(tracks)))
    )


@pytest.mark.parametrize("sample", [b"encv", b"drmi", b"enca"])
def test_detects_one_encrypted_track(sample: bytes) -> None:
    assert is_encrypted(film(track(), track(sample)))
    assert not is_encrypted(film(track(), track(b"mp4a")))


def test_detects_external_media_except_timecodes() -> None:
    assert has_external_media(film(track(), track(reference=ELSEWHERE)))
    assert has_external_media(film(track(b"mp4a", ELSEWHERE, b"soun")))
    assert not has_external_media(film(track(), track(b"tmcd", ELSEWHERE, b"tmcd")))


@pytest.mark.parametrize(
    "data", [b"", FTYP, FTYP + box(b"moov"), FTYP + box(b"moov", box(b"trak", box(b"mdia"))), b"\x1a\x45\xdf\xa3" * 99]
)
def test_a_file_without_tracks_is_neither(data: bytes) -> None:
    assert not is_encrypted(BlockReader(MemoryRanges(data)))
    assert not has_external_media(BlockReader(MemoryRanges(data)))


def test_skips_large_sample_tables() -> None:
    ranges = MemoryRanges(FTYP + box(b"moov", b"".join(track() for _ in range(40))) + box(b"mdat"))

    assert not is_encrypted(BlockReader(ranges))
    assert sum(length for _, length in ranges.reads) < len(ranges.data) / 2


@pytest.mark.parametrize(
    ("data", "fast"),
    [
        (b"", None),
        (b"\0\0\0\x08ftyp", None),
        (b"\0\0\0\x08ftyp" + b"\0\0\0\0mdat" + b"x" * 20, False),
        # A 64-bit size: moov follows a free box.
        (b"\0\0\0\x08ftyp" + b"\0\0\0\1free" + (24).to_bytes(8, "big") + b"x" * 8 + b"\0\0\0\x08moov", True),
        (b"\0\0\0\x08ftyp" + b"\0\0\0\2junk" + b"\0\0\0\x08moov", None),
        (b"\0\0\0\x08ftyp" + b"\0\0\0\x08free" * 100 + b"\0\0\0\x08moov", None),
    ],
)
def test_fast_start_of_unusual_files(data: bytes, fast: bool | None) -> None:
    assert fast_start(MemoryRanges(data)) is fast
