"""Reading the CSV of per-frame metrics."""

from __future__ import annotations

import pytest

from vcp.domain.per_frame_metrics import MetricSummary, summary_of


def test_the_services_own_summary_is_taken() -> None:
    text = "frame,VMAF\n0,90.0\n1,80.0\naverage,85.5\nmin,80.0\nmax,90.0\n"
    assert summary_of(text) == MetricSummary(85.5, 80.0, 90.0)


def test_without_summary_lines_it_is_computed() -> None:
    assert summary_of("frame,VMAF\n0,90\n1,80\n2,70\n") == MetricSummary(80.0, 70.0, 90.0)


@pytest.mark.parametrize("text", ["", "frame,VMAF\n", "nothing at all", "frame,VMAF\n0,n/a\n"])
def test_nothing_measured_is_none_and_no_number(text: str) -> None:
    assert summary_of(text) is None
