"""Reports of every kind, as files for the validator and the browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.e2e.videos import make_video
from tests.unit.vcpctl.demo.outcomes import ENDS, NASTY, outcome_of
from vcpctl.demo.outcome import Outcome
from vcpctl.demo.report import write_report

LONG = "A_name_without_any_space_" * 9 + ".final.mov"
RIGHT_TO_LEFT = "الحلقة الأولى – النسخة النهائية (2).mp4"
NAMES = {"long": LONG, "right-to-left": RIGHT_TO_LEFT, "hostile": NASTY, "emoji": "🎬 Tést film (v2) – 日本.mp4"}


def write_pages(folder: Path) -> dict[str, Path]:
    """Write a page for each final state, each kind of name, several videos, and none; return them by name."""
    clip = make_video(folder / "clip.mp4", seconds=2, size="640x360", languages=("eng",))
    outcomes = {end.replace(" ", "-"): [_outcome(end, folder, clip)] for end in ENDS}
    for kind, name in NAMES.items():
        outcomes[kind] = [_outcome("completed", folder, clip, name), _outcome("rejected", folder, clip, name)]
    outcomes["several"] = [_outcome(end, folder, clip) for end in ENDS]
    outcomes["none"] = []
    pages = {}
    for kind, shown in outcomes.items():
        pages[kind] = folder / f"{kind}.html"
        write_report(pages[kind], shown, datetime(2026, 3, 1, 12, tzinfo=UTC))
    return pages


def _outcome(end: str, folder: Path, clip: Path, name: str = "Episode 12.mov") -> Outcome:
    outcome = outcome_of(end, folder, name)
    return replace(outcome, original=clip, output=clip if outcome.output else None)
