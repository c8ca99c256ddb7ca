"""The metadata of a job."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.samples import NOON, record
from vcp.domain.mediaconvert.metadata_text import metadata_safe
from vcp.domain.mediaconvert.user_metadata import user_metadata
from vcp.domain.text.lines import one_line


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run in a time zone nine hours ahead of UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("tokyo")
@pytest.mark.parametrize(
    ("times", "started"),
    [
        ({"queued": NOON + timedelta(minutes=30)}, "2026-03-02T12:30:00+00:00"),
        ({"queued": datetime(2026, 3, 2, 14, 30, tzinfo=timezone(timedelta(hours=2)))}, "2026-03-02T12:30:00+00:00"),
        # Not queued yet: when it was submitted.
        ({}, "2026-03-02T12:00:00+00:00"),
    ],
)
def test_processing_starts_when_the_video_is_queued_in_utc(times: dict[str, datetime], started: str) -> None:
    assert user_metadata(record(times=times), "prod", 1)["ProcessingStartTime"] == started


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
def test_text_is_reduced_to_mediaconverts_characters(text: str, safe: str) -> None:
    assert metadata_safe(text) == safe


@given(st.text(), st.integers(1, 300))
def test_any_text_becomes_legal_metadata(text: str, limit: int) -> None:
    safe = metadata_safe(text, limit)
    assert re.fullmatch(r"[A-Za-z0-9 _.:/=+@-]+", safe)
    assert len(safe) <= limit
    assert safe == safe.strip()
    assert metadata_safe(safe, limit) == safe


@given(st.text(st.characters(codec=None), max_size=600))
def test_metadata_is_legal_for_any_file_name(name: str) -> None:
    source = record().source.but(name=one_line(name) or "unnamed")
    for text in user_metadata(record(source=source), "prod", 1).values():
        assert re.fullmatch(r"[A-Za-z0-9 _.:/=+@-]{1,256}", text)


def test_a_job_has_our_metadata_and_that_of_the_legacy_system() -> None:
    assert user_metadata(record(attempt=2), "prod", 1) == {
        "VideoId": record().video_id,
        "Attempt": "2",
        "Revision": "1",
        "Stack": "prod",
        "OriginalFileName": "Interview - Grosse.mov",
        "OriginalSize": "150000000",
        "Uploader": "studio@example.com",
        "ProcessingStartTime": "2026-03-02T12:00:00+00:00",
    }
    unknown_size = record(source=record().source.but(size_bytes=None))
    assert user_metadata(unknown_size, "prod", 1)["OriginalSize"] == "unknown"


def test_metadata_needs_a_positive_limit() -> None:
    with pytest.raises(ValueError, match="limit must be at least 1, not 0"):
        metadata_safe("text", 0)
    assert metadata_safe("text", 1) == "t"
