"""Names as Drive has them, and where they have to fit in."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.domain.worlds import NOON, record
from vcp.domain.mediaconvert.user_metadata import user_metadata
from vcp.domain.reporting.airtable_rows import row
from vcp.domain.reporting.mails import Links, mail
from vcp.domain.text.names import camel_case, download_name, extension, one_line
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State

#: Of all that JSON can carry: half emoji, control characters, marks of direction.
ANY = st.text(st.characters(codec=None), max_size=600)
FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("field", "key"), [("attempt", "attempt"), ("temp_days", "tempDays"), ("n8n_invoker_of_all", "n8nInvokerOfAll")]
)
def test_a_field_is_called_in_json_as_json_does(field: str, key: str) -> None:
    assert camel_case(field) == key


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
def test_people_read_a_name_on_one_line(name: str, shown: str) -> None:
    assert one_line(name) == shown


@given(ANY, st.integers(min_value=3, max_value=300))
def test_a_line_is_one_line_that_can_be_stored(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert line == line.strip()
    assert not {unicodedata.category(char) for char in line} & {"Cc", "Cs", "Zl", "Zp"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", line)
    line.encode()
    assert one_line(line, limit) == line


@pytest.mark.parametrize(
    ("name", "ending"),
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
def test_an_extension_is_one_only_if_it_looks_like_one(name: str, ending: str) -> None:
    assert extension(name) == ending


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
def test_a_result_is_saved_under_the_name_of_its_original(original: str, saved: str) -> None:
    assert download_name(original) == saved


@given(ANY)
@example("🎬" * 255)
@example("u\u0308" * 130)
def test_every_file_system_takes_a_saved_name(original: str) -> None:
    name = download_name(original)
    assert len(name.encode()) <= 255
    assert not set(name) & set('/\\:*?"<>|')
    assert name.endswith(".mp4")
    assert not name.startswith((".", " "))
    assert not name.removesuffix(".mp4").endswith((".", " "))
    assert one_line(name) == name


def with_name(name: str, state: State) -> VideoRecord:
    base = record(state, due_at=NOON + timedelta(hours=1))
    return base.but(source=base.source.but(name=one_line(name) or "unnamed"))


@given(ANY, st.sampled_from(["started", "completed", "skipped", "rejected", "waiting", "failed", "cancelled"]))
@example("n" * 255, "rejected")
@example("\u202eמ" * 100, "failed")
def test_sns_takes_the_subject_of_every_mail_whatever_the_name(name: str, kind: str) -> None:
    """ASCII, no control characters, under 100 characters, a letter first (SNS API reference, Publish)."""
    letter = mail(kind, with_name(name, State.QUEUED), Links(original="https://drive.google.com/file/d/x/view"))
    assert re.fullmatch(r"[A-Za-z][\x20-\x7e]{0,98}", letter.subject)
    letter.body.encode()


@given(ANY)
def test_mediaconvert_takes_every_name(name: str) -> None:
    for text in user_metadata(with_name(name, State.QUEUED), "prod", 1).values():
        assert re.fullmatch(r"[A-Za-z0-9 _.:/=+@-]{1,256}", text)


@given(ANY)
def test_a_row_is_named_on_one_line(name: str) -> None:
    cell = row(with_name(name, State.QUEUED), None, None)["File Name"]
    assert cell.strip()
    assert "\n" not in cell


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        (" .. film. .mov", "film.mp4"),
        ("Xmas X.mov", "Xmas X.mp4"),
        ("X.mov", "X.mp4"),
        # Cut at 251 bytes, and what then stands at the end goes as well.
        ("ü" * 125 + ". n.mov", "ü" * 125 + ".mp4"),
        ("n" + "ü" * 124 + ". n.mov", "n" + "ü" * 124 + ".mp4"),
        ("ü" * 125 + "XX.mov", "ü" * 125 + "X.mp4"),
        ("." + "ü" * 125 + "n.mov", "ü" * 125 + "n.mp4"),
    ],
)
def test_neither_end_of_a_saved_name_is_a_dot_or_a_blank(name: str, saved: str) -> None:
    assert download_name(name) == saved
