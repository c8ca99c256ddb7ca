"""The summary tells all that was measured and says why of all that was not; success is no more than people see."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.vcpctl.outcomes import ENDS, outcome_of, unfinished
from vcpctl.demo.outcome import write_summary

#: Promised by the design, for whoever reads the summary by machine.
PROMISED = {
    "videoId", "fileName", "status", "originalBytes", "compressedBytes", "limitBytes", "height", "durationSeconds",
    "vmafMean", "syncMs", "audioTracks", "outputPath", "checks", "overheadSeconds",
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_null_without_a_reason(end: str, tmp_path: Path) -> None:
    summary = outcome_of(end, tmp_path).summary()
    assert set(summary) >= PROMISED
    assert {name for name, value in summary.items() if value is None} == set(summary["notMeasured"])
    assert all(reason.strip() for reason in summary["notMeasured"].values())


def test_a_size_that_drive_does_not_tell_is_null_with_a_reason(tmp_path: Path) -> None:
    outcome = outcome_of("rejected", tmp_path)
    source = outcome.record.source.but(size_bytes=None)
    unknown = replace(outcome, record=outcome.record.but(source=source))
    summary = unknown.summary()
    assert summary["originalBytes"] is None
    assert summary["notMeasured"]["originalBytes"]


def test_what_was_measured_stands_in_the_summary(tmp_path: Path) -> None:
    outcome = outcome_of("completed", tmp_path)
    result = outcome.record.result
    assert result is not None
    summary = outcome.summary()
    assert summary["status"] == "Completed"
    assert summary["originalBytes"] == outcome.record.source.size_bytes
    assert summary["compressedBytes"] == result.size_bytes
    assert summary["height"] == result.facts.picture.height
    assert [track["language"] for track in summary["audioTracks"]] == ["eng", "deu"]
    assert summary["overheadSeconds"] == pytest.approx(12.5 - 8.25)
    assert {check["outcome"] for check in summary["checks"]} <= {"pass", "not_measurable"}
    assert set(summary["notMeasured"]) == {"syncMs", "vmafMean"}


@pytest.mark.parametrize(
    ("end", "good"),
    [
        ("completed", True),
        ("skipped", True),
        ("rejected", True),
        ("rejected by the probe", True),
        ("failed", False),
        ("cancelled", False),
    ],
)
def test_which_ends_are_as_they_should_be(end: str, good: bool, tmp_path: Path) -> None:
    assert outcome_of(end, tmp_path).as_it_should is good


@pytest.mark.parametrize("end", ["completed", "skipped", "rejected"])
@pytest.mark.parametrize(
    "change",
    [{"row": None}, {"row": {"Status": "Processing"}}, {"row": {}}, {"missing_mails": ("completed",)}],
    ids=["no row", "a row that says something else", "a row without a status", "a mail that never came"],
)
def test_an_end_that_people_do_not_hear_of_is_none(end: str, change: dict[str, Any], tmp_path: Path) -> None:
    assert outcome_of(end, tmp_path).as_it_should
    assert not outcome_of(end, tmp_path, **change).as_it_should


def test_a_result_that_nobody_can_fetch_is_none(tmp_path: Path) -> None:
    assert not outcome_of("completed", tmp_path, output=None).as_it_should


def test_a_result_that_is_not_below_the_limit_is_none(tmp_path: Path) -> None:
    outcome = outcome_of("completed", tmp_path)
    assert outcome.output is not None
    with outcome.output.open("wb") as file:
        file.truncate(outcome.record.contract.limit_bytes)
    assert not outcome.as_it_should


def test_a_result_that_was_not_proven_is_none(tmp_path: Path) -> None:
    outcome = outcome_of("completed", tmp_path)
    verdict = outcome.record.verdict
    assert verdict is not None
    failed = verdict.but(checks=tuple(check.but(outcome="fail") for check in verdict.checks))
    assert not replace(outcome, record=outcome.record.but(verdict=failed)).as_it_should


def test_a_video_that_is_still_under_way_is_no_end(tmp_path: Path) -> None:
    assert not replace(outcome_of("skipped", tmp_path), record=unfinished()).as_it_should


def test_the_summary_is_written_for_all_videos(tmp_path: Path) -> None:
    path = tmp_path / "new" / "summary.json"
    write_summary(path, [outcome_of(end, tmp_path) for end in ENDS])
    videos = json.loads(path.read_text("utf-8"))["videos"]
    assert [video["status"] for video in videos] == [
        "Completed", "Skipped", "Rejected", "Rejected", "Failed", "Cancelled",
    ]  # fmt: skip
    assert [file.name for file in path.parent.iterdir()] == ["summary.json"]
