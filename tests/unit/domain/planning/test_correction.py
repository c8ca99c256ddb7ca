"""How the second plan corrects the first: fewer bytes for the video, or a higher quality level."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.domain.samples import TABLES, film
from vcp.domain.model.contract import Contract
from vcp.domain.planning.correction import Correction
from vcp.domain.planning.plan import Plan
from vcp.domain.planning.planner import plan


@pytest.fixture(scope="module")
def first() -> Plan:
    return plan(film(seconds=3600.0), 8_000_000_000, Contract(), TABLES)


def other_bytes(first: Plan) -> int:
    """Return the part of the planned size that is not the video's."""
    return first.planned_max_bytes - first.budget.video_bytes


@pytest.mark.parametrize("times", [1.01, 1.5, 4.0])
def test_the_video_gives_up_its_overshoot_and_three_percent(first: Plan, times: float) -> None:
    measured = other_bytes(first) + round(first.budget.video_bytes * times)
    factor = Correction(failed="size", measured_bytes=measured).video_budget_factor(first)
    assert factor == pytest.approx(0.97 / times)


def test_a_video_within_its_share_gives_up_three_percent(first: Plan) -> None:
    """Audio or container was too large: the video still has to make room for it."""
    for measured in (other_bytes(first) + first.budget.video_bytes // 2, 1):
        assert Correction(failed="size", measured_bytes=measured).video_budget_factor(first) == 0.97


def test_missed_quality_takes_nothing_from_the_video(first: Plan) -> None:
    assert Correction(failed="quality", measured_bytes=10**9).video_budget_factor(first) == 1.0


@pytest.mark.parametrize(
    ("failed", "share", "step"),
    [
        ("quality", 0.5, 1),
        ("quality", 0.8999, 1),
        # So close to the maximum, the bit rate and not the level limited the quality.
        ("quality", 0.9001, 0),
        ("quality", 1.0, 0),
        ("size", 0.5, 0),
    ],
)
def test_the_level_rises_if_bytes_are_left(first: Plan, failed: Any, share: float, step: int) -> None:
    measured = int(first.planned_max_bytes * share)
    assert Correction(failed=failed, measured_bytes=measured).quality_level_step(first) == step


def test_nine_tenths_of_the_planned_size_count_as_its_maximum(first: Plan) -> None:
    planned = first.but(planned_max_bytes=1_000_000)
    corrections = [Correction(failed="quality", measured_bytes=size) for size in (899_999, 900_000)]
    assert [each.quality_level_step(planned) for each in corrections] == [1, 0]
