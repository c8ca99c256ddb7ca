"""Object keys in the two buckets. Every key contains video id and attempt, so equal file names never collide."""

from __future__ import annotations

#: temp bucket: copies of sources from Drive.
INCOMING_PREFIX = "incoming/"
#: temp bucket: outputs of MediaConvert, not yet verified.
STAGING_PREFIX = "staging/"
#: compressed bucket: verified results, each with its receipt.
VIDEOS_PREFIX = "videos/"


def incoming_start(video_id: str, attempt: int) -> str:
    """Return the key prefix of an attempt's source."""
    return f"{INCOMING_PREFIX}{video_id}/{attempt:04d}/"


def incoming_key(video_id: str, attempt: int, extension: str) -> str:
    """`extension`: lower case, without the dot; MediaConvert reads it."""
    return f"{incoming_start(video_id, attempt)}source.{extension}"


def staging_start(video_id: str, attempt: int) -> str:
    """Return the key prefix of an attempt's outputs, of every revision of the plan."""
    return f"{STAGING_PREFIX}{video_id}/{attempt:04d}-"


def staging_base(video_id: str, attempt: int, revision: int) -> str:
    """Return MediaConvert's Destination, to which it adds `.mp4` and `_VMAF.csv`."""
    return f"{staging_start(video_id, attempt)}{revision}/video"


def result_key(video_id: str, attempt: int) -> str:
    return f"{VIDEOS_PREFIX}{video_id}/{attempt:04d}/video.mp4"


def receipt_key(video_id: str, attempt: int) -> str:
    return f"{VIDEOS_PREFIX}{video_id}/{attempt:04d}/receipt.json"
