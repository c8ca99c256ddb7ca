"""The maximum quality level, and padding with black frames."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.unit.domain.samples import TABLES, film, sound
from vcp.domain.model.contract import Contract
from vcp.domain.model.encoder_tables import EncoderTables, QualityStep
from vcp.domain.planning import size_budget
from vcp.domain.planning.picture import rates_for
from vcp.domain.planning.picture_size import Size
from vcp.domain.planning.planner import plan


def level_of(tables: EncoderTables, step: int) -> int:
    facts = film(1280, 720, seconds=60.0, bitrate_bps=50_000_000)
    budget = size_budget.divide(5_000_000_000, 61.0, 30.0, (), tables)
    return rates_for(facts, 10**9, Size(1280, 720), budget, 61.0, Fraction(30), tables, step).quality_level


def test_the_quality_level_has_a_maximum() -> None:
    steps = (QualityStep(min_bitrate_ratio=0, level=10),)
    video = TABLES.video.but(quality_steps=steps)
    tables = TABLES.but(video=video)
    assert [level_of(tables, step) for step in (0, 1)] == [10, 10]
    assert [level_of(TABLES, step) for step in (0, 1)] == [9, 10]


@pytest.mark.parametrize(
    ("picture", "tracks", "pads"),
    [
        # (start, duration) in seconds, of the video and of each audio track.
        ((0.0, 60.0), [(0.0, 60.0)], False),
        # Up to half a second is tolerated at either end.
        ((0.5, 60.0), [(0.0, 60.0)], False),
        ((0.75, 60.0), [(0.0, 60.0)], True),
        ((0.0, 60.0), [(0.0, 60.5)], False),
        ((0.0, 60.0), [(0.0, 60.75)], True),
        # A late track needs padding only if it ends after the video.
        ((0.0, 60.0), [(0.75, 59.25)], False),
        ((0.0, 60.0), [(0.75, 60.0)], True),
        ((0.75, 59.25), [(0.75, 59.25)], False),
        ((1.0, 60.0), [(1.0, 60.0)], False),
        # Any track may need it, unless a duration is unknown.
        ((0.0, 60.0), [(0.0, 60.0), (0.0, 62.0)], True),
        ((0.0, 60.0), [(0.0, None), (0.0, 62.0)], True),
        ((0.0, 60.0), [(0.0, None)], False),
        ((0.0, None), [(0.0, 62.0)], False),
        ((None, 60.0), [(None, 62.0)], True),
        ((None, 60.0), [(None, 60.0)], False),
    ],
)
def test_pads_if_audio_starts_before_or_ends_after_the_video(
    picture: tuple[float | None, float | None], tracks: list[tuple[float | None, float | None]], pads: bool
) -> None:
    heard = tuple(
        sound(number, start_seconds=begins, duration_seconds=lasts) for number, (begins, lasts) in enumerate(tracks, 1)
    )
    facts = film(seconds=60.0, tracks=heard, start_seconds=picture[0], duration_seconds=picture[1])
    assert plan(facts, 10**9, Contract(), TABLES).video.pad_with_black is pads
