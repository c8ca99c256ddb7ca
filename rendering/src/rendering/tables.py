"""The versioned data tables of this package."""

from __future__ import annotations

import itertools
import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table `data/<name>.json`."""
    loaded: dict[str, Any] = json.loads(files("rendering").joinpath("data", f"{name}.json").read_text("utf-8"))
    return loaded


def crf_for(level: float) -> float:
    """Return x264's CRF for a QVBR quality level of 1 to 10; thirds are interpolated linearly."""
    points: dict[str, float] = table("qvbr_x264")["crf_by_level"]
    lower = min(int(level), 9)
    below, above = points[str(lower)], points[str(lower + 1)]
    return round(below + (above - below) * (level - lower), 2)


def level_for(crf: float) -> float:
    """Return the quality level of a CRF: the inverse of `crf_for`, limited to 1 to 10."""
    points = sorted((float(value), float(key)) for key, value in table("qvbr_x264")["crf_by_level"].items())
    if crf <= points[0][0]:
        return points[0][1]
    for (low_crf, high_level), (high_crf, low_level) in itertools.pairwise(points):
        if crf <= high_crf:
            share = (crf - low_crf) / (high_crf - low_crf)
            return round(high_level + (low_level - high_level) * share, 2)
    return points[-1][1]
