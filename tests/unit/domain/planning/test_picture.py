"""The quality level of a picture at the end of its scale, and when black frames stand beside sound."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.unit.domain.worlds import TABLES, film, sound
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


def test_a_level_more_than_the_highest_is_the_highest() -> None:
    steps = (QualityStep(times_least=0, level=10),)
    video = TABLES.video.but(quality_steps=steps)
    tables = TABLES.but(video=video)
    assert [level_of(tables, step) for step in (0, 1)] == [10, 10]
    assert [level_of(TABLES, step) for step in (0, 1)] == [9, 10]


@pytest.mark.parametrize(
    ("picture", "tracks", "pads"),
    [
        # (begins, lasts) in seconds, of the picture and of each track.
        ((0.0, 60.0), [(0.0, 60.0)], False),
        # Half a second is nothing yet, at either end.
        ((0.5, 60.0), [(0.0, 60.0)], False),
        ((0.75, 60.0), [(0.0, 60.0)], True),
        ((0.0, 60.0), [(0.0, 60.5)], False),
        ((0.0, 60.0), [(0.0, 60.75)], True),
        # What begins late and ends in time needs none; what begins late and lasts as long does.
        ((0.0, 60.0), [(0.75, 59.25)], False),
        ((0.0, 60.0), [(0.75, 60.0)], True),
        ((0.75, 59.25), [(0.75, 59.25)], False),
        ((1.0, 60.0), [(1.0, 60.0)], False),
        # Any track may need it; who does not say how long it lasts does not.
        ((0.0, 60.0), [(0.0, 60.0), (0.0, 62.0)], True),
        ((0.0, 60.0), [(0.0, None), (0.0, 62.0)], True),
        ((0.0, 60.0), [(0.0, None)], False),
        ((0.0, None), [(0.0, 62.0)], False),
        ((None, 60.0), [(None, 62.0)], True),
        ((None, 60.0), [(None, 60.0)], False),
    ],
)
def test_black_frames_where_sound_begins_before_or_ends_after_the_picture(
    picture: tuple[float | None, float | None], tracks: list[tuple[float | None, float | None]], pads: bool
) -> None:
    heard = tuple(
        sound(number, start_seconds=begins, duration_seconds=lasts) for number, (begins, lasts) in enumerate(tracks, 1)
    )
    facts = film(seconds=60.0, tracks=heard, start_seconds=picture[0], duration_seconds=picture[1])
    assert plan(facts, 10**9, Contract(), TABLES).video.pad_with_black is pads
