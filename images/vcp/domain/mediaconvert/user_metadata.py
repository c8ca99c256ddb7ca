"""The metadata of a MediaConvert job, which its events return."""

from __future__ import annotations

from datetime import UTC

from vcp.domain.mediaconvert.metadata_text import metadata_safe
from vcp.domain.video.record import VideoRecord

#: Keys of UserMetadata. The pipeline reads the first four; the others are for people, as in the legacy system.
VIDEO_ID = "VideoId"
ATTEMPT = "Attempt"
REVISION = "Revision"
STACK = "Stack"
FILE_NAME = "OriginalFileName"
SIZE = "OriginalSize"
UPLOADER = "Uploader"
STARTED = "ProcessingStartTime"


def user_metadata(record: VideoRecord, stack: str, revision: int) -> dict[str, str]:
    """Return the job's UserMetadata, every value within the service's character set and length."""
    started = record.times.get("queued", record.created_at).astimezone(UTC)
    pairs = {
        VIDEO_ID: record.video_id,
        ATTEMPT: str(record.attempt),
        REVISION: str(revision),
        STACK: stack,
        FILE_NAME: record.source.name,
        SIZE: str(record.source.size_bytes) if record.source.size_bytes is not None else "unknown",
        UPLOADER: record.source.uploader,
        STARTED: started.isoformat(timespec="seconds"),
    }
    return {key: metadata_safe(value) for key, value in pairs.items()}
