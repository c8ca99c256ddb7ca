"""Making any text fit MediaConvert's user metadata."""

from __future__ import annotations

import re
import unicodedata

#: Characters besides letters and digits that a value may hold (MediaConvert user guide, "User metadata").
_PUNCTUATION = " _.:/=+@-"
_ILLEGAL = re.compile(rf"[^A-Za-z0-9{re.escape(_PUNCTUATION)}]+")
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]+")
#: Longest value of a pair (same place).
VALUE_LIMIT = 256
_EMPTY = "-"

#: Letters that Unicode does not decompose into a base letter and marks.
_LETTERS = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
        "ł": "l", "Ł": "L", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "–": "-", "—": "-",
        "’": "'", "“": '"', "”": '"',
    }
)  # fmt: skip


def metadata_safe(text: str, limit: int = VALUE_LIMIT) -> str:
    """`text` in MediaConvert's character set: letters, digits, space and `_ . : / = + - @`.

    Letters lose their accents, every other run of characters becomes one `_`. Never empty, never longer than
    `limit`, no space at the ends, and always the same for the same text. Not reversible: an id must travel beside it.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    return _ILLEGAL.sub("_", _without_marks(text)).strip()[:limit].strip() or _EMPTY


def plain_ascii(text: str) -> str:
    """`text` in printable ASCII: letters lose their accents, every other run of characters becomes one `_`."""
    return _NOT_PRINTABLE.sub("_", _without_marks(text))


def _without_marks(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(char for char in plain if not unicodedata.combining(char))
