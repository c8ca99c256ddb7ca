"""Ids, languages, metadata and numbers in words."""

from __future__ import annotations

import re

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.worlds import record
from vcp.domain.mediaconvert.metadata_text import metadata_safe, plain_ascii
from vcp.domain.mediaconvert.user_metadata import user_metadata
from vcp.domain.model.languages import SERVICE_CODES, Language, read_language
from vcp.domain.text import wording
from vcp.domain.video.video_id import video_id

LEGAL = re.compile(r"[A-Za-z0-9 _.:/=+@-]{1,256}")


@pytest.mark.parametrize(
    ("md5", "revision", "expected"),
    [("AB12", "rev", "file-ab12"), (None, "rev", "file-rrev"), (None, None, "file-none"), ("", "", "file-none")],
)
def test_the_id_is_the_file_in_one_version(md5: str | None, revision: str | None, expected: str) -> None:
    assert video_id("file", md5, revision) == expected


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Interview.mov", "Interview.mov"),
        ("Größe – Łódź & Œuvre.mp4", "Grosse - Lodz _ OEuvre.mp4"),
        ("a\nb\tc", "a_b_c"),
        ("видео.mp4", "_.mp4"),
        ("🎬🎬 cut", "_ cut"),
        ("  padded  ", "padded"),
        ("", "-"),
        ("   ", "-"),
        ("\u0301", "-"),
        ("a,b;c", "a_b_c"),
        ("studio+1@example.com", "studio+1@example.com"),
    ],
)
def test_metadata_keeps_what_the_service_allows(text: str, safe: str) -> None:
    assert metadata_safe(text) == safe


@given(st.text(max_size=600), st.integers(min_value=1, max_value=256))
def test_metadata_is_always_legal_and_stays_as_it_is(text: str, limit: int) -> None:
    safe = metadata_safe(text, limit)
    assert LEGAL.fullmatch(safe)
    assert len(safe) <= limit
    assert safe == safe.strip()
    assert metadata_safe(safe, limit) == safe


@given(st.text(max_size=200))
def test_plain_text_is_printable_ascii(text: str) -> None:
    assert re.fullmatch(r"[\x20-\x7e]*", plain_ascii(text))


def test_a_job_carries_the_seeds_pairs_and_ours() -> None:
    pairs = user_metadata(record(attempt=2), "prod", 1)
    assert pairs["OriginalFileName"] == "Interview - Grosse.mov"
    assert pairs["OriginalSize"] == "150000000"
    assert pairs["Uploader"] == "studio@example.com"
    assert pairs["ProcessingStartTime"] == "2026-03-02T12:00:00+00:00"
    assert pairs["VideoId"] == record().video_id
    assert (pairs["Attempt"], pairs["Revision"], pairs["Stack"]) == ("2", "1", "prod")
    assert len(pairs) <= 10
    assert all(LEGAL.fullmatch(text) for pair in pairs.items() for text in pair)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("eng", Language("eng")),
        ("日本語", Language(None, "日本語")),
        ("a1b", Language(None, "a1b")),
        ("und-US", Language(None, "und-us")),
        ("FRE", Language("fra")),
        ("ger", Language("deu")),
        ("en", Language("eng")),
        ("pt-BR", Language("por", "pt-br")),
        ("es_419", Language("spa", "es-419")),
        ("fil", Language("fil")),
        ("und", Language(None)),
        ("", Language(None)),
        (None, Language(None)),
        ("english", Language(None, "english")),
        ("12", Language(None, "12")),
    ],
)
def test_a_language_tag_has_one_form(tag: str | None, language: Language) -> None:
    assert read_language(tag) == language


def test_the_services_languages_are_those_of_its_model() -> None:
    model = botocore.session.get_session().get_service_model("mediaconvert")
    enum = model.shape_for("LanguageCode").enum  # type: ignore[attr-defined]
    assert frozenset(code.lower() for code in enum) == SERVICE_CODES


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (wording.size(5_000_000_000), "5 GB"),
        (wording.size(74_912_000), "74.9 MB"),
        (wording.size(999), "999 bytes"),
        (wording.bit_rate(1_200_000), "1.2 Mbit/s"),
        (wording.bit_rate(740_000), "0.7 Mbit/s"),
        (wording.bit_rate(96_000), "96 kbit/s"),
        (wording.duration(14 * 3600), "14 h"),
        (wording.duration(5520), "1 h 32 min"),
        (wording.duration(125.4), "2 min 5 s"),
        (wording.duration(3.46), "3.5 s"),
        (wording.duration(59.7), "1 min"),
        (wording.count(2), "two"),
        (wording.count(40), "40"),
        (wording.listing(["a"]), "a"),
        (wording.listing(["a", "b", "c"]), "a, b and c"),
        (wording.listing([]), ""),
        (wording.codec("pcm_s24le"), "PCM"),
    ],
)
def test_numbers_are_said_as_people_say_them(said: str, words: str) -> None:
    assert said == words
