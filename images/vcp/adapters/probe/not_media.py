"""What a file is instead of a video, in words for the person who uploaded it."""

from __future__ import annotations

import re

from vcp.adapters.probe.block_reader import BlockReader
from vcp.adapters.probe.mp4_boxes import FIRST_BOXES, is_encrypted, is_kept_elsewhere
from vcp.adapters.probe.truncation import missing_bytes
from vcp.domain.errors import Rejection
from vcp.domain.text import wording
from vcp.ports.storage import ByteRanges

_ARCHIVE = "upload the video that is in it"
#: How files begin that are certainly no video: nothing needs to be run to know.
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
#: Kinds of picture that a RIFF or ISO file says it is, at byte 8. Sequences of pictures (msf1, avis) are films.
_BRANDS: tuple[tuple[bytes, bytes, str], ...] = (
    (b"RIFF", b"WEBP", "a picture (WebP); if it moves, export it as an MP4 and upload that"),
    *((b"ftyp", brand, "a picture (HEIC)") for brand in (b"heic", b"heix", b"heim", b"heis", b"mif1")),
    (b"ftyp", b"avif", "a picture (AVIF)"),
    (b"ftyp", b"crx ", "a picture (a camera's raw format)"),
)
_BEFORE_HTML = r"(<\?xml[^>]*\?>\s*|<!--.*?-->\s*)*"
#: Texts by their beginning, blanks and a byte order mark apart. The playlist kinds matter most: a media program
#: that opened one would fetch what it names.
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(_BEFORE_HTML + r"<(!doctype html|html|head|body|meta|title|script)\b", re.I | re.S),
        "a web page, not a video: probably a download page was saved instead of the file. Download the video "
        "itself and upload that",
    ),
    (re.compile(r"#extm3u", re.I), "a playlist (HLS), which only names videos elsewhere; upload the video itself"),
    (re.compile(r"ffconcat version", re.I), "a playlist, which only names other files; upload the video itself"),
    (re.compile(r"\[playlist\]", re.I), "a playlist, which only names videos elsewhere; upload the video itself"),
    (re.compile(r"v=0\s"), "a description of a stream (SDP), not a video; upload the video itself"),
    (
        re.compile(_BEFORE_HTML + r"<mpd[\s>]", re.I | re.S),
        "a playlist (DASH), which only names videos elsewhere; upload the video itself",
    ),
    (re.compile(r"<\?xml|<svg", re.I), "an XML document, not a video"),
)
_TEXT_LOOK_BYTES = 4096
#: ffprobe's complaint about a reader of single pictures, which is not among those that it may use.
_PICTURE_READER = re.compile(r"\[\w+_pipe @ \w+\] Format not on whitelist")
_CUT_OFF = "as when an upload or a recording was cut off before its end. Upload it again."


def certain_rejection(head: bytes, name: str) -> Rejection | None:
    """The rejection of a file whose first bytes say that it is no video; None when it may be one."""
    what = _certain_kind(head)
    return _rejection(name, f"The file is {what}.") if what is not None else None


def structural_rejection(ranges: ByteRanges, name: str) -> Rejection | None:
    """The rejection of a video that is not whole (`incomplete_file`) or is locked (`protected_file`), else None.

    Some kilobytes are read, here and there. Raises what `ranges` raises.
    """
    peek = BlockReader(ranges)
    missing = missing_bytes(peek)
    if missing:
        return Rejection(
            "incomplete_file",
            f"The video is incomplete: its last {wording.size(missing)} or more are missing, {_CUT_OFF}",
            f"{name}: {ranges.size_bytes} bytes, {missing} or more missing",
        )
    if is_kept_elsewhere(peek):
        return Rejection(
            "incomplete_file",
            "The file only names other files, in which its pictures or its sound lie. Save it as a self-contained "
            "movie and upload that.",
            name,
        )
    if is_encrypted(peek):
        return Rejection(
            "protected_file",
            "The video is copy-protected (encrypted): it can only be seen with a key that is not in the file. "
            "Export it without protection and upload that.",
            name,
        )
    return None


def rejection_after_probe(head: bytes, name: str, complaint: str) -> Rejection:
    """The rejection of a file that ffprobe could not read.

    Args:
        complaint: what ffprobe said.
    """
    detail = f"{name}: {complaint}"
    if "moov atom not found" in complaint:
        sentence = f"The video is incomplete: the part that describes it is missing, {_CUT_OFF}"
        return Rejection("incomplete_file", sentence, detail)
    if _PICTURE_READER.search(complaint):
        sentence = "The file is a picture, not a video."
    elif is_text(head):
        sentence = "The file is a text, not a video."
    elif not any(head):
        sentence = "The file holds nothing but zeros, as when an upload or a copy was cut off. Upload it again."
    else:
        sentence = (
            "The file is no video that can be read, or it is damaged at its beginning. If it plays for you, export it "
            "as an MP4 and upload that; if not, upload it again."
        )
    return Rejection("not_media", sentence, detail)


def is_text(head: bytes) -> bool:
    """Whether the beginning is text: no control characters, in UTF-8, UTF-16 with its mark, or Windows-1252."""
    look = head[:_TEXT_LOOK_BYTES]
    return bool(look) and all(char.isprintable() or char in "\r\n\t\f" for char in _decoded(look))


def _certain_kind(head: bytes) -> str | None:
    if not head:
        return "empty: the upload did not arrive. Upload it again"
    for before, brand, what in _BRANDS:
        if before in (head[:4], head[4:8]) and head[8:12] == brand:
            return what
    if head[4:8] in FIRST_BOXES:
        return None  # its first bytes are a size, which may look like anything
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            return what
    text = _decoded(head[:_TEXT_LOOK_BYTES]).lstrip("\ufeff \t\r\n\f\v")
    return next((what for pattern, what in _TEXTS if pattern.match(text)), None)


def _decoded(look: bytes) -> str:
    """As text, whatever it is; a character that is cut in two at the end is left out."""
    if look.startswith((b"\xff\xfe", b"\xfe\xff")):
        return look[: len(look) - len(look) % 2].decode("utf-16", errors="replace").lstrip("\ufeff")
    try:
        return look.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(look) - 3:
            return look[: error.start].decode("utf-8-sig")
    return look.decode("cp1252", errors="replace")


def _rejection(name: str, sentence: str) -> Rejection:
    return Rejection("not_media", sentence, name)
