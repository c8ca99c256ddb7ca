"""Reject files that are not complete, readable videos, in words for the person who uploaded them."""

from __future__ import annotations

import re

from vcp.adapters.probe.block_reader import BlockReader
from vcp.adapters.probe.mp4_boxes import FIRST_BOXES, has_external_media, is_encrypted
from vcp.adapters.probe.truncation import missing_bytes
from vcp.domain.errors import Rejection
from vcp.domain.text import wording
from vcp.ports.storage import ByteRanges

_ARCHIVE = "upload the video that is in it"
#: First bytes of files that are certainly not videos.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", f"a ZIP archive (or an Office document); {_ARCHIVE}"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"Rar!\x1a\x07", f"a RAR archive; {_ARCHIVE}"),
    (b"7z\xbc\xaf\x27\x1c", f"a 7-Zip archive; {_ARCHIVE}"),
    (b"\x1f\x8b", f"a compressed archive; {_ARCHIVE}"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "a text document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF87a", "a picture (GIF)"),
    (b"GIF89a", "a picture (GIF); if it moves, export it as an MP4 and upload that"),
    (b"II*\x00", "a picture (TIFF or a camera's raw format)"),
    (b"MM\x00*", "a picture (TIFF or a camera's raw format)"),
    (b"8BPS", "a picture (Photoshop)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
#: Brands of pictures at byte 8 of a RIFF or ISO file. Image sequences (msf1, avis) are videos.
_BRANDS: tuple[tuple[bytes, bytes, str], ...] = (
    (b"RIFF", b"WEBP", "a picture (WebP); if it moves, export it as an MP4 and upload that"),
    *((b"ftyp", brand, "a picture (HEIC)") for brand in (b"heic", b"heix", b"heim", b"heis", b"mif1")),
    (b"ftyp", b"avif", "a picture (AVIF)"),
    (b"ftyp", b"crx ", "a picture (a camera's raw format)"),
)
_BEFORE_HTML = r"(<\?xml[^>]*\?>\s*|<!--.*?-->\s*)*"
#: Kinds of text by their beginning, without blanks and byte order mark. Playlists matter most: a media program would
#: fetch what they name.
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(_BEFORE_HTML + r"<(!doctype html|html|head|body|meta|title|script)\b", re.I | re.S),
        "a web page, not a video: probably a download page was saved instead of the file. Download the video "
        "itself and upload that",
    ),
    (re.compile(r"#extm3u", re.I), "a playlist (HLS), which only refers to videos elsewhere; upload the video itself"),
    (re.compile(r"ffconcat version", re.I), "a playlist, which only refers to other files; upload the video itself"),
    (re.compile(r"\[playlist\]", re.I), "a playlist, which only refers to videos elsewhere; upload the video itself"),
    (re.compile(r"v=0\s"), "a description of a stream (SDP), not a video; upload the video itself"),
    (
        re.compile(_BEFORE_HTML + r"<mpd[\s>]", re.I | re.S),
        "a playlist (DASH), which only refers to videos elsewhere; upload the video itself",
    ),
    (re.compile(r"<\?xml|<svg", re.I), "an XML document, not a video"),
)
_TEXT_SAMPLE_BYTES = 4096
#: ffprobe's error for a demuxer of single pictures, which is not on its list.
_PICTURE_DEMUXER = re.compile(r"\[\w+_pipe @ \w+\] Format not on whitelist")
_CUT_OFF = "as when an upload or a recording was interrupted. Upload it again."


def certain_rejection(head: bytes, name: str) -> Rejection | None:
    """Return the rejection of a file whose first bytes show that it is not a video; None if it may be one."""
    what = _certain_kind(head)
    return _rejection(name, f"The file is {what}.") if what is not None else None


def structural_rejection(ranges: ByteRanges, name: str) -> Rejection | None:
    """Return the rejection of an incomplete (`incomplete_file`) or encrypted (`protected_file`) video, else None.

    Reads a few kilobytes. Raises what `ranges` raises.
    """
    reader = BlockReader(ranges)
    missing = missing_bytes(reader)
    if missing:
        return Rejection(
            "incomplete_file",
            f"The video is incomplete: its last {wording.size(missing)} or more are missing, {_CUT_OFF}",
            f"{name}: {ranges.size_bytes} bytes, {missing} or more missing",
        )
    if has_external_media(reader):
        return Rejection(
            "incomplete_file",
            "The file only refers to other files that contain its pictures or its sound. Save it as a self-contained "
            "movie and upload that.",
            name,
        )
    if is_encrypted(reader):
        return Rejection(
            "protected_file",
            "The video is copy-protected (encrypted): it can only be played with a key that is not in the file. "
            "Export it without protection and upload that.",
            name,
        )
    return None


def rejection_after_probe(head: bytes, name: str, complaint: str) -> Rejection:
    """Return the rejection of a file that ffprobe could not read.

    Args:
        complaint: ffprobe's error output.
    """
    detail = f"{name}: {complaint}"
    if "moov atom not found" in complaint:
        sentence = f"The video is incomplete: the part that describes it is missing, {_CUT_OFF}"
        return Rejection("incomplete_file", sentence, detail)
    if _PICTURE_DEMUXER.search(complaint):
        sentence = "The file is a picture, not a video."
    elif is_text(head):
        sentence = "The file is a text, not a video."
    elif not any(head):
        sentence = "The file contains only zeros, as when an upload or a copy was interrupted. Upload it again."
    else:
        sentence = (
            "The file is not a readable video, or its beginning is damaged. If it plays for you, export it as an MP4 "
            "and upload that; if not, upload it again."
        )
    return Rejection("not_media", sentence, detail)


def is_text(head: bytes) -> bool:
    """Return whether the beginning is text in UTF-8, UTF-16 or Windows-1252, without control characters."""
    sample = head[:_TEXT_SAMPLE_BYTES]
    return bool(sample) and all(char.isprintable() or char in "\r\n\t\f" for char in _decode(sample))


def _certain_kind(head: bytes) -> str | None:
    if not head:
        return "empty: the upload did not arrive. Upload it again"
    for before, brand, what in _BRANDS:
        if before in (head[:4], head[4:8]) and head[8:12] == brand:
            return what
    if head[4:8] in FIRST_BOXES:
        return None  # its first bytes are a size, which may equal any signature
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            return what
    text = _decode(head[:_TEXT_SAMPLE_BYTES]).lstrip("\ufeff \t\r\n\f\v")
    return next((what for pattern, what in _TEXTS if pattern.match(text)), None)


def _decode(sample: bytes) -> str:
    """Decode as text in a guessed encoding, without a character that is cut in two at the end."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return sample[: len(sample) - len(sample) % 2].decode("utf-16", errors="replace").lstrip("\ufeff")
    try:
        return sample.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(sample) - 3:
            return sample[: error.start].decode("utf-8-sig")
    return sample.decode("cp1252", errors="replace")


def _rejection(name: str, sentence: str) -> Rejection:
    return Rejection("not_media", sentence, name)
