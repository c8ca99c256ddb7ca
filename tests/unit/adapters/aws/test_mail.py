"""Subjects and bodies within SNS's limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp.adapters.aws.mail import MAX_BODY_BYTES, mail_body, mail_subject


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Fertig: Größe.mov", "Fertig: Grosse.mov"),
        ("Été à Łódź – «fin»", "Ete a Lodz - ?fin?"),
        ("two\r\nlines\tand  blanks ", "two lines and blanks"),
        ("映画.mp4", "?.mp4"),
        ("", "Video pipeline"),
        ("x" * 99, "x" * 99),
        ("x" * 100, "x" * 96 + "..."),
    ],
)
def test_converts_a_subject_to_ascii(text: str, subject: str) -> None:
    assert mail_subject(text) == subject


@given(st.text(max_size=300))
def test_every_subject_is_valid_for_sns(text: str) -> None:
    subject = mail_subject(text)

    assert 1 <= len(subject) <= 99
    assert subject.isascii()
    assert subject.isprintable()
    assert subject == subject.strip()


@pytest.mark.parametrize("character", ["x", "ü", "映", "🎬"])
def test_truncates_a_body_between_characters(character: str) -> None:
    body = mail_body(character * MAX_BODY_BYTES + "end")

    assert len(body.encode()) <= MAX_BODY_BYTES
    assert body.startswith(character * 1000)
    assert body.endswith("for a mail]")
    assert mail_body("short") == "short"
