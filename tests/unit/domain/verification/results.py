"""Results as a faithful encoder makes them, and their verdicts."""

from __future__ import annotations

from typing import Any

from tests.unit.domain.samples import TABLES, film, limited, sound
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import AudioTrack, MediaFacts
from vcp.domain.planning.plan import AudioPlan, Plan
from vcp.domain.planning.planner import plan
from vcp.domain.verification.measurements import Measurements
from vcp.domain.verification.verdict import Verdict
from vcp.domain.verification.verify import verify

CONTRACT = limited(75_000_000, quality_floor_vmaf=90)
TRACKS = (sound(1, language="eng"), sound(2, channels=6, language="fre"))
SOURCE = film(1920, 1080, seconds=60.0, tracks=TRACKS, bitrate_bps=20_000_000)


def result_of(planned: Plan, source: MediaFacts) -> MediaFacts:
    """Return the file that a faithful encoder makes from a plan."""
    video = planned.video
    seconds = source.duration_seconds if video.pad_with_black else source.picture.duration_seconds
    changes = {
        "codec": "h264", "profile": "High", "pixel_format": "yuv420p", "width": video.width, "height": video.height,
        "rotation": 0, "sample_aspect_ratio": "1:1", "field_order": "progressive", "variable_frame_rate": False,
        "frame_rate": video.frame_rate or source.picture.frame_rate, "color_transfer": "bt709",
        "color_primaries": "bt709", "duration_seconds": seconds, "start_seconds": 0.0, "full_range": False,
    }  # fmt: skip
    audio = tuple(_faithful(source.audio[index], made, source) for index, made in enumerate(planned.audio))
    return MediaFacts(
        container="mov,mp4,m4a,3gp,3g2,mj2",
        major_brand="isom",
        duration_seconds=source.duration_seconds,
        video=(source.picture.but(**changes),),
        audio=audio,
    )


def _faithful(track: AudioTrack, made: AudioPlan, source: MediaFacts) -> AudioTrack:
    offset = (track.start_seconds or 0.0) - (source.picture.start_seconds or 0.0)
    start = max(0.0, offset) if track.start_seconds is not None else None
    return track.but(codec="aac", channels=made.channels, language=made.language, start_seconds=start)


def judged(
    source: MediaFacts = SOURCE, contract: Contract = CONTRACT, measures: dict[str, Any] | None = None, **of_file: Any
) -> Verdict:
    planned = plan(source, 150_000_000, contract, TABLES)
    facts = result_of(planned, source).but(**of_file)
    given: dict[str, Any] = {
        "facts": facts, "size_bytes": 60_000_000, "fast_start": True, "vmaf_mean": 95.0, "vmaf_min": 80.0,
        "sync_ms": 4.0, **(measures or {}),
    }  # fmt: skip
    return verify(planned, source, Measurements(**given), contract)


def with_picture(**changes: Any) -> Verdict:
    facts = result_of(plan(SOURCE, 150_000_000, CONTRACT, TABLES), SOURCE)
    return judged(video=(facts.picture.but(**changes),))


def with_sound(*changes: dict[str, Any]) -> Verdict:
    facts = result_of(plan(SOURCE, 150_000_000, CONTRACT, TABLES), SOURCE)
    tracks = [track.but(**change) for track, change in zip(facts.audio, changes, strict=True)]
    return judged(audio=tuple(tracks))


def failures(verdict: Verdict) -> set[str]:
    return {check.name for check in verdict.failures}
