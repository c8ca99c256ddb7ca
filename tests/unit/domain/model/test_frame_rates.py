"""Frame rates as exact fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from vcp.domain.model.frame_rates import divide_to_maximum, has_variable_frame_rate, ratio, standard_rate


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("30000/1001", Fraction(30000, 1001)),
        ("25/1", Fraction(25)),
        ("25", Fraction(25)),
        ("1/1", Fraction(1)),
        ("1/2", Fraction(1, 2)),
        (25, Fraction(25)),
        ("0/1", None),
        ("0/0", None),
        ("1/0", None),
        ("0", None),
        ("", None),
        (None, None),
        ("-25/1", None),
        ("25/-1", None),
        ("25/x", None),
        ("x/1", None),
        ("1/2/3", None),
        ("25.0/1", None),
    ],
)
def test_a_ratio_is_exact_or_none(text: object, value: Fraction | None) -> None:
    assert ratio(text) == value


@pytest.mark.parametrize(
    ("average", "nominal", "frames", "interlaced", "varies"),
    [
        ("25", "25", 1000, False, False),
        (None, "25", 1000, False, False),
        ("25", None, 1000, False, False),
        # Containers round by up to half a percent.
        ("25125/1000", "25", None, False, False),
        ("25126/1000", "25", None, False, True),
        ("24875/1000", "25", None, False, False),
        ("24874/1000", "25", None, False, True),
        # In a short clip, a frame and a half at the ends matter more.
        ("26", "25", 37, False, False),
        ("26", "25", 38, False, True),
        ("25125/1000", "25", 1_000_000, False, False),
        # Only interlaced video has a nominal rate of fields.
        ("25", "50", 1000, True, False),
        ("25", "50", 1000, False, True),
        ("50", "50", 1000, True, False),
        ("35", "50", 1000, True, True),
    ],
)
def test_a_variable_rate_differs_by_more_than_rounding(
    average: str | None, nominal: str | None, frames: int | None, interlaced: bool, varies: bool
) -> None:
    made, named = (Fraction(text) if text else None for text in (average, nominal))
    assert has_variable_frame_rate(made, named, frames, interlaced) is varies


@pytest.mark.parametrize(
    ("average", "standard"),
    [
        ("1/2", "1"),
        ("1", "1"),
        ("12", "15"),
        ("23", "24000/1001"),
        ("24000/1001", "24000/1001"),
        ("24", "24"),
        # One frame in five thousand above a standard rate is a match.
        ("25005/1000", "25"),
        ("25006/1000", "30000/1001"),
        ("125000/4999", "25"),
        ("29.97", "30000/1001"),
        ("31", "50"),
        ("59.94", "60000/1001"),
        ("60", "60"),
        ("90", "60"),
    ],
)
def test_a_variable_rate_becomes_the_next_standard_one(average: str, standard: str) -> None:
    assert standard_rate(Fraction(average)) == Fraction(standard)


@pytest.mark.parametrize(
    ("rate", "becomes"),
    [("25", "25"), ("60", "60"), ("61", "61/2"), ("120", "60"), ("121", "121/3"), ("240000/1001", "60000/1001")],
)
def test_a_rate_above_the_maximum_is_divided_evenly(rate: str, becomes: str) -> None:
    assert divide_to_maximum(Fraction(rate), Fraction(60)) == Fraction(becomes)
