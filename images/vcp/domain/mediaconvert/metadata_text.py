"""Fit any text into MediaConvert's user metadata."""

from __future__ import annotations

import re

from vcp.domain.text.plain_ascii import without_accents

#: Letters, digits and these (MediaConvert user guide, "User metadata").
_PUNCTUATION = " _.:/=+@-"
_ILLEGAL = re.compile(rf"[^A-Za-z0-9{re.escape(_PUNCTUATION)}]+")
#: Maximum length of a value (same place).
MAX_VALUE_LENGTH = 256
_EMPTY = "-"


def metadata_safe(text: str, limit: int = MAX_VALUE_LENGTH) -> str:
    """Return `text` in MediaConvert's character set.

    Letters lose their accents, every other run of characters becomes one `_`. Never empty, at most `limit` characters,
    no space at either end. Deterministic, but not reversible: send an id along.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    return _ILLEGAL.sub("_", without_accents(text)).strip()[:limit].strip() or _EMPTY
