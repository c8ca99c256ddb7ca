"""The errors for a failed job and for a failed verdict."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.domain.golden import check_golden
from tests.unit.domain.samples import film, recorded
from tests.unit.domain.verification.results import judged
from vcp.domain.errors import PermanentError, Rejection
from vcp.domain.model.media import MediaFacts
from vcp.domain.reporting.rejections import failed_job, failed_verdict
from vcp.domain.verification.checks import checked
from vcp.domain.verification.measurements import Measurements
from vcp.domain.verification.verdict import Check, Verdict


def measured(seconds: float, picture_seconds: float | None = None) -> Measurements:
    facts = recorded("silent.mp4")
    picture = facts.picture.but(duration_seconds=picture_seconds)
    return Measurements(facts=facts.but(duration_seconds=seconds, video=(picture,)), size_bytes=9, fast_start=True)


def failed(*names: str) -> Verdict:
    good = Check(name="size", expected="less", measured="less", outcome="pass")
    return Verdict(checks=(good, *(checked(name, "this", "that", passed=False) for name in names)))


@pytest.mark.parametrize("code", [1020, 1021, 1030, 1075, 1076])
def test_a_source_error_is_a_rejection(code: int) -> None:
    error = failed_job(code, "job 1: Demuxer: [x]")
    assert isinstance(error, Rejection)
    assert error.code == f"mediaconvert_{code}"
    assert "upload that" in error.sentence
    assert "Demuxer" not in error.sentence
    assert error.detail == "job 1: Demuxer: [x]"


@pytest.mark.parametrize("code", [None, 1010, 1040, 1401, 1999])
def test_any_other_job_error_needs_an_operator(code: int | None) -> None:
    error = failed_job(code, "")
    assert type(error) is PermanentError
    assert error.code == f"mediaconvert_{code or 'error'}"


@pytest.mark.parametrize("result", [measured(1200.0), measured(7200.0, picture_seconds=1200.0)])
def test_a_short_result_means_a_truncated_source(result: Measurements) -> None:
    error = failed_verdict(failed("planned_size", "picture_duration"), result, 7200.0)
    assert error.code == "verdict_picture_duration"
    assert "should last 2 h, but only 20 min could be compressed" in error.sentence
    assert "cut off or damaged" in error.sentence


@pytest.mark.parametrize("seconds", [2.05, 1.99])
def test_durations_that_read_the_same_are_not_compared(seconds: float) -> None:
    error = failed_verdict(failed("duration"), measured(seconds), 2.0)
    assert "the duration should be this, but is that" in error.sentence


def test_any_other_check_is_named_with_both_values() -> None:
    error = failed_verdict(failed("picture_size", "color"), measured(2.0), 2.0)
    assert error.code == "verdict_picture_size"
    assert "the picture size should be this, but is that" in error.sentence
    assert "color" in error.detail


def test_rejections_of_jobs_and_results_read_as_reviewed() -> None:
    def verdict_text(facts: MediaFacts, **changes: Any) -> str:
        error = failed_verdict(judged(**changes), Measurements(facts=facts, size_bytes=1), 60.0)
        return f"{error.code}\n{error.sentence}\n[{error.detail}]"

    texts = {f"job, {code}": failed_job(code, "job-1: no").sentence for code in (None, 1020, 1021, 1030, 1075, 1076)}
    check_golden(
        "failures",
        {
            **texts,
            "two failed checks": verdict_text(film(), major_brand="qt", audio=()),
            "short file": verdict_text(film(seconds=30.0), duration_seconds=30.0),
            "short video track": verdict_text(film(duration_seconds=12.0), duration_seconds=59.0),
            "long file": verdict_text(film(seconds=70.0), duration_seconds=70.0),
            "short by less than is shown": verdict_text(film(seconds=59.8), duration_seconds=59.8),
            "no video track": verdict_text(film().but(video=()), video=(), duration_seconds=20.0),
        },
    )
