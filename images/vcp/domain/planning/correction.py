"""What a failed verdict changes in the second and last plan."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from vcp.domain.planning.plan import Plan
from vcp.domain.value import Value

#: Reduction beyond the measured overshoot: a second miss would cost the video.
_EXTRA_REDUCTION = 0.03
#: A result this close to its planned maximum missed the quality because of its bit rate, not because of its level.
_LIMITED_BY_BITRATE = 0.9


class Correction(Value):
    """What failed in the first result, and its measured size."""

    failed: Literal["size", "quality"]
    measured_bytes: Annotated[int, Meta(gt=0)]

    def video_budget_factor(self, first: Plan) -> float:
        """Return the factor on the first plan's video bytes; 1 unless the result was too large."""
        if self.failed != "size":
            return 1.0
        other_bytes = first.planned_max_bytes - first.budget.video_bytes
        measured_video = max(self.measured_bytes - other_bytes, 1)
        return min(1.0, first.budget.video_bytes / measured_video) * (1 - _EXTRA_REDUCTION)

    def quality_level_step(self, first: Plan) -> int:
        """Return by how many QVBR levels to go up; 0 if the bit rate, and not the level, limited the quality."""
        limited_by_bitrate = self.measured_bytes >= first.planned_max_bytes * _LIMITED_BY_BITRATE
        return 0 if self.failed != "quality" or limited_by_bitrate else 1
