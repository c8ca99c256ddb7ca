"""Any text as one printable line.

Drive accepts any file name: slashes, line breaks, emoji, bidirectional control characters, any length.
"""

from __future__ import annotations

import re

#: NAME_MAX of Linux, NTFS and APFS.
MAX_LINE_LENGTH = 255
#: Characters kept at the end of a shortened line, so that a file extension survives.
_TAIL_LENGTH = 24
#: Embeddings, overrides and isolates reverse the text after them ("gnp.mov" reads as "vom.png"). The plain marks
#: U+200E, U+200F and U+061C stay: names in Arabic or Hebrew need them.
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROLS_AND_SEPARATORS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: Lone surrogates are legal in JSON and cannot be encoded in UTF-8.
_SURROGATE = re.compile("[\ud800-\udfff]")


def one_line(text: str, limit: int = MAX_LINE_LENGTH) -> str:
    """Return `text` as one printable line, shortened in the middle to `limit` characters; may be empty."""
    line = _CONTROLS_AND_SEPARATORS.sub(" ", _BIDI_CONTROLS.sub("", _SURROGATE.sub("\ufffd", text))).strip()
    if not any(char.isprintable() and not char.isspace() for char in line):
        return ""
    if len(line) <= limit:
        return line
    tail = line[-min(_TAIL_LENGTH, limit // 3) :]
    return f"{line[: limit - len(tail) - 1]}…{tail}"
