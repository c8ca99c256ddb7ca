"""The summary of a video, and when it counts as a success."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.vcpctl.demo.outcomes import ENDS, outcome_of, unfinished
from vcpctl.demo.outcome import write_summary

#: Keys that programs rely on.
PROMISED = {
    "videoId", "fileName", "status", "originalBytes", "compressedBytes", "limitBytes", "height", "durationSeconds",
    "vmafMean", "syncMs", "audioTracks", "outputPath", "checks", "overheadSeconds",
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_every_null_has_a_reason(end: str, tmp_path: Path) -> None:
    summary = outcome_of(end, tmp_path).summary()
    assert set(summary) >= PROMISED
    assert {name for name, value in summary.items() if value is None} == set(summary["notMeasured"])
    assert all(reason.strip() for reason in summary["notMeasured"].values())


def test_an_unknown_source_size_is_null_with_a_reason(tmp_path: Path) -> None:
    outcome = outcome_of("rejected", tmp_path)
    source = outcome.record.source.but(size_bytes=None)
    unknown = replace(outcome, record=outcome.record.but(source=source))
    summary = unknown.summary()
    assert summary["originalBytes"] is None
    assert summary["notMeasured"]["originalBytes"]


def test_the_summary_has_the_measurements(tmp_path: Path) -> None:
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
def test_success_depends_on_the_final_state(end: str, good: bool, tmp_path: Path) -> None:
    assert outcome_of(end, tmp_path).succeeded is good


@pytest.mark.parametrize("end", ["completed", "skipped", "rejected"])
@pytest.mark.parametrize(
    "change",
    [{"row": None}, {"row": {"Status": "Processing"}}, {"row": {}}, {"missing_mails": ("completed",)}],
    ids=["no row", "row with another status", "row without a status", "missing mail"],
)
def test_no_success_without_row_and_mails(end: str, change: dict[str, Any], tmp_path: Path) -> None:
    assert outcome_of(end, tmp_path).succeeded
    assert not outcome_of(end, tmp_path, **change).succeeded


def test_no_success_without_a_downloaded_result(tmp_path: Path) -> None:
    assert not outcome_of("completed", tmp_path, output=None).succeeded


def test_no_success_with_a_result_at_the_limit(tmp_path: Path) -> None:
    outcome = outcome_of("completed", tmp_path)
    assert outcome.output is not None
    with outcome.output.open("wb") as file:
        file.truncate(outcome.record.contract.limit_bytes)
    assert not outcome.succeeded


def test_no_success_with_a_failed_verdict(tmp_path: Path) -> None:
    outcome = outcome_of("completed", tmp_path)
    verdict = outcome.record.verdict
    assert verdict is not None
    failed = verdict.but(checks=tuple(check.but(outcome="fail") for check in verdict.checks))
    assert not replace(outcome, record=outcome.record.but(verdict=failed)).succeeded


def test_no_success_before_the_final_state(tmp_path: Path) -> None:
    assert not replace(outcome_of("skipped", tmp_path), record=unfinished()).succeeded


def test_writes_the_summary_of_all_videos(tmp_path: Path) -> None:
    path = tmp_path / "new" / "summary.json"
    write_summary(path, [outcome_of(end, tmp_path) for end in ENDS])
    videos = json.loads(path.read_text("utf-8"))["videos"]
    assert [video["status"] for video in videos] == [
        "Completed", "Skipped", "Rejected", "Rejected", "Failed", "Cancelled",
    ]  # fmt: skip
    assert [file.name for file in path.parent.iterdir()] == ["summary.json"]
