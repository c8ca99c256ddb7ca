"""What was measured of a result, before it is held against the plan."""

from __future__ import annotations

from vcp.domain.model.media import MediaFacts
from vcp.domain.value import Value


class Measurements(Value):
    """None means that it could not be measured; the verdict then says so and never passes it in silence."""

    facts: MediaFacts
    size_bytes: int
    #: Whether the index (moov) stands before the pictures (mdat), so that playback starts before the end is there.
    fast_start: bool | None = None
    vmaf_mean: float | None = None
    vmaf_min: float | None = None
    #: Greatest shift of sound against picture, source to result, over all tracks and windows.
    sync_ms: float | None = None
    sync_why_not: str | None = None
