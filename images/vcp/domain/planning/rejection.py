"""The planner's rejections: codes and numbers. `vcp.domain.reporting.plan_text` puts them into words."""

from __future__ import annotations

from typing import Literal

from vcp.domain.errors import Rejection

Code = Literal[
    "no_video",
    "picture_too_small",
    "picture_too_wide",
    "audio_layout_not_supported",
    "too_long_for_limit",
    "quality_not_reachable",
]


class PlanRejection(Rejection):
    """A video without a plan that meets its contract. Its `sentence` is empty; `plan_text.sentence` has it."""

    def __init__(self, code: Code, **numbers: float | str | None) -> None:
        super().__init__(code, "", ", ".join(f"{name}={number}" for name, number in numbers.items()))
        self.numbers = numbers
