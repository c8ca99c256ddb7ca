"""Any text in ASCII."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp.domain.text.plain_ascii import plain_ascii


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("видео.mp4", "_.mp4"),
        ("日本 X 🎬", "_ X _"),
        ("Größe – Łódź & Œuvre", "Grosse - Lodz & OEuvre"),
        ("“Fin’”", '"Fin\'"'),
    ],
)
def test_letters_lose_accents_and_other_characters_become_underscores(text: str, plain: str) -> None:
    assert plain_ascii(text) == plain


@given(st.text(max_size=200))
def test_any_text_becomes_printable_ascii(text: str) -> None:
    assert re.fullmatch(r"[\x20-\x7e]*", plain_ascii(text))
