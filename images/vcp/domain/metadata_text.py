"""Making any text fit MediaConvert's user metadata."""

from __future__ import annotations

import re
import unicodedata

#: Characters besides letters and digits that a value may hold (MediaConvert user guide, "User metadata").
_PUNCTUATION = " _.:/=+@-"
_ILLEGAL = re.compile(rf"[^A-Za-z0-9{re.escape(_PUNCTUATION)}]+")
#: Longest value of a pair (same place).
VALUE_LIMIT = 256
_EMPTY = "-"

#: Letters that Unicode does not decompose into a base letter and marks.
_LETTERS = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
        "ł": "l", "Ł": "L", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "–": "-", "—": "-", "&": "+",
    }
)  # fmt: skip


def metadata_safe(text: str, limit: int = VALUE_LIMIT) -> str:
    """`text` in MediaConvert's character set: letters, digits, space and `_ . : / = + - @`.

    Letters lose their accents, every other run of characters becomes one `_`. Never empty, never longer than
    `limit`, no space at the ends, and always the same for the same text. Not reversible: an id must travel beside it.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _ILLEGAL.sub("_", plain)[:limit].strip() or _EMPTY
