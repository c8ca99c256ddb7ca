"""What a person reads when the encoder gave up, or when the result did not pass."""

from __future__ import annotations

import pytest

from tests.unit.domain.worlds import recorded
from vcp.domain.errors import PermanentError, Rejection
from vcp.domain.reporting.rejections import encoder_gave_up, not_delivered
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
def test_a_file_that_the_encoder_cannot_read_is_its_makers_to_mend(code: int) -> None:
    error = encoder_gave_up(code, "job 1: Demuxer: [x]")
    assert isinstance(error, Rejection)
    assert error.code == f"mediaconvert_{code}"
    assert "upload that" in error.sentence
    assert "Demuxer" not in error.sentence
    assert error.detail == "job 1: Demuxer: [x]"


@pytest.mark.parametrize("code", [None, 1010, 1040, 1401, 1999])
def test_anything_else_is_for_an_operator(code: int | None) -> None:
    error = encoder_gave_up(code, "")
    assert type(error) is PermanentError
    assert error.code == f"mediaconvert_{code or 'error'}"


@pytest.mark.parametrize("result", [measured(1200.0), measured(7200.0, picture_seconds=1200.0)])
def test_a_result_that_is_too_short_tells_of_a_source_that_is_cut_off(result: Measurements) -> None:
    error = not_delivered(failed("planned_size", "picture_duration"), result, 7200.0)
    assert error.code == "verdict_picture_duration"
    assert "says that it lasts 2 h, but only 20 min of it" in error.sentence
    assert "cut off or damaged" in error.sentence


@pytest.mark.parametrize("seconds", [2.05, 1.99])
def test_lengths_that_read_the_same_are_no_explanation(seconds: float) -> None:
    error = not_delivered(failed("duration"), measured(seconds), 2.0)
    assert "its duration should be this and is that" in error.sentence


def test_any_other_check_is_told_by_its_name_with_both_values() -> None:
    error = not_delivered(failed("picture_size", "colours"), measured(2.0), 2.0)
    assert error.code == "verdict_picture_size"
    assert "its picture size should be this and is that" in error.sentence
    assert "colours" in error.detail
