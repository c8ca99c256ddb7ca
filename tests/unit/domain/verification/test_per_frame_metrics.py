"""The summary of a CSV of per-frame metrics."""

from __future__ import annotations

import pytest

from vcp.domain.verification.per_frame_metrics import MetricSummary, summary_of


def test_the_services_summary_takes_precedence() -> None:
    text = "frame,VMAF\n0,90.0\n1,80.0\naverage,85.5\nmin,80.0\nmax,90.0\n"
    assert summary_of(text) == MetricSummary(85.5, 80.0, 90.0)


def test_a_missing_summary_is_computed() -> None:
    assert summary_of("frame,VMAF\n0,90\n1,80\n2,70\n") == MetricSummary(80.0, 70.0, 90.0)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        # The value is the last column; labels may have any case, a colon and blanks.
        ("frame,time,VMAF\n0,0.00,90\n1,0.04,80\n", MetricSummary(85.0, 80.0, 90.0)),
        (" Average: ,85.5\nMinimum:,70\nMAX,90\n", MetricSummary(85.5, 70.0, 90.0)),
        ("avg,85.5\nmin,70\nmaximum,90\n", MetricSummary(85.5, 70.0, 90.0)),
        ("mean,85.5\nmin,70\nmax,90\n", MetricSummary(85.5, 70.0, 90.0)),
        # Summary lines take precedence over computed values.
        ("0,90\n1,80\nmin,75\n", MetricSummary(85.0, 75.0, 90.0)),
        ("0,90\n1,80\nmax,95\n", MetricSummary(85.0, 80.0, 95.0)),
        ("0,90\n1,80\naverage,84\n", MetricSummary(84.0, 80.0, 90.0)),
        # A line with a single number is not a frame.
        ("7\n0,90\n", MetricSummary(90.0, 90.0, 90.0)),
    ],
)
def test_finds_the_summary(text: str, summary: MetricSummary) -> None:
    assert summary_of(text) == summary


@pytest.mark.parametrize(
    "text", ["average,85\n", "min,70\n", "max,90\n", "average,85\nmin,70\n", "average,85\nmax,90\n"]
)
def test_an_incomplete_summary_without_frames_is_none(text: str) -> None:
    assert summary_of(text) is None


@pytest.mark.parametrize("text", ["", "7\n", "frame,VMAF\n", "nothing at all", "frame,VMAF\n0,n/a\n"])
def test_a_file_without_numbers_is_none(text: str) -> None:
    assert summary_of(text) is None
