"""File names that every file system accepts."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcp.domain.text.file_names import download_name, extension
from vcp.domain.text.lines import one_line

#: Everything that JSON can carry: lone surrogates, control characters, direction marks.
ANY = st.text(st.characters(codec=None), max_size=600)
FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("film.mov", "mov"),
        ("film.MOV", "mov"),
        ("card.m2ts", "m2ts"),
        ("phone.3gp", "3gp"),
        ("film.final.mkv", "mkv"),
        ("film", ""),
        (".mov", ""),
        ("film.", ""),
        ("Interview 12.05", ""),
        ("Interview v1.2 final", ""),
        ("film.mov ", ""),
        ("a/b.mov/", ""),
        ("film.mö", ""),
        ("film.mov/../../x", ""),
        ("film.averylongone", ""),
    ],
)
def test_an_extension_is_short_and_alphanumeric(name: str, expected: str) -> None:
    assert extension(name) == expected


@pytest.mark.parametrize(
    ("original", "saved"),
    [
        ("film.mov", "film.mp4"),
        ("Tést film (v2) – 日本.mp4", "Tést film (v2) – 日本.mp4"),
        ("Interview v1.2 final", "Interview v1.2 final.mp4"),
        ("Interview 12.05", "Interview 12.05.mp4"),
        ('A/B: the "final" <cut> | take 2?*\\.mov', "A_B_ the _final_ _cut_ _ take 2___.mp4"),
        ("../../etc/passwd", "_.._etc_passwd.mp4"),
        ("..", "video.mp4"),
        (".hidden.mov", "hidden.mp4"),
        ("dots...mov", "dots.mp4"),
        ("", "video.mp4"),
        ("two\nlines.mov", "two lines.mp4"),
        (f"{FAMILY}.mov", f"{FAMILY}.mp4"),
    ],
)
def test_a_result_is_saved_under_its_originals_name(original: str, saved: str) -> None:
    assert download_name(original) == saved


@given(ANY)
@example("🎬" * 255)
@example("u\u0308" * 130)
def test_every_file_system_accepts_a_download_name(original: str) -> None:
    name = download_name(original)
    assert len(name.encode()) <= 255
    assert not set(name) & set('/\\:*?"<>|')
    assert name.endswith(".mp4")
    assert not name.startswith((".", " "))
    assert not name.removesuffix(".mp4").endswith((".", " "))
    assert one_line(name) == name


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        (" .. film. .mov", "film.mp4"),
        ("Xmas X.mov", "Xmas X.mp4"),
        ("X.mov", "X.mp4"),
        # Cut at 251 bytes, then trimmed again.
        ("ü" * 125 + ". n.mov", "ü" * 125 + ".mp4"),
        ("n" + "ü" * 124 + ". n.mov", "n" + "ü" * 124 + ".mp4"),
        ("ü" * 125 + "XX.mov", "ü" * 125 + "X.mp4"),
        ("." + "ü" * 125 + "n.mov", "ü" * 125 + "n.mp4"),
    ],
)
def test_a_download_name_is_trimmed_of_dots_and_blanks(name: str, saved: str) -> None:
    assert download_name(name) == saved
