"""What travels with a MediaConvert job and comes back with its events."""

from __future__ import annotations

from datetime import UTC

from vcp.domain.metadata_text import metadata_safe
from vcp.domain.record import VideoRecord
from vcp.interface import messages


def user_metadata(record: VideoRecord, stack: str, revision: int) -> dict[str, str]:
    """The seed system's four pairs and ours, every value inside the service's character set and length.

    Only `VideoId`, `Attempt`, `Revision` and `Stack` are relied upon; the rest is for people who look at jobs.
    """
    started = record.times.get("queued", record.created_at).astimezone(UTC)
    pairs = {
        messages.METADATA_VIDEO_ID: record.video_id,
        messages.METADATA_ATTEMPT: str(record.attempt),
        messages.METADATA_REVISION: str(revision),
        messages.METADATA_STACK: stack,
        messages.METADATA_FILE_NAME: record.source.name,
        messages.METADATA_SIZE: str(record.source.size_bytes) if record.source.size_bytes is not None else "unknown",
        messages.METADATA_UPLOADER: record.source.uploader,
        messages.METADATA_STARTED: started.isoformat(timespec="seconds"),
    }
    return {key: metadata_safe(value) for key, value in pairs.items()}
