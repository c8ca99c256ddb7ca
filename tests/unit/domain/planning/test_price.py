"""The estimated cost of a video."""

from __future__ import annotations

import pytest

from tests.unit.domain.samples import TABLES, film
from vcp.domain.model.contract import Contract
from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning import price
from vcp.domain.planning.planner import plan


def encoding(facts: MediaFacts, tables: EncoderTables = TABLES) -> price.CostLine:
    return price.estimate(plan(facts, 10**9, Contract(), TABLES), facts, tables).lines[0]


@pytest.mark.parametrize(("steps", "minutes"), [(100.0000004, 1.0), (100.000001, 1.01), (100.5, 1.01)])
def test_minutes_round_up_to_the_next_step(steps: float, minutes: float) -> None:
    line = encoding(film(1280, 720, seconds=steps * 60 * TABLES.prices.minute_step))
    assert (line.item, line.quantity, line.unit) == ("encoding", minutes, "minutes")


@pytest.mark.parametrize(("side", "usd"), [(240, 1.0), (242, 2.0), (480, 2.0), (482, 3.0), (720, 3.0)])
def test_a_minute_costs_by_short_side(side: int, usd: float) -> None:
    prices = TABLES.prices.but(minute_by_short_side=((240, 1.0), (480, 2.0), (600, 3.0)))
    assert encoding(film(1280, side), TABLES.but(prices=prices)).usd == usd


@pytest.mark.parametrize(("rate", "usd"), [("30/1", 0.042), ("30001/1000", 0.084), ("60/1", 0.084)])
def test_more_than_30_fps_cost_twice(rate: str, usd: float) -> None:
    assert encoding(film(1280, 720, frame_rate=rate)).usd == usd


@pytest.mark.parametrize(
    ("width", "height", "rate", "seconds", "usd"),
    [
        (1920, 1080, "30/1", 600, 0.42),
        (1280, 720, "25/1", 600, 0.42),
        (1920, 1080, "60/1", 600, 0.84),
        (3840, 2160, "24/1", 600, 0.84),
        (640, 360, "30/1", 600, 0.21),
        (1080, 1920, "30/1", 600, 0.42),
        (1920, 1080, "30/1", 600.3, 0.42042),
    ],
)
def test_encoding_costs_by_size_rate_and_minutes(
    width: int, height: int, rate: str, seconds: float, usd: float
) -> None:
    line = encoding(film(width, height, seconds=seconds, frame_rate=rate, bitrate_bps=70_000_000))
    assert line.usd == pytest.approx(usd)


def test_the_planned_frame_rate_counts_before_the_sources() -> None:
    facts = film(1280, 720, frame_rate="60/1")
    made = plan(facts, 10**9, Contract(), TABLES)
    halved = made.but(video=made.video.but(frame_rate="30/1"))
    assert price.estimate(halved, facts, TABLES).lines[0].usd == pytest.approx(0.042)


def test_the_lines_add_up() -> None:
    """An hour of full HD: 60 minutes, the original and the result for a week, the result for a month, the functions."""
    facts = film(seconds=3600.0)
    made = plan(facts, 8_000_000_000, Contract(), TABLES)
    cost = price.estimate(made, facts, TABLES, 8_000_000_000)
    assert made.planned_max_bytes == 4_949_999_803
    assert [(line.item, line.quantity, line.unit) for line in cost.lines] == [
        ("encoding", 60.0, "minutes"),
        ("temporary_storage", 12.95, "GB"),
        ("result_storage", 4.95, "GB"),
        ("functions", 286.667, "GB_seconds"),
    ]
    expected = [60 * 0.042, 12.95 * 0.023 * 7 / 30, 4.95 * 0.023, (2 * 8e9 / 6e7 + 20) * 0.0000166667]
    assert [line.usd for line in cost.lines] == pytest.approx(expected, abs=1e-6)
    assert cost.usd == pytest.approx(sum(expected), abs=1e-4)
    assert (cost.dated, cost.region) == (TABLES.prices.dated, "us-east-1")


@pytest.mark.parametrize(("source_bytes", "in_facts", "gb"), [(10**9, 7, 1.0), (None, 10**9, 1.0), (None, None, 0.0)])
def test_the_size_of_the_original_is_the_argument_or_that_of_the_facts(
    source_bytes: int | None, in_facts: int | None, gb: float
) -> None:
    facts = film(1280, 720).but(size_bytes=in_facts)
    made = plan(facts, 10**9, Contract(), TABLES)
    temporary = price.estimate(made, facts, TABLES, source_bytes).lines[1]
    assert temporary.quantity == pytest.approx(gb + made.planned_max_bytes / 1e9, abs=0.001)
