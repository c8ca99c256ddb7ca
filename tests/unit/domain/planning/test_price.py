"""What a video costs, at the edges of the price table."""

from __future__ import annotations

import pytest

from tests.unit.domain.worlds import TABLES, film
from vcp.domain.model.contract import Contract
from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning import price
from vcp.domain.planning.planner import plan


def encoding(facts: MediaFacts, tables: EncoderTables = TABLES) -> price.CostLine:
    return price.estimate(plan(facts, 10**9, Contract(), TABLES), facts, tables).lines[0]


@pytest.mark.parametrize(("steps", "minutes"), [(100.0000004, "1.00"), (100.000001, "1.01"), (100.5, "1.01")])
def test_a_hair_over_a_step_is_no_step_more(steps: float, minutes: str) -> None:
    line = encoding(film(1280, 720, seconds=steps * 60 * TABLES.prices.minute_step))
    assert line.quantity.startswith(f"{minutes} min")


@pytest.mark.parametrize(("side", "usd"), [(240, 1.0), (242, 2.0), (480, 2.0), (482, 3.0), (720, 3.0)])
def test_a_picture_costs_the_row_that_it_fits_in_or_the_last(side: int, usd: float) -> None:
    prices = TABLES.prices.but(minute_by_short_side=((240, 1.0), (480, 2.0), (600, 3.0)))
    assert encoding(film(1280, side), TABLES.but(prices=prices)).usd == usd


@pytest.mark.parametrize(("rate", "usd"), [("30/1", 0.042), ("30001/1000", 0.084), ("60/1", 0.084)])
def test_more_than_thirty_frames_a_second_cost_twice(rate: str, usd: float) -> None:
    assert encoding(film(1280, 720, frame_rate=rate)).usd == usd
