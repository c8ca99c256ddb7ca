"""Any text in ASCII."""

from __future__ import annotations

import re
import unicodedata

_NOT_PRINTABLE_ASCII = re.compile(r"[^\x20-\x7e]+")
#: Letters that Unicode does not decompose into a base letter and marks, and typographic punctuation.
_REPLACEMENTS = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
        "ł": "l", "Ł": "L", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "–": "-", "—": "-",
        "’": "'", "“": '"', "”": '"',
    }
)  # fmt: skip


def plain_ascii(text: str) -> str:
    """Return `text` in printable ASCII: letters without accents, every other run of characters as one `_`."""
    return _NOT_PRINTABLE_ASCII.sub("_", without_accents(text))


def without_accents(text: str) -> str:
    """Return `text` with each letter reduced to its base letter where Unicode (or the table above) knows one."""
    plain = unicodedata.normalize("NFKD", text.translate(_REPLACEMENTS))
    return "".join(char for char in plain if not unicodedata.combining(char))
