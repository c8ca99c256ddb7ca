"""The measurements of a result."""

from __future__ import annotations

from vcp.domain.model.media import MediaFacts
from vcp.domain.value import Value


class Measurements(Value):
    """None means not measurable, which the verdict reports."""

    facts: MediaFacts
    size_bytes: int
    #: Whether the index (moov) precedes the media data (mdat), so that playback starts before the download ends.
    fast_start: bool | None = None
    vmaf_mean: float | None = None
    vmaf_min: float | None = None
    #: Maximum shift of audio against video from source to result, over all tracks and windows.
    sync_ms: float | None = None
    sync_unmeasured_reason: str | None = None
