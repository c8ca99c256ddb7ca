"""What a failed verdict teaches the second and last plan."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from vcp.domain.planning.plan import Plan
from vcp.domain.value import Value
from vcp.domain.verification.verdict import PLANNED_SIZE, QUALITY, SIZE

#: What a tighter budget can mend.
_TOO_LARGE = frozenset({SIZE, PLANNED_SIZE})
#: Taken off beyond the measured overshoot: a second miss would cost the video.
_EXTRA = 0.03
#: A quality that was missed by a result this close to its bound was the budget's fault, not the level's.
_BOUND_BY_BUDGET = 0.9


class Correction(Value):
    """The measured size of the first result, and the names of the checks that failed."""

    measured_bytes: Annotated[int, Meta(gt=0)]
    failed_checks: Annotated[tuple[str, ...], Meta(min_length=1)]

    @property
    def may_help(self) -> bool:
        """Whether another plan can mend all that failed: too many bytes, or too little quality, but not both."""
        failed = frozenset(self.failed_checks)
        return failed <= _TOO_LARGE or failed == {QUALITY}

    def budget_factor(self, first: Plan) -> float:
        """What the picture's share of the first plan is multiplied by: 1 unless the result was too large."""
        if not _TOO_LARGE & frozenset(self.failed_checks):
            return 1.0
        around = first.planned_max_bytes - first.budget.video_bytes
        measured_video = max(self.measured_bytes - around, 1)
        return min(1.0, first.budget.video_bytes / measured_video) * (1 - _EXTRA)

    def level_step(self, first: Plan) -> int:
        """How many QVBR levels to go up; 0 where the bytes, and not the level, held the quality down."""
        bound = self.measured_bytes >= first.planned_max_bytes * _BOUND_BY_BUDGET
        return 0 if QUALITY not in self.failed_checks or bound else 1
