"""File names that every common file system accepts."""

from __future__ import annotations

import re
import unicodedata

from vcp.domain.text.lines import one_line

#: NAME_MAX of Linux, counted in bytes of UTF-8.
_MAX_FILE_NAME_BYTES = 255
#: Reserved in file names on Windows, macOS or Linux.
_RESERVED = re.compile(r'[/\\:*?"<>|]')
#: At most eight letters and digits, one of them a letter: `mov`, `m2ts`, `3gp`; not the end of "Interview 12.05".
_EXTENSION = re.compile(r"(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,8}")


def extension(name: str) -> str:
    """Return the part after the last dot in lower case if it looks like an extension, else an empty string."""
    stem, _, end = name.rpartition(".")
    return end.lower() if stem and _EXTENSION.fullmatch(end) else ""


def download_name(original: str) -> str:
    """Return the file name under which people save the result: the original's name with the extension `.mp4`.

    No separators or reserved characters, at most 255 bytes, neither hidden nor ending in a dot or blank.
    """
    line = one_line(original)
    suffix = extension(line)
    stem = line[: -len(suffix) - 1] if suffix else line
    room = _MAX_FILE_NAME_BYTES - len(".mp4")
    short = _RESERVED.sub("_", stem).strip(" .").encode()[:room].decode(errors="ignore")
    return f"{unicodedata.normalize('NFC', short).strip(' .') or 'video'}.mp4"
