"""Files that are not videos, recognized by their first bytes."""

from __future__ import annotations

import struct

import pytest

from vcp.adapters.probe.not_media import certain_rejection, is_text, rejection_after_probe

PAGE = "<!DOCTYPE html><html><title>Google Drive - Virus scan warning</title></html>"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (PAGE.encode(), "web page"),
        (b"\xef\xbb\xbf\n\n" + PAGE.encode(), "web page"),
        (PAGE.encode("utf-16"), "web page"),
        (b"<!-- saved -->\n<!-- twice --><HTML>", "web page"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE html>', "web page"),
        (b"<head><meta charset=utf-8>", "web page"),
        (b"<script>location.href='https://accounts.google.com'</script>", "web page"),
        (b"<?xml version='1.0'?><!-- x --><MPD profiles=''>", "playlist"),
        (b"<?xml version='1.0'?><fcpxml>", "XML"),
        (b"<header-of-something/>", None),
        (b"#EXTM3U8\n", "playlist"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        (b"RIFF\x10\0\0\0AVI LIST", None),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", None),
        (b"GIF89a", "if it moves"),
        (b"II*\0", "TIFF"),
        (b"", "empty"),
    ],
)
def test_recognizes_files_by_their_first_bytes(head: bytes, words: str | None) -> None:
    rejection = certain_rejection(head, "film.mp4")
    if words is None:
        assert rejection is None
    else:
        assert rejection is not None
        assert rejection.code == "not_media"
        assert words in rejection.sentence


@pytest.mark.parametrize("size", [b"MZ\0\0", b"\x1f\x8b\0\0", b"\xff\xd8\xff\0", b"MM\0*", b"8BPS"])
def test_a_box_size_is_not_taken_for_a_signature(size: bytes) -> None:
    """QuickTime files may begin with the size of their media data, which may be any number."""
    (length,) = struct.unpack(">I", size)
    assert length > 1_000_000
    assert certain_rejection(size + b"mdat" + bytes(99), "film.mov") is None
    assert certain_rejection(size + bytes(99), "film.mov") is not None


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"Dear Anna,\n\tthe film is late.\r\n", True),
        ("Größe “x”".encode(), True),
        ("Größe “x”".encode("cp1252"), True),
        ("Größe".encode("utf-16"), True),
        ("ü".encode() * 3000, True),
        (b"a\0b", False),
        (b"", False),
        (bytes(range(256)), False),
    ],
)
def test_recognizes_text_in_any_encoding(head: bytes, text: bool) -> None:
    assert is_text(head) is text


@pytest.mark.parametrize(
    ("head", "complaint", "code", "words"),
    [
        (b"\0\0\0\x18ftyp", "[mov,mp4 @ 0x1] moov atom not found", "incomplete_file", "incomplete"),
        (b"BM\x12", "[bmp_pipe @ 0x2b3] Format not on whitelist 'mov'", "not_media", "picture"),
        (b"\0" * 99, "Invalid data found when processing input", "not_media", "zeros"),
        (b"hello", "Invalid data found when processing input", "not_media", "text"),
        (b"\1\2\3", "Invalid data found when processing input", "not_media", "plays for you"),
    ],
)
def test_translates_ffprobes_errors_without_quoting_them(head: bytes, complaint: str, code: str, words: str) -> None:
    rejection = rejection_after_probe(head, "film.mp4", complaint)
    assert rejection.code == code
    assert words in rejection.sentence
    assert complaint not in rejection.sentence
    assert complaint in rejection.detail
