"""When a job began, as its metadata says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from tests.unit.domain.worlds import NOON, record
from vcp.domain.mediaconvert.metadata_text import metadata_safe, plain_ascii
from vcp.domain.mediaconvert.user_metadata import user_metadata


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that keeps its clock nine hours ahead."""
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
        # Not taken up yet: when it was announced.
        ({}, "2026-03-02T12:00:00+00:00"),
    ],
)
def test_a_job_began_when_its_video_was_queued_in_utc(times: dict[str, datetime], started: str) -> None:
    assert user_metadata(record(times=times), "prod", 1)["ProcessingStartTime"] == started


@pytest.mark.parametrize(("text", "plain"), [("видео.mp4", "_.mp4"), ("日本 X 🎬", "_ X _"), ("Größe", "Grosse")])
def test_what_ascii_cannot_say_is_one_line_below(text: str, plain: str) -> None:
    assert plain_ascii(text) == plain


def test_no_text_fits_into_nothing() -> None:
    with pytest.raises(ValueError, match="limit must be at least 1, not 0"):
        metadata_safe("text", 0)
    assert metadata_safe("text", 1) == "t"
