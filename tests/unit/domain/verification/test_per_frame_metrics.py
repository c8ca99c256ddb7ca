"""Reading the CSV of per-frame metrics."""

from __future__ import annotations

import pytest

from vcp.domain.verification.per_frame_metrics import MetricSummary, summary_of


def test_the_services_own_summary_is_taken() -> None:
    text = "frame,VMAF\n0,90.0\n1,80.0\naverage,85.5\nmin,80.0\nmax,90.0\n"
    assert summary_of(text) == MetricSummary(85.5, 80.0, 90.0)


def test_without_summary_lines_it_is_computed() -> None:
    assert summary_of("frame,VMAF\n0,90\n1,80\n2,70\n") == MetricSummary(80.0, 70.0, 90.0)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        # The value is the last of several columns; names in any case, with a colon and blanks.
        ("frame,time,VMAF\n0,0.00,90\n1,0.04,80\n", MetricSummary(85.0, 80.0, 90.0)),
        (" Average: ,85.5\nMinimum:,70\nMAX,90\n", MetricSummary(85.5, 70.0, 90.0)),
        ("avg,85.5\nmin,70\nmaximum,90\n", MetricSummary(85.5, 70.0, 90.0)),
        ("mean,85.5\nmin,70\nmax,90\n", MetricSummary(85.5, 70.0, 90.0)),
        # What the service tells counts more than what its lines add up to; what it does not tell is computed.
        ("0,90\n1,80\nmin,75\n", MetricSummary(85.0, 75.0, 90.0)),
        ("0,90\n1,80\nmax,95\n", MetricSummary(85.0, 80.0, 95.0)),
        ("0,90\n1,80\naverage,84\n", MetricSummary(84.0, 80.0, 90.0)),
        # A number alone on a line is no frame.
        ("7\n0,90\n", MetricSummary(90.0, 90.0, 90.0)),
    ],
)
def test_each_number_is_found_where_it_stands(text: str, summary: MetricSummary) -> None:
    assert summary_of(text) == summary


@pytest.mark.parametrize(
    "told", ["average,85\n", "min,70\n", "max,90\n", "average,85\nmin,70\n", "average,85\nmax,90\n"]
)
def test_half_a_summary_without_frames_is_none(told: str) -> None:
    assert summary_of(told) is None


@pytest.mark.parametrize("text", ["", "7\n", "frame,VMAF\n", "nothing at all", "frame,VMAF\n0,n/a\n"])
def test_nothing_measured_is_none_and_no_number(text: str) -> None:
    assert summary_of(text) is None
