"""The contract of one video, resolved from stack, project and call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import ValidationError

from vcp.domain.model.contract import DEFAULT_LIMIT_BYTES, Contract, resolve

STACK = Contract(limit_bytes=4_000_000_000, compress_above_bytes=3_000_000_000)


@pytest.mark.parametrize(
    ("overrides", "limit_bytes", "compress_above_bytes"),
    [
        ([], 4_000_000_000, 3_000_000_000),
        ([None, {}], 4_000_000_000, 3_000_000_000),
        ([{"min_height": 480}], 4_000_000_000, 3_000_000_000),
        # A lower limit lowers the threshold as well; a higher one keeps it.
        ([{"limit_bytes": 2_000_000_000}], 2_000_000_000, 2_000_000_000),
        ([{"limit_bytes": 3_500_000_000}], 3_500_000_000, 3_000_000_000),
        ([{"limit_bytes": 9_000_000_000}], 9_000_000_000, 3_000_000_000),
        # Explicit values are kept.
        ([{"limit_bytes": 2_000_000_000, "compress_above_bytes": 0}], 2_000_000_000, 0),
        ([{"compress_above_bytes": 4_000_000_000}], 4_000_000_000, 4_000_000_000),
        # Later ones win: the project's, then the call's.
        ([{"limit_bytes": 2_000_000_000}, {"limit_bytes": 1_500_000_000}], 1_500_000_000, 1_500_000_000),
        ([{"limit_bytes": 2_000_000_000}, {"limit_bytes": 4_000_000_000}], 4_000_000_000, 2_000_000_000),
    ],
)
def test_later_overrides_win_and_no_file_above_the_limit_is_skipped(
    overrides: list[Mapping[str, Any] | None], limit_bytes: int, compress_above_bytes: int
) -> None:
    made = resolve(STACK, *overrides)
    assert (made.limit_bytes, made.compress_above_bytes) == (limit_bytes, compress_above_bytes)


def test_the_stack_decides_what_is_not_overridden() -> None:
    stack = Contract(min_height=480, sync_tolerance_ms=20, quality_floor_vmaf=85)
    assert resolve(stack, {"limit_bytes": DEFAULT_LIMIT_BYTES}) == stack


@pytest.mark.parametrize(
    ("override", "name"),
    [
        ({"limit_byts": 1}, "limit_byts"),
        ({"limit_bytes": 999_999}, "limit_bytes"),
        ({"limit_bytes": 5 * 1024**4 + 1}, "limit_bytes"),
        ({"compress_above_bytes": -1}, "compress_above_bytes"),
        ({"min_height": 143}, "min_height"),
        ({"min_height": 2161}, "min_height"),
        ({"sync_tolerance_ms": 0}, "sync_tolerance_ms"),
        ({"sync_tolerance_ms": 501}, "sync_tolerance_ms"),
        ({"quality_floor_vmaf": 100.5}, "quality_floor_vmaf"),
        ({"limit_bytes": 2_000_000_000, "compress_above_bytes": 3_000_000_000}, "would be skipped"),
        (
            {"compress_above_bytes": 4_000_000_001},
            ": files between the two would be skipped although they exceed the limit$",
        ),
    ],
)
def test_rejects_an_invalid_override_by_name(override: Mapping[str, Any], name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        resolve(STACK, override)


def test_bounds_are_inclusive() -> None:
    lowest = {"limit_bytes": 1_000_000, "min_height": 144, "sync_tolerance_ms": 1, "quality_floor_vmaf": 0}
    highest = {"limit_bytes": 5 * 1024**4, "min_height": 2160, "sync_tolerance_ms": 500, "quality_floor_vmaf": 100}
    assert resolve(STACK, lowest).min_height == 144
    assert resolve(STACK, highest).min_height == 2160
