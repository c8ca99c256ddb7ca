"""Parse MediaConvert's per-frame metrics: a CSV with a line per frame, then average, minimum and maximum.

User guide, "Per-frame metrics". The exact spelling of the summary lines is not confirmed on AWS: they are found by
their first word, and computed from the frames if they are missing.
"""

from __future__ import annotations

import csv
from typing import NamedTuple

_AVERAGE = ("average", "avg", "mean")
_MINIMUM = ("min", "minimum")
_MAXIMUM = ("max", "maximum")


class MetricSummary(NamedTuple):
    """One metric over all frames, in its own unit."""

    mean: float
    minimum: float
    maximum: float


def summary_of(text: str) -> MetricSummary | None:
    """Return the summary of one metric's CSV; None if nothing was measured."""
    frames: list[float] = []
    summary: dict[str, float] = {}
    for cells in csv.reader(text.splitlines()):
        value = _number(cells[-1]) if len(cells) >= 2 else None
        if value is None:
            continue
        label = cells[0].strip().lower().rstrip(":")
        if _number(label) is not None:
            frames.append(value)
        else:
            summary[label] = value
    mean, minimum, maximum = (_first(summary, labels) for labels in (_AVERAGE, _MINIMUM, _MAXIMUM))
    if frames:
        mean = sum(frames) / len(frames) if mean is None else mean
        minimum = min(frames) if minimum is None else minimum
        maximum = max(frames) if maximum is None else maximum
    if mean is None or minimum is None or maximum is None:
        return None
    return MetricSummary(mean, minimum, maximum)


def _first(summary: dict[str, float], labels: tuple[str, ...]) -> float | None:
    return next((summary[label] for label in labels if label in summary), None)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
