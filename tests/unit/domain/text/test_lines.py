"""Any text as one printable line."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp.domain.text.lines import one_line

#: Everything that JSON can carry: lone surrogates, control characters, direction marks.
ANY = st.text(st.characters(codec=None), max_size=600)
FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Rohschnitt Übung (v2) – 日本.mov", "Rohschnitt Übung (v2) – 日本.mov"),
        ('A/B "final" \\ cut?.mov', 'A/B "final" \\ cut?.mov'),
        (f"{FAMILY} familie.mov", f"{FAMILY} familie.mov"),
        ("\u200fראיון.mov", "\u200fראיון.mov"),
        ("\u202egnp.mov", "gnp.mov"),
        ("a\u2066b\u2069.mov", "ab.mov"),
        ("two\r\nlines.mov", "two lines.mov"),
        ("tab\tand\x00null\u2028.mov", "tab and null .mov"),
        ("  padded.mov \n", "padded.mov"),
        ("two  blanks.mov", "two  blanks.mov"),
        ("\ud83c.mov", "\ufffd.mov"),
        ("", ""),
        (" \n ", ""),
        ("\u200b\u200f", ""),
        ("n" * 251 + ".mov", "n" * 251 + ".mov"),
        ("n" * 252 + ".mov", "n" * 230 + "…" + "n" * 20 + ".mov"),
    ],
)
def test_a_name_becomes_one_line(name: str, shown: str) -> None:
    assert one_line(name) == shown


@given(ANY, st.integers(min_value=3, max_value=300))
def test_any_text_becomes_one_storable_line(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert line == line.strip()
    assert not {unicodedata.category(char) for char in line} & {"Cc", "Cs", "Zl", "Zp"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", line)
    line.encode()
    assert one_line(line, limit) == line
