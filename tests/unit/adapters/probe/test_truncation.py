"""Truncation of files that are built byte by byte."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.conftest import MemoryRanges
from vcp.adapters.probe.block_reader import BlockReader
from vcp.adapters.probe.truncation import missing_bytes


def missing(data: bytes) -> int:
    return missing_bytes(BlockReader(MemoryRanges(data)))


def box(kind: bytes, content: bytes = b"", *, large: bool = False) -> bytes:
    if large:
        return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content
    return struct.pack(">I4s", 8 + len(content), kind) + content


def matroska(segment: bytes, size: bytes) -> bytes:
    return b"\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01" + b"\x18\x53\x80\x67" + size + segment


def riff(kind: bytes, content: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(content)) + kind + content + b"\0" * (len(content) % 2)


def mxf(footer: int, length: bytes = b"\x83\0\0\x58", rest: bytes = b"") -> bytes:
    key = bytes.fromhex("060e2b34020501010d01020101020400")
    return key + length + struct.pack(">HHIQQQ", 1, 3, 1, 0, 0, footer) + bytes(100) + rest


FTYP = box(b"ftyp", b"isom" + bytes(4))
SLOW = FTYP + box(b"free") + box(b"mdat", bytes(500)) + box(b"moov", bytes(200))
FAST = FTYP + box(b"moov", bytes(200)) + box(b"mdat", bytes(500), large=True)
#: The second header is not in the first block.
LONG = FTYP + box(b"mdat", bytes(100_000)) + box(b"moov", bytes(200))
MKV = matroska(bytes(300), b"\x41\x2c")
LARGE_AVI = riff(b"AVI ", bytes(301)) + riff(b"AVIX", bytes(400))
MXF = mxf(footer=205, rest=bytes(60))


@pytest.mark.parametrize(
    "whole",
    [
        pytest.param(SLOW, id="mp4, index last"),
        pytest.param(FAST, id="mp4, index first, 64-bit sizes"),
        pytest.param(LONG, id="mp4, index far away"),
        pytest.param(box(b"wide") + box(b"mdat", bytes(90)) + box(b"moov", bytes(90)), id="mov older than ftyp"),
        pytest.param(MKV, id="matroska"),
        pytest.param(LARGE_AVI, id="avi in two chunks"),
        pytest.param(MXF, id="mxf"),
        pytest.param(mxf(205, length=b"\x58", rest=bytes(60)), id="mxf, short length"),
    ],
)
def test_detects_truncation_of_each_format(whole: bytes) -> None:
    assert missing(whole) == 0
    for kept in (len(whole) * 9 // 10, len(whole) * 2 // 3):
        assert 0 < missing(whole[:kept]) <= len(whole) - kept


def test_detects_a_single_missing_byte() -> None:
    assert missing(FAST[:-1]) == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0" * 100, id="zeros"),
        pytest.param(b"Dear Anna, the film is late.", id="text"),
        pytest.param(FAST + b"\x7f\xff\xff\xffSEFT" + b"x" * 40, id="a camera's leftovers at the end"),
        pytest.param(FAST + struct.pack(">I4s", 4000, b"free"), id="padding that was not written"),
        pytest.param(FTYP + struct.pack(">I4s", 0, b"mdat") + bytes(50), id="pictures to the end of the file"),
        pytest.param(FAST + box(b"moof", bytes(9)) + struct.pack(">I4s", 4000, b"mdat"), id="fragments"),
        pytest.param(matroska(bytes(50), b"\x01" + b"\xff" * 7), id="a live recording"),
        pytest.param(matroska(bytes(50), b"\xff"), id="a live recording, short"),
        pytest.param(MKV[:9], id="matroska without a segment"),
        pytest.param(MKV[:5], id="matroska within its header"),
        pytest.param(b"RIFF\0\0\0\0AVI " + bytes(99), id="avi that was never finished"),
        pytest.param(b"RIFF\xff\xff\xff\xffAVI " + bytes(99), id="avi from a stream"),
        pytest.param(LARGE_AVI[:-1], id="avi without the last padding"),
        pytest.param(mxf(footer=0, rest=bytes(60)), id="mxf that does not know its footer"),
        pytest.param(b"\x47" + bytes(187), id="transport stream"),
    ],
)
def test_files_of_unknown_size_are_not_truncated(data: bytes) -> None:
    assert missing(data) == 0


@given(st.sampled_from([SLOW, FAST, MKV, LARGE_AVI, MXF]), st.data())
def test_broken_files_never_raise_or_loop(whole: bytes, data: st.DataObject) -> None:
    """Random bytes never cause an error or an endless loop."""
    broken = bytearray(whole)
    for position in data.draw(st.lists(st.integers(0, min(len(whole), 80) - 1), max_size=6)):
        broken[position] = data.draw(st.integers(0, 255))
    ranges = MemoryRanges(bytes(broken))

    assert missing_bytes(BlockReader(ranges)) >= 0
    assert len(ranges.reads) < 400


def test_many_small_boxes_take_few_reads() -> None:
    ranges = MemoryRanges(FTYP + box(b"free", bytes(100)) * 60 + box(b"mdat", bytes(9)))

    assert missing_bytes(BlockReader(ranges)) == 0
    assert len(ranges.reads) <= 2
