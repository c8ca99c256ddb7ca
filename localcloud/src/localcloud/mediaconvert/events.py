"""The service's EventBridge events (user guide, 'List of MediaConvert EventBridge events')."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.context import CloudContext
from localcloud.mediaconvert.entities import Job
from localcloud.mediaconvert.faults import PHASES, Faults
from localcloud.mediaconvert.models import MediaConvertBackend
from rendering import Source

_log = logging.getLogger(__name__)

#: ffprobe's codec name -> the event's; others are written in capitals.
_CODECS = {"h264": "H_264", "hevc": "H_265", "mpeg2video": "MPEG2", "mpeg4": "MPEG4"}
_CHROMA = {"420": "YUV_420", "422": "YUV_422", "444": "YUV_444"}


class EventSender:
    """Put events of jobs on the account's default bus, as often as the faults say."""

    def __init__(self, context: CloudContext, faults: Faults) -> None:
        self._context = context
        self._faults = faults

    def send(self, backend: MediaConvertBackend, job: Job, status: str, extra: Mapping[str, Any]) -> None:
        """Send the event of a status; `extra` goes into its detail. A failing bus does not fail the job."""
        emit = self._context.emit_event
        copies = self._faults.copies_of(status) if emit is not None else 0
        self._context.activity.record("mediaconvert", status, jobId=job.job_id, copies=copies)
        event = {
            "id": str(uuid.uuid4()),
            "source": "aws.mediaconvert",
            "detail-type": "MediaConvert Job State Change",
            "account": backend.account_id,
            "region": backend.region_name,
            "resources": [job.arn],
            "detail": {
                "timestamp": int(datetime.now(UTC).timestamp() * 1000),
                "accountId": backend.account_id,
                "queue": job.queue.arn,
                "jobId": job.job_id,
                "status": status,
                "userMetadata": job.user_metadata,
                **extra,
            },
        }
        for _ in range(copies):
            try:
                if emit is not None:
                    emit(event)
            except Exception:  # noqa: BLE001 - the edge to the event bus
                _log.exception("the event %s of job %s was not accepted", status, job.job_id)


def input_information(uri: str, source: Source, probe: Mapping[str, Any]) -> dict[str, Any]:
    """Return `inputDetails` of INPUT_INFORMATION."""
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
    """Return `jobProgress` of STATUS_UPDATE."""
    reached = PHASES.index(phase)
    progress = {name: {"status": "COMPLETE", "percentComplete": 100} for name in PHASES[:reached]}
    progress |= {name: {"status": "PENDING", "percentComplete": 0} for name in PHASES[reached:]}
    progress[phase] = {"status": "PROGRESSING", "percentComplete": int(phase_percent)}
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
