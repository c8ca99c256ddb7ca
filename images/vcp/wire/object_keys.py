"""Object keys in the two buckets. Every key carries the video id and the attempt, so namesakes never collide."""

from __future__ import annotations

#: temp bucket: what came from Drive.
INCOMING_PREFIX = "incoming/"
#: temp bucket: what MediaConvert wrote, not yet proven.
STAGING_PREFIX = "staging/"
#: compressed bucket: proven results, each with its receipt beside it.
VIDEOS_PREFIX = "videos/"


def incoming_start(video_id: str, attempt: int) -> str:
    """What the keys of an attempt's copy from Drive begin with."""
    return f"{INCOMING_PREFIX}{video_id}/{attempt:04d}/"


def incoming_key(video_id: str, attempt: int, extension: str) -> str:
    """`extension` without the dot, lower case; MediaConvert looks at it."""
    return f"{incoming_start(video_id, attempt)}source.{extension}"


def staging_start(video_id: str, attempt: int) -> str:
    """What the keys of an attempt's outputs begin with, whatever their plan's revision."""
    return f"{STAGING_PREFIX}{video_id}/{attempt:04d}-"


def staging_base(video_id: str, attempt: int, revision: int) -> str:
    """MediaConvert's Destination without the extension: it adds `.mp4` and, for metrics, `_VMAF.csv`."""
    return f"{staging_start(video_id, attempt)}{revision}/video"


def result_key(video_id: str, attempt: int) -> str:
    return f"{VIDEOS_PREFIX}{video_id}/{attempt:04d}/video.mp4"


def receipt_key(video_id: str, attempt: int) -> str:
    return f"{VIDEOS_PREFIX}{video_id}/{attempt:04d}/receipt.json"
