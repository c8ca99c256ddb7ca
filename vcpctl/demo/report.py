"""The HTML report of the demo: pictures before and after, plan, verdict, sizes, times, row and mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from vcp.domain.model.languages import language_name, read_language
from vcp.domain.reporting import plan_text
from vcp.domain.text import wording
from vcp.domain.video.states import State
from vcpctl.demo.frames import Moment, moments
from vcpctl.demo.outcome import Outcome

#: Keys of the record's times with their labels, in the order in which a video passes them.
_STAGES = (
    ("submitted", "submitted"),
    ("queued", "queued"),
    ("transferring", "transfer started"),
    ("planned", "source probed, plan ready"),
    ("stored", "copied and verified byte for byte"),
    ("transcoding", "submitted to MediaConvert"),
    ("verifying", "encoded, verification started"),
    ("completed", "verified and delivered"),
    ("skipped", "skipped"),
    ("rejected", "rejected"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
    ("waiting", "waiting"),
)
_CHECK_OUTCOMES = ("pass", "fail", "not_measurable")


@dataclass(frozen=True)
class Stage:
    label: str
    seconds: float


@dataclass(frozen=True)
class Chapter:
    """One video, as the template needs it."""

    outcome: Outcome
    moments: list[Moment]
    #: Why there are no pictures although there is a result.
    no_moments: str
    stages: list[Stage]
    #: The result's address relative to the report; empty if there is none, or outside of the report's folder.
    result_link: str

    @property
    def mood(self) -> str:
        """The CSS class of its status."""
        state = self.outcome.record.state
        return "good" if state in (State.COMPLETED, State.SKIPPED) else "warn" if state is State.REJECTED else "bad"

    @property
    def aspect_ratio(self) -> float:
        """Width over height of the result as displayed."""
        assert self.outcome.record.result is not None
        picture = self.outcome.record.result.facts.picture
        return picture.display_width / picture.display_height

    @property
    def audio_languages(self) -> str:
        """`English and German`."""
        assert self.outcome.record.result is not None
        tracks = self.outcome.record.result.facts.audio
        return wording.listing([language_name(read_language(track.language).code) for track in tracks])

    @property
    def verdict_summary(self) -> str:
        """`26 checks passed, none failed. Not measured: sync.`"""
        assert self.outcome.record.verdict is not None
        checks = self.outcome.record.verdict.checks
        names = {kind: [c.label for c in checks if c.outcome == kind] for kind in _CHECK_OUTCOMES}
        passed, failed, unknown = (names[kind] for kind in _CHECK_OUTCOMES)
        summary = f"{len(passed)} {'check' if len(passed) == 1 else 'checks'} passed, "
        summary += f"{len(failed)} failed: {wording.listing(failed)}." if failed else "none failed."
        return summary + (f" Not measured: {wording.listing(unknown)}." if unknown else "")


def write_report(path: Path, outcomes: list[Outcome], made_at: datetime) -> None:
    """Write one self-contained HTML file."""
    environment = Environment(
        loader=PackageLoader("vcpctl.demo"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(
        size=wording.size, seconds=wording.duration, plan_reasons=plan_text.reasons, plan_losses=plan_text.losses
    )
    page = environment.get_template("report.html.j2").render(
        chapters=[_chapter(outcome, path.parent) for outcome in outcomes], made_at=made_at
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, "utf-8")


def _chapter(outcome: Outcome, folder: Path) -> Chapter:
    pictures: list[Moment] = []
    no_pictures = ""
    if outcome.output is not None and outcome.record.result is not None:
        try:
            pictures = moments(outcome.original, outcome.output, outcome.record.result.facts.duration_seconds)
        except RuntimeError as error:
            no_pictures = str(error)
    return Chapter(outcome, pictures, no_pictures, _stages(outcome), _link(outcome.output, folder))


def _link(output: Path | None, folder: Path) -> str:
    if output is None or not output.is_relative_to(folder):
        return ""
    return quote(str(output.relative_to(folder)))


def _stages(outcome: Outcome) -> list[Stage]:
    times = outcome.record.times
    start = min(times.values())
    known = sorted((times[key], order, label) for order, (key, label) in enumerate(_STAGES) if key in times)
    return [Stage(label, (at - start).total_seconds()) for at, _, label in known]
