"""The service's EventBridge events (user guide, 'List of MediaConvert EventBridge events')."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.mediaconvert.entities import Job
from rendering import Source

DETAIL_TYPE = "MediaConvert Job State Change"
_PHASES = ("PROBING", "TRANSCODING", "UPLOADING")
#: ffprobe's codec name -> the event's; others are written in capitals.
_CODECS = {"h264": "H_264", "hevc": "H_265", "mpeg2video": "MPEG2", "mpeg4": "MPEG4"}
_CHROMA = {"420": "YUV_420", "422": "YUV_422", "444": "YUV_444"}


def job_event(job: Job, region: str, account: str, status: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    """A whole event as a rule's target receives it; `extra` goes into the detail."""
    now = datetime.now(UTC)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": DETAIL_TYPE,
        "source": "aws.mediaconvert",
        "account": account,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [job.arn],
        "detail": {
            "timestamp": int(now.timestamp() * 1000),
            "accountId": account,
            "queue": job.queue.arn,
            "jobId": job.job_id,
            "status": status,
            "userMetadata": job.user_metadata,
            **extra,
        },
    }


def input_information(uri: str, source: Source, probe: Mapping[str, Any]) -> dict[str, Any]:
    """`inputDetails` of INPUT_INFORMATION."""
    streams = {int(stream["index"]): stream for stream in probe.get("streams", [])}
    details: dict[str, Any] = {"id": 1, "uri": uri, "audio": [], "video": []}
    for track in source.audio:
        details["audio"].append(
            {
                "channels": track.channels,
                "codec": _codec(track.codec),
                "language": (track.language or "und").upper(),
                "sampleRate": track.sample_rate,
                "streamId": track.index + 1,
            }
        )
    if source.video is not None:
        video = source.video
        details["video"].append(
            {
                "bitDepth": 10 if "10" in video.pixel_format.split("p")[-1] else 8,
                "codec": _codec(video.codec),
                "colorFormat": next(
                    (name for key, name in _CHROMA.items() if key in video.pixel_format), "UNSPECIFIED"
                ),
                "fourCC": streams[video.index].get("codec_tag_string", ""),
                "frameRate": round(float(video.frame_rate), 3),
                "height": video.height,
                "interlaceMode": "INTERLACED" if video.interlaced else "PROGRESSIVE",
                "sar": f"{video.sample_aspect.numerator}:{video.sample_aspect.denominator}",
                "standard": "UNSPECIFIED",
                "streamId": video.index + 1,
                "width": video.width,
            }
        )
    return {"inputDetails": [details]}


def status_update(phase: str, phase_percent: float, job_percent: int, frames: int) -> dict[str, Any]:
    """`jobProgress` of STATUS_UPDATE."""
    reached = _PHASES.index(phase)
    progress = {}
    for index, name in enumerate(_PHASES):
        if index < reached:
            progress[name] = {"status": "COMPLETE", "percentComplete": 100}
        elif index == reached:
            progress[name] = {"status": "PROGRESSING", "percentComplete": int(phase_percent)}
        else:
            progress[name] = {"status": "PENDING", "percentComplete": 0}
    return {
        "framesDecoded": frames,
        "jobProgress": {
            "phaseProgress": progress,
            "jobPercentComplete": job_percent,
            "currentPhase": phase,
            "retryCount": 0,
        },
    }


def _codec(name: str) -> str:
    return _CODECS.get(name, name.upper())
