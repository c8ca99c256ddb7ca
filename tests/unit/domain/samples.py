"""Sample files and records: from recorded ffprobe output, or synthetic where a recording would be hours long."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vcp.adapters.encoder_tables import load_tables
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import AudioTrack, CaptionTrack, MediaFacts, VideoTrack
from vcp.domain.source.ffprobe import media_facts
from vcp.domain.video.record import Job, Result, SourceFile, StoredSource, VideoRecord
from vcp.domain.video.states import State

PROBES = Path(__file__).parents[2] / "data" / "probe"
TABLES = load_tables()
MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def recorded(name: str) -> MediaFacts:
    """Return the properties of a file in tests/data/probe."""
    return media_facts(json.loads((PROBES / f"{name}.json").read_text("utf-8")))


def picture(width: int = 1920, height: int = 1080, seconds: float = 60.0, **changes: Any) -> VideoTrack:
    given = {
        "index": 0,
        "codec": "h264",
        "pixel_format": "yuv420p",
        "bit_depth": 8,
        "width": width,
        "height": height,
        "frame_rate": "30/1",
        "field_order": "progressive",
        "duration_seconds": seconds,
        "start_seconds": 0.0,
        **changes,
    }
    return VideoTrack(**given)


def sound(number: int = 1, channels: int = 2, seconds: float = 60.0, **changes: Any) -> AudioTrack:
    given = {
        "index": number,
        "number": number,
        "codec": "aac",
        "channels": channels,
        "sample_rate_hz": 48000,
        "duration_seconds": seconds,
        "start_seconds": 0.0,
        **changes,
    }
    return AudioTrack(**given)


def film(
    width: int = 1920, height: int = 1080, seconds: float = 60.0, tracks: tuple[AudioTrack, ...] | None = None,
    **of_picture: Any,
) -> MediaFacts:  # fmt: skip
    """Return an MP4 with one video track and, by default, one stereo track of the same duration."""
    return MediaFacts(
        container=MP4,
        major_brand="isom",
        duration_seconds=seconds,
        video=(picture(width, height, seconds, **of_picture),),
        audio=(sound(seconds=seconds),) if tracks is None else tracks,
    )


def limited(limit_bytes: int, **changes: Any) -> Contract:
    return Contract(limit_bytes=limit_bytes, compress_above_bytes=min(limit_bytes, 1_000_000), **changes)


def record(state: State = State.QUEUED, **changes: Any) -> VideoRecord:
    """Return the record of a 150 MB video that was queued at noon."""
    source = SourceFile(
        file_id="1AbCdEfGhIjKlMnOp",
        name="Interview – Größe.mov",
        size_bytes=150_000_000,
        mime_type="video/quicktime",
        md5="0123456789abcdef0123456789abcdef",
        web_url="https://drive.google.com/file/d/1AbCdEfGhIjKlMnOp/view",
        uploader="studio@example.com",
        created_at=NOON - timedelta(hours=1),
    )
    given: dict[str, Any] = {
        "video_id": "1AbCdEfGhIjKlMnOp-0123456789abcdef0123456789abcdef",
        "state": state,
        "source": source,
        "contract": limited(75_000_000),
        "created_at": NOON,
        "updated_at": NOON,
        "times": {"queued": NOON},
        **changes,
    }
    return VideoRecord(**given)


def delivered(**changes: Any) -> VideoRecord:
    """Return the record of the same video, completed 300.5 seconds later."""
    facts = recorded("two_languages.mp4")
    stored = StoredSource(key="incoming/x/0001/source.mov", size_bytes=150_000_000, crc64nvme="c", md5="m")
    result = Result(
        key="videos/x/0001/video.mp4",
        size_bytes=60_000_000,
        crc64nvme="d",
        receipt_key="videos/x/0001/receipt.json",
        facts=facts,
        vmaf_mean=95.2,
    )
    times = {
        "queued": NOON,
        "transferring": NOON + timedelta(seconds=1),
        "transcoding": NOON + timedelta(seconds=61),
        "verifying": NOON + timedelta(seconds=290),
        "completed": NOON + timedelta(seconds=300.5),
    }
    job = Job(job_id="1700000000000-abcdef", submitted_at=NOON)
    given = {"stored": stored, "result": result, "source_facts": facts, "times": times, "job": job, **changes}
    return record(State.COMPLETED, **given)


def lossy() -> MediaFacts:
    """Return a file with everything that a result cannot have."""
    tracks = (
        sound(1, language="pt-BR", title="Direção"),
        sound(2, channels=4, channel_layout="quad", language="x-klingon"),
        sound(3, channels=8, codec="pcm_s24le", sample_rate_hz=96_000),
        sound(4, channels=1, sample_rate_hz=None, language="ger"),
    )
    captions = (CaptionTrack(index=9, codec="subrip", language="eng"), CaptionTrack(index=10, codec="eia_608"))
    facts = film(
        tracks=tracks,
        color_transfer="arib-std-b67",
        color_primaries="bt2020",
        full_range=True,
        rotation=90,
        field_order="interlaced",
        sample_aspect_ratio="4:3",
        frame_rate="120000/1001",
        bitrate_bps=40_000_000,
    )
    video = (*facts.video, facts.picture)
    return facts.but(captions=captions, timecode="10:00:00:00", attached_pictures=1, video=video)
