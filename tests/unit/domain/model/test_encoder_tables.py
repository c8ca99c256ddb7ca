"""The encoder tables: rates between the rungs, levels between the steps, and what is refused as a table."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import ValidationError, convert, to_builtins

from tests.unit.domain.worlds import TABLES
from vcp.domain.model.encoder_tables import EncoderTables, Rung, VideoTables

LADDER = TABLES.video.ladder


@pytest.mark.parametrize("rung", LADDER, ids=lambda rung: f"{rung.short_side}p")
def test_a_rung_has_its_own_rates(rung: Rung) -> None:
    assert TABLES.min_bps(rung.pixels, 30) == rung.min_bps
    assert TABLES.target_bps(rung.pixels, 30) == rung.target_bps
    assert TABLES.max_bps(rung.pixels, 30) == rung.max_bps


def test_half_way_between_two_rungs_is_their_geometric_mean() -> None:
    low, high = LADDER[4], LADDER[5]
    between = round((low.pixels * high.pixels) ** 0.5)
    assert TABLES.min_bps(between, 30) == pytest.approx((low.min_bps * high.min_bps) ** 0.5, abs=1)


def test_beyond_the_ends_the_outermost_two_rungs_go_on() -> None:
    low, high = LADDER[0], LADDER[-1]
    below = (LADDER[0].min_bps / LADDER[1].min_bps) ** 1
    assert TABLES.min_bps(round(low.pixels**2 / LADDER[1].pixels), 30) == pytest.approx(low.min_bps * below, rel=1e-3)
    above = high.min_bps / LADDER[-2].min_bps
    assert TABLES.min_bps(round(high.pixels**2 / LADDER[-2].pixels), 30) == pytest.approx(
        high.min_bps * above, rel=1e-3
    )


@pytest.mark.parametrize(("fps", "factor"), [(30, 1.0), (60, 2**0.5), (7.5, 0.5)])
def test_bits_grow_with_the_root_of_the_frames(fps: float, factor: float) -> None:
    assert TABLES.min_bps(LADDER[4].pixels, fps) == pytest.approx(LADDER[4].min_bps * factor, abs=1)


@pytest.mark.parametrize(
    ("times", "level"), [(0, 6), (1.49, 6), (1.5, 7), (2.79, 7), (2.8, 8), (4.49, 8), (4.5, 9), (1000, 9), (-1, 6)]
)
def test_the_level_is_that_of_the_step_that_was_reached(times: float, level: int) -> None:
    assert TABLES.quality_level(times) == level


def broken(part: str, **changes: Any) -> dict[str, Any]:
    whole = to_builtins(TABLES)
    return {**whole, part: {**whole[part], **changes}}


def rung(**changes: Any) -> dict[str, Any]:
    return {**to_builtins(LADDER[0]), **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"ladder": [to_builtins(LADDER[1]), to_builtins(LADDER[0])]},
        {"ladder": [rung(), rung()]},
        {"ladder": [rung()]},
        {"quality_steps": [{"times_least": 0, "level": 6}, {"times_least": 2, "level": 7}]},
        {
            "quality_steps": [
                {"times_least": 2, "level": 7},
                {"times_least": 2, "level": 6},
                {"times_least": 0, "level": 5},
            ]
        },
        {"quality_steps": [{"times_least": 2, "level": 7}]},
        {"quality_steps": []},
    ],
)
def test_a_table_that_does_not_rise_or_fall_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(
        ValidationError, match=r"^the ladder must rise, the quality steps must fall to 0$|video\.(ladder|quality_steps)"
    ):
        convert(broken("video", **changes), EncoderTables)


@pytest.mark.parametrize("rates", [(3, 2, 4), (1, 4, 4), (2, 2, 3)])
def test_a_rung_whose_rates_do_not_rise_is_refused(rates: tuple[int, int, int]) -> None:
    least, keep, ample = rates
    with pytest.raises(ValidationError, match="least < keep < ample is broken"):
        Rung(short_side=720, pixels=1, min_bps=least, target_bps=keep, max_bps=ample)


def test_the_shipped_tables_are_sound() -> None:
    assert convert(to_builtins(TABLES.video), VideoTables) == TABLES.video
