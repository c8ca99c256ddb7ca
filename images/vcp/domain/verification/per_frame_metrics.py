"""MediaConvert's per-frame metrics: a CSV beside the output, a line a frame, then average, minimum and maximum.

User guide, "Per-frame metrics". How the last lines are spelt there was not confirmed on AWS: they are found by their
first word, and computed from the frames where they are missing.
"""

from __future__ import annotations

import csv
from typing import NamedTuple

_AVERAGE = ("average", "avg", "mean")
_LEAST = ("min", "minimum")
_MOST = ("max", "maximum")


class MetricSummary(NamedTuple):
    """One metric over all frames, in the metric's own unit."""

    mean: float
    minimum: float
    maximum: float


def summary_of(text: str) -> MetricSummary | None:
    """The summary of one metric's CSV; None when it holds no number: nothing was measured."""
    frames: list[float] = []
    told: dict[str, float] = {}
    for cells in csv.reader(text.splitlines()):
        value = _number(cells[-1]) if len(cells) >= 2 else None
        if value is None:
            continue
        label = cells[0].strip().lower().rstrip(":")
        if _number(label) is not None:
            frames.append(value)
        else:
            told[label] = value
    if not frames and not told:
        return None
    mean, least, most = _told(told, _AVERAGE), _told(told, _LEAST), _told(told, _MOST)
    if frames:
        mean = sum(frames) / len(frames) if mean is None else mean
        least = min(frames) if least is None else least
        most = max(frames) if most is None else most
    if mean is None or least is None or most is None:
        return None
    return MetricSummary(mean, least, most)


def _told(told: dict[str, float], names: tuple[str, ...]) -> float | None:
    return next((told[name] for name in names if name in told), None)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
