"""Texts that services are particular about: mail subjects, download names, secrets in errors."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp.adapters.aws.mail import LARGEST_BODY_BYTES, mail_body, mail_subject
from vcp.adapters.aws.s3.copies import content_disposition


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
def test_a_subject_keeps_what_it_can(text: str, subject: str) -> None:
    assert mail_subject(text) == subject


@given(st.text(max_size=300))
def test_every_subject_is_one_that_sns_takes(text: str) -> None:
    subject = mail_subject(text)

    assert 1 <= len(subject) <= 99
    assert subject.isascii()
    assert subject.isprintable()
    assert subject == subject.strip()


@pytest.mark.parametrize("character", ["x", "ü", "映", "🎬"])
def test_a_body_is_cut_between_characters(character: str) -> None:
    body = mail_body(character * LARGEST_BODY_BYTES + "end")

    assert len(body.encode()) <= LARGEST_BODY_BYTES
    assert body.startswith(character * 1000)
    assert body.endswith("for a mail]")
    assert mail_body("short") == "short"


@given(st.text(max_size=60).filter(lambda text: not any(0xD800 <= ord(char) < 0xE000 for char in text)))
def test_a_download_name_is_a_legal_header_that_keeps_the_name(name: str) -> None:
    header = content_disposition(name)

    assert header.isascii()
    assert header.isprintable()
    plain, extended = header.removeprefix("attachment; filename=").split("; filename*=UTF-8''")
    assert plain[0] == plain[-1] == '"'
    assert '"' not in plain[1:-1]
    assert plain[1:-1].strip()
    assert unquote(extended) == name
