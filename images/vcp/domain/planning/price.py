"""Estimate the cost of a video by the list prices of a given date: for decisions, not for accounting."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import ceil
from typing import Literal

from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.plan import Plan
from vcp.domain.value import Value

#: MediaConvert's normalized minutes count a frame rate up to this once.
_NORMAL_FRAME_RATE = 30
_GB = 1e9
_DAYS_PER_MONTH = 30

Item = Literal["encoding", "temporary_storage", "result_storage", "functions"]
#: `minutes` of output; `GB` for the time that they are stored; `GB_seconds` of Lambda.
Unit = Literal["minutes", "GB", "GB_seconds"]


class CostLine(Value):
    item: Item
    quantity: float
    unit: Unit
    usd: float


class Cost(Value):
    """US dollars, by the prices of `dated` in `region`."""

    usd: float
    lines: tuple[CostLine, ...]
    dated: date
    region: str


def estimate(plan: Plan, facts: MediaFacts, tables: EncoderTables, source_bytes: int | None = None) -> Cost:
    """Return the cost of one video: encoding, storage for a while, and the functions.

    Args:
        plan: frame size and rate, which decide the price per minute, and the maximum size of the result.
        facts: of the source for an estimate, of the result for what was rendered; only the duration counts.
        tables: the prices.
        source_bytes: size of the original; that of `facts` by default.
    """
    prices = tables.prices
    original = (source_bytes if source_bytes is not None else facts.size_bytes) or 0
    minutes = ceil(round(facts.duration_seconds / 60 / prices.minute_step, 6)) * prices.minute_step
    temporary_gb, result_gb = (original + plan.planned_max_bytes) / _GB, plan.planned_max_bytes / _GB
    transfer_seconds = original / prices.transfer_bytes_per_second
    gb_seconds = prices.transfer_gb * transfer_seconds + prices.other_functions_gb_seconds
    temporary_gb_usd = prices.s3_gb_month * prices.temp_days / _DAYS_PER_MONTH
    lines = (
        _line("encoding", minutes, "minutes", _minute_usd(plan, facts, tables)),
        _line("temporary_storage", temporary_gb, "GB", temporary_gb_usd),
        _line("result_storage", result_gb, "GB", prices.s3_gb_month),
        _line("functions", gb_seconds, "GB_seconds", prices.lambda_gb_second),
    )
    total = round(sum(line.usd for line in lines), 4)
    return Cost(usd=total, lines=lines, dated=prices.dated, region=prices.region)


def _line(item: Item, quantity: float, unit: Unit, unit_usd: float) -> CostLine:
    return CostLine(item=item, quantity=round(quantity, 3), unit=unit, usd=round(quantity * unit_usd, 6))


def _minute_usd(plan: Plan, facts: MediaFacts, tables: EncoderTables) -> float:
    """Return the price of a minute of output, by frame size and frame rate."""
    prices = tables.prices
    short_side = min(plan.video.width, plan.video.height)
    rows = prices.minute_by_short_side
    usd = next((usd for max_short_side, usd in rows if short_side <= max_short_side), rows[-1][1])
    rate = Fraction(plan.video.frame_rate or facts.picture.frame_rate)
    return usd * (prices.above_30_fps_factor if rate > _NORMAL_FRAME_RATE else 1.0)
