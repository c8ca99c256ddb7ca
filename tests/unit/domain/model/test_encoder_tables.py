"""The encoder tables: interpolated rates, quality levels, and validation."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import ValidationError, convert, to_builtins

from tests.unit.domain.samples import TABLES
from vcp.domain.model.encoder_tables import EncoderTables, Rung, VideoTables

LADDER = TABLES.video.ladder


@pytest.mark.parametrize("rung", LADDER, ids=lambda rung: f"{rung.short_side}p")
def test_a_rung_has_its_listed_rates(rung: Rung) -> None:
    assert TABLES.min_bps(rung.pixels, 30) == rung.min_bps
    assert TABLES.target_bps(rung.pixels, 30) == rung.target_bps
    assert TABLES.max_bps(rung.pixels, 30) == rung.max_bps


def test_rates_between_two_rungs_are_interpolated_geometrically() -> None:
    low, high = LADDER[4], LADDER[5]
    between = round((low.pixels * high.pixels) ** 0.5)
    assert TABLES.min_bps(between, 30) == pytest.approx((low.min_bps * high.min_bps) ** 0.5, abs=1)


def test_rates_beyond_the_ladder_are_extrapolated() -> None:
    low, high = LADDER[0], LADDER[-1]
    below = (LADDER[0].min_bps / LADDER[1].min_bps) ** 1
    assert TABLES.min_bps(round(low.pixels**2 / LADDER[1].pixels), 30) == pytest.approx(low.min_bps * below, rel=1e-3)
    above = high.min_bps / LADDER[-2].min_bps
    assert TABLES.min_bps(round(high.pixels**2 / LADDER[-2].pixels), 30) == pytest.approx(
        high.min_bps * above, rel=1e-3
    )


@pytest.mark.parametrize(("fps", "factor"), [(30, 1.0), (60, 2**0.5), (7.5, 0.5)])
def test_rates_grow_with_the_square_root_of_the_frame_rate(fps: float, factor: float) -> None:
    assert TABLES.min_bps(LADDER[4].pixels, fps) == pytest.approx(LADDER[4].min_bps * factor, abs=1)


@pytest.mark.parametrize(
    ("times", "level"), [(0, 6), (1.49, 6), (1.5, 7), (2.79, 7), (2.8, 8), (4.49, 8), (4.5, 9), (1000, 9), (-1, 6)]
)
def test_the_level_is_that_of_the_highest_step_reached(times: float, level: int) -> None:
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
        {"quality_steps": [{"min_bitrate_ratio": 0, "level": 6}, {"min_bitrate_ratio": 2, "level": 7}]},
        {
            "quality_steps": [
                {"min_bitrate_ratio": 2, "level": 7},
                {"min_bitrate_ratio": 2, "level": 6},
                {"min_bitrate_ratio": 0, "level": 5},
            ]
        },
        {"quality_steps": [{"min_bitrate_ratio": 2, "level": 7}]},
        {"quality_steps": []},
    ],
)
def test_rejects_unordered_tables(changes: dict[str, Any]) -> None:
    with pytest.raises(
        ValidationError,
        match=r"^the ladder must ascend, and the quality steps must descend to 0$|video\.(ladder|quality_steps)",
    ):
        convert(broken("video", **changes), EncoderTables)


@pytest.mark.parametrize("rates", [(3, 2, 4), (1, 4, 4), (2, 2, 3)])
def test_rejects_a_rung_with_unordered_rates(rates: tuple[int, int, int]) -> None:
    min_bps, target_bps, max_bps = rates
    with pytest.raises(ValidationError, match="rung 720: min_bps < target_bps < max_bps does not hold"):
        Rung(short_side=720, pixels=1, min_bps=min_bps, target_bps=target_bps, max_bps=max_bps)


def test_the_shipped_tables_are_valid() -> None:
    assert convert(to_builtins(TABLES.video), VideoTables) == TABLES.video
