"""What a file is instead of a video, in words for the person who uploaded it."""

from __future__ import annotations

import re

from vcp.domain.errors import Rejection

#: How files begin that are certainly no video: nothing needs to be run to know.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive (or an Office document); upload the video that is in it"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"Rar!\x1a\x07", "a RAR archive; upload the video that is in it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; upload the video that is in it"),
    (b"\x1f\x8b", "a compressed archive; upload the video that is in it"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "a text document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF87a", "a picture (GIF)"),
    (b"GIF89a", "a picture (GIF)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
#: Texts by their first line, blanks and a byte order mark apart. The playlist kinds matter most: a media program
#: that opened one would fetch what it names.
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"<!doctype html|<html", re.I),
        "a web page, not a video: probably a download page was saved instead of the file",
    ),
    (re.compile(r"#extm3u", re.I), "a playlist (HLS), which only names videos elsewhere; upload the video itself"),
    (re.compile(r"ffconcat version", re.I), "a playlist (ffconcat), which only names other files"),
    (re.compile(r"\[playlist\]", re.I), "a playlist, which only names videos elsewhere; upload the video itself"),
    (re.compile(r"v=0\s"), "a description of a stream (SDP), not a video"),
    (re.compile(r"(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)?<mpd[\s>]", re.I | re.S), "a playlist (DASH), not a video"),
    (re.compile(r"<\?xml|<svg", re.I), "an XML document, not a video"),
)
_TEXT_LOOK_BYTES = 4096


def certain_rejection(head: bytes, name: str) -> Rejection | None:
    """The rejection of a file whose first bytes say that it is no video; None when it may be one."""
    what = _certain_kind(head)
    return _rejection(name, f"The file is {what}.") if what is not None else None


def rejection_after_probe(head: bytes, name: str, complaint: str) -> Rejection:
    """The rejection of a file that ffprobe could not read.

    Args:
        complaint: what ffprobe said.
    """
    if "moov atom not found" in complaint:
        sentence = (
            "The video is incomplete: the part that describes it is missing, as when an upload or a recording was "
            "cut off before its end. Upload it again."
        )
    elif _is_text(head):
        sentence = "The file is a text, not a video."
    elif not any(head):
        sentence = "The file holds nothing but zeros, as when an upload or a copy was cut off. Upload it again."
    else:
        sentence = "The file is no video that can be read, or it is damaged at its beginning."
    return _rejection(name, sentence, complaint)


def _certain_kind(head: bytes) -> str | None:
    if not head:
        return "empty: the upload did not arrive"
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            return what
    text = head[:_TEXT_LOOK_BYTES].decode("utf-8-sig", errors="replace").lstrip()
    return next((what for pattern, what in _TEXTS if pattern.match(text)), None)


def _is_text(head: bytes) -> bool:
    """Whether the beginning is UTF-8 text; a character cut in two at the end is allowed."""
    look = head[:_TEXT_LOOK_BYTES]
    try:
        text = look.decode()
    except UnicodeDecodeError as error:
        if error.start < len(look) - 3:
            return False
        text = look[: error.start].decode()
    return bool(text) and all(char.isprintable() or char in "\r\n\t\f" for char in text)


def _rejection(name: str, sentence: str, detail: str = "") -> Rejection:
    return Rejection("not_media", sentence, f"{name}: {detail}" if detail else name)
