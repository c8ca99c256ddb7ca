"""What the second plan is told by a failed verdict: how much less for the picture, or how much better."""

from __future__ import annotations

import pytest

from tests.unit.domain.worlds import TABLES, film
from vcp.domain.model.contract import Contract
from vcp.domain.planning.correction import Correction
from vcp.domain.planning.plan import Plan
from vcp.domain.planning.planner import plan


@pytest.fixture(scope="module")
def first() -> Plan:
    return plan(film(seconds=3600.0), 8_000_000_000, Contract(), TABLES)


def around(first: Plan) -> int:
    """What of the planned size is not the picture's."""
    return first.planned_max_bytes - first.budget.video_bytes


@pytest.mark.parametrize("times", [1.01, 1.5, 4.0])
def test_the_picture_gives_up_what_it_took_too_much_and_a_little_more(first: Plan, times: float) -> None:
    measured = around(first) + round(first.budget.video_bytes * times)
    factor = Correction(measured_bytes=measured, failed_checks=("size",)).budget_factor(first)
    assert factor == pytest.approx(0.97 / times)


def test_a_picture_within_its_share_gives_up_no_more_than_the_little(first: Plan) -> None:
    """Something else was too large: the picture still has to make room for it."""
    smaller = around(first) + first.budget.video_bytes // 2
    assert Correction(measured_bytes=smaller, failed_checks=("planned_size",)).budget_factor(first) == 0.97
    nothing = Correction(measured_bytes=1, failed_checks=("planned_size",))
    assert nothing.budget_factor(first) == 0.97


def test_quality_takes_nothing_from_the_picture(first: Plan) -> None:
    assert Correction(measured_bytes=10**9, failed_checks=("quality",)).budget_factor(first) == 1.0


@pytest.mark.parametrize(
    ("failed", "of_planned", "step"),
    [
        (("quality",), 0.5, 1),
        (("quality",), 0.8999, 1),
        # So close to its bound that the bytes, and not the level, held it down.
        (("quality",), 0.9001, 0),
        (("quality",), 1.0, 0),
        (("size",), 0.5, 0),
    ],
)
def test_the_level_goes_up_where_bytes_were_left(
    first: Plan, failed: tuple[str, ...], of_planned: float, step: int
) -> None:
    measured = int(first.planned_max_bytes * of_planned)
    assert Correction(measured_bytes=measured, failed_checks=failed).level_step(first) == step


def test_nine_tenths_of_the_plan_already_are_its_bound(first: Plan) -> None:
    planned = first.but(planned_max_bytes=1_000_000)
    steps = [
        Correction(measured_bytes=size, failed_checks=("quality",)).level_step(planned) for size in (899_999, 900_000)
    ]
    assert steps == [1, 0]


@pytest.mark.parametrize(
    ("failed", "helps"),
    [
        (("size",), True),
        (("planned_size",), True),
        (("size", "planned_size"), True),
        (("quality",), True),
        (("quality", "size"), False),
        (("sync",), False),
        (("size", "sync"), False),
    ],
)
def test_another_plan_helps_against_bytes_or_against_bad_quality_but_not_both(
    failed: tuple[str, ...], helps: bool
) -> None:
    assert Correction(measured_bytes=1, failed_checks=failed).may_help is helps
