"""The page a person reads after the demo: before and after, plan, verdict, sizes, times, row and mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from vcp.domain.reporting import plan_text
from vcp.domain.text import wording
from vcp.domain.video.states import State
from vcpctl.demo.frames import Moment, moments
from vcpctl.demo.outcome import Outcome

#: Ledger times worth a line, with the words for them, in the order of the way.
_STAGES = (
    ("submitted", "submitted"),
    ("queued", "queued"),
    ("transferring", "transfer begun"),
    ("planned", "source probed, plan made"),
    ("stored", "copied and proven byte for byte"),
    ("transcoding", "handed to MediaConvert"),
    ("verifying", "result there, proof begun"),
    ("completed", "proven and delivered"),
    ("skipped", "left alone"),
    ("rejected", "refused"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
    ("waiting", "waiting"),
)


#: What a check can come to.
_OUTCOMES = ("pass", "fail", "not_measurable")


@dataclass(frozen=True)
class Stage:
    words: str
    seconds: float


@dataclass(frozen=True)
class Chapter:
    """One video as the template needs it."""

    outcome: Outcome
    moments: list[Moment]
    #: Why there are none although there is a result.
    no_moments: str
    stages: list[Stage]
    #: Where the result is from the report, as a relative address; empty where it lies elsewhere, or there is none.
    result_link: str

    @property
    def mood(self) -> str:
        """Which colour its end has."""
        state = self.outcome.record.state
        return "good" if state in (State.COMPLETED, State.SKIPPED) else "warn" if state is State.REJECTED else "bad"

    @property
    def picture_share(self) -> float:
        """Width over height of the result as it is shown."""
        assert self.outcome.record.result is not None
        picture = self.outcome.record.result.facts.picture
        return picture.display_width / picture.display_height

    @property
    def verdict_in_words(self) -> str:
        """`26 checks passed, none failed. Not measured: sync.`"""
        assert self.outcome.record.verdict is not None
        checks = self.outcome.record.verdict.checks
        by_outcome = {kind: [c.name.replace("_", " ") for c in checks if c.outcome == kind] for kind in _OUTCOMES}
        passed, failed, unknown = (by_outcome[kind] for kind in _OUTCOMES)
        told = f"{len(passed)} {'check' if len(passed) == 1 else 'checks'} passed, "
        told += f"{len(failed)} failed: {wording.listing(failed)}." if failed else "none failed."
        return told + (f" Not measured: {wording.listing(unknown)}." if unknown else "")


def write_report(path: Path, outcomes: list[Outcome], made_at: datetime) -> None:
    """One self-contained HTML file; opens without a network."""
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
    why_none = ""
    if outcome.output is not None and outcome.record.result is not None:
        try:
            pictures = moments(outcome.original, outcome.output, outcome.record.result.facts.duration_seconds)
        except RuntimeError as error:
            why_none = str(error)
    return Chapter(outcome, pictures, why_none, _stages(outcome), _link(outcome.output, folder))


def _link(output: Path | None, folder: Path) -> str:
    if output is None or not output.is_relative_to(folder):
        return ""
    return quote(str(output.relative_to(folder)))


def _stages(outcome: Outcome) -> list[Stage]:
    times = outcome.record.times
    start = min(times.values())
    known = sorted((times[key], order, words) for order, (key, words) in enumerate(_STAGES) if key in times)
    return [Stage(words, (at - start).total_seconds()) for at, _, words in known]
