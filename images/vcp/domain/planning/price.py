"""What a video costs, by dated list prices: an estimate to decide by, not a bill."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import ceil

from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.plan import Plan
from vcp.domain.text import wording
from vcp.domain.value import Value

#: Up to here a frame rate counts once in MediaConvert's normalised minutes.
_SINGLE_RATE = 30
_GB = 1e9
_DAYS_A_MONTH = 30


class CostLine(Value):
    what: str
    quantity: str
    usd: float


class Cost(Value):
    """US dollars, by the rates of `dated` in `region`."""

    usd: float
    lines: tuple[CostLine, ...]
    dated: date
    region: str


def estimate(plan: Plan, facts: MediaFacts, tables: EncoderTables, source_bytes: int | None = None) -> Cost:
    """The cost of one video: encoding, the copies for a while, and the functions.

    Args:
        plan: size and frame rate, which decide the price of a minute, and the most that the result may weigh.
        facts: how long it lasts; of the source for an estimate, of the result for what was really rendered.
        tables: the rates.
        source_bytes: size of the original; taken from `facts` without it.
    """
    prices = tables.prices
    original = (source_bytes if source_bytes is not None else facts.size_bytes) or 0
    transfer_seconds = original / prices.transfer_bytes_per_second
    gb_seconds = prices.transfer_gb * transfer_seconds + prices.other_functions_gb_seconds
    temp_gb, kept_gb = (original + plan.planned_max_bytes) / _GB, plan.planned_max_bytes / _GB
    lines = (
        _encoding(plan, facts, tables),
        CostLine(
            what=f"temporary copies, {prices.temp_days:g} days",
            quantity=f"{temp_gb:.2f} GB",
            usd=temp_gb * prices.s3_gb_month * prices.temp_days / _DAYS_A_MONTH,
        ),
        CostLine(what="the result, first month", quantity=f"{kept_gb:.2f} GB", usd=kept_gb * prices.s3_gb_month),
        CostLine(what="functions", quantity=f"{gb_seconds:.0f} GB-s", usd=gb_seconds * prices.lambda_gb_second),
    )
    rounded = tuple(line.but(usd=round(line.usd, 6)) for line in lines)
    total = round(sum(line.usd for line in rounded), 4)
    return Cost(usd=total, lines=rounded, dated=prices.dated, region=prices.region)


def _encoding(plan: Plan, facts: MediaFacts, tables: EncoderTables) -> CostLine:
    """Minutes are counted up to the next step; a minute costs by picture size and frame rate."""
    prices = tables.prices
    short_side = min(plan.video.width, plan.video.height)
    minute = next((usd for most, usd in prices.minute_by_short_side if short_side <= most), None)
    minute = minute if minute is not None else prices.minute_by_short_side[-1][1]
    rate = Fraction(plan.video.frame_rate or facts.picture.frame_rate)
    factor = prices.above_30_fps_factor if rate > _SINGLE_RATE else 1.0
    minutes = ceil(round(facts.duration_seconds / 60 / prices.minute_step, 6)) * prices.minute_step
    return CostLine(
        what=f"encoding, {short_side}p, {'above' if factor > 1 else 'up to'} {_SINGLE_RATE} frames a second",
        quantity=f"{minutes:.2f} min of {wording.duration(facts.duration_seconds)}",
        usd=minutes * minute * factor,
    )
