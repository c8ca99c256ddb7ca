"""The HTML report: valid for every final state and every file name."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rendering.tools import ffmpeg_path
from tests.unit.vcpctl.demo.outcomes import ENDS, NASTY, outcome_of
from vcp.domain.reporting import plan_text
from vcpctl.demo.outcome import Outcome
from vcpctl.demo.report import write_report

VOID = {"meta", "img", "input", "br", "link", "hr"}


class Page(HTMLParser):
    """A parsed page: its text by element, its ids and references. Asserts that elements are closed in order."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.feed(path.read_text("utf-8"))
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        known = dict(attrs)
        self.ids += [known["id"] or ""] if "id" in known else []
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "data-for")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.texts.append((self.open[-1], data.strip()))

    def text(self, *tags: str) -> list[str]:
        return [text for tag, text in self.texts if tag in tags]


def page_of(tmp_path: Path, *outcomes: Outcome) -> Page:
    path = tmp_path / "report" / "report.html"
    write_report(path, list(outcomes), datetime(2026, 3, 1, 12, tzinfo=UTC))
    return Page(path)


@pytest.mark.parametrize("end", ENDS)
def test_shows_each_final_state(end: str, tmp_path: Path) -> None:
    outcome = outcome_of(end, tmp_path)
    page = page_of(tmp_path, outcome)
    assert page.text("bdi")[0] == "film.mov"
    assert outcome.row is not None
    assert outcome.row["Status"] in page.text("span")
    assert outcome.mails[0]["subject"] in page.text("summary")
    if outcome.record.problem:
        assert outcome.record.problem.sentence in page.text("p")
    headings = page.text("h3")
    assert ("Size" in headings) is (end == "completed")
    assert ("Verdict" in headings) is (end == "completed")
    assert ("Plan" in headings) is (outcome.record.plan is not None)
    assert {"Times", "Airtable row", "Mails"} <= set(headings)


@pytest.mark.parametrize("end", ENDS)
def test_escapes_the_file_name(end: str, tmp_path: Path) -> None:
    plain = page_of(tmp_path, outcome_of(end, tmp_path))
    page = page_of(tmp_path, outcome_of(end, tmp_path, name=NASTY))
    assert page.text("bdi")[0] == NASTY
    assert page.tags == plain.tags


def test_lists_every_check_and_reason(tmp_path: Path) -> None:
    outcome = outcome_of("completed", tmp_path)
    page = page_of(tmp_path, outcome)
    cells = page.text("td")
    assert outcome.record.verdict is not None
    for check in outcome.record.verdict.checks:
        assert check.name.replace("_", " ") in page.text("th")
        assert str(check.expected) in cells
    reasons = plan_text.reasons(outcome.record)
    assert reasons
    for reason in reasons:
        assert reason.why in cells


def test_several_videos_have_distinct_ids(tmp_path: Path) -> None:
    page = page_of(tmp_path, *(outcome_of(end, tmp_path) for end in ENDS))
    assert page.tags.count("article") == len(ENDS)
    assert len(page.ids) == len(set(page.ids))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    command = [str(ffmpeg_path()), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=1"]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "ultrafast", str(path)], check=True)
    return path


def test_embeds_the_pictures(tmp_path: Path, clip: Path) -> None:
    outcome = replace(outcome_of("completed", tmp_path), original=clip, output=clip)
    page = page_of(tmp_path, outcome, outcome)
    pictures = [reference for reference in page.references if reference.startswith("data:image/jpeg;base64,")]
    assert len(pictures) == 2 * 6
    others = [reference for reference in page.references if not reference.startswith("data:")]
    assert sorted(others) == sorted(page.ids), "each slider refers to a picture; nothing is loaded from a network"


def test_reports_a_file_without_pictures(tmp_path: Path) -> None:
    page = page_of(tmp_path, outcome_of("completed", tmp_path))
    assert "img" not in page.tags
    assert any(text.startswith("No pictures: no picture of original.mov at") for text in page.text("p"))


def test_lists_the_stages_in_order(tmp_path: Path) -> None:
    page = page_of(tmp_path, outcome_of("completed", tmp_path))
    stages = [text for text in page.text("span") if text in ("submitted", "queued", "verified and delivered")]
    assert stages == ["submitted", "queued", "verified and delivered"]


def test_summarizes_the_verdict(tmp_path: Path) -> None:
    outcome = outcome_of("completed", tmp_path)
    assert "25 checks passed, none failed. Not measured: quality and sync." in page_of(tmp_path, outcome).text("p")
    verdict = outcome.record.verdict
    assert verdict is not None
    checks = [check.but(outcome="fail") if check.name in ("size", "fast_start") else check for check in verdict.checks]
    failed = outcome.record.but(verdict=verdict.but(checks=tuple(checks)))
    paragraphs = page_of(tmp_path, replace(outcome, record=failed)).text("p")
    assert "23 checks passed, 2 failed: size and fast start. Not measured: quality and sync." in paragraphs


def test_links_to_the_result(tmp_path: Path) -> None:
    result = tmp_path / "report" / "results" / "a #1 film?.mp4"
    result.parent.mkdir(parents=True)
    result.write_bytes(b"result")
    page = page_of(tmp_path, replace(outcome_of("completed", tmp_path), output=result))
    assert page.references == ["results/a%20%231%20film%3F.mp4"]


def test_a_demo_without_final_states_has_a_report(tmp_path: Path) -> None:
    assert page_of(tmp_path).text("p") == ["No video reached a final state."]


@pytest.mark.parametrize("name", ["film.mov", NASTY, "الحلقة الأولى.mp4"])
def test_a_strict_html_parser_finds_no_error(name: str, tmp_path: Path) -> None:
    parser = pytest.importorskip("tinyhtml5.parser", reason="tinyhtml5 is not installed").HTMLParser()
    path = tmp_path / "report" / "report.html"
    write_report(path, [outcome_of(end, tmp_path, name) for end in ENDS], datetime(2026, 3, 1, 12, tzinfo=UTC))
    parser.parse(path.read_text("utf-8"))
    assert parser.errors == []
    parser.parse("<!DOCTYPE html><title>x</title><p>unclosed</div>")
    assert parser.errors, "the parser reports errors"
