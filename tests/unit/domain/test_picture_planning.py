"""The quality level of a picture, at the end of its scale."""

from __future__ import annotations

from fractions import Fraction

from tests.unit.domain.worlds import TABLES, film
from vcp.domain import budgeting
from vcp.domain.geometry import Size
from vcp.domain.picture_planning import rates_for
from vcp.domain.tables import EncoderTables, QualityStep


def level_of(tables: EncoderTables, step: int) -> int:
    facts = film(1280, 720, seconds=60.0, bitrate_bps=50_000_000)
    budget = budgeting.divide(5_000_000_000, 61.0, 30.0, (), tables)
    return rates_for(facts, 10**9, Size(1280, 720), budget, 61.0, Fraction(30), tables, step).quality_level


def test_a_level_more_than_the_highest_is_the_highest() -> None:
    steps = (QualityStep(times_least=0, level=10),)
    video = TABLES.video.model_copy(update={"quality_steps": steps})
    tables = TABLES.model_copy(update={"video": video})
    assert [level_of(tables, step) for step in (0, 1)] == [10, 10]
    assert [level_of(TABLES, step) for step in (0, 1)] == [9, 10]
