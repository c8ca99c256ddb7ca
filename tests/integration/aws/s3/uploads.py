"""Multipart uploads for tests."""

from __future__ import annotations

from vcp.adapters.aws.s3.objects import S3Objects

MIB = 1024**2


PART_BYTES = 5 * MIB


def pieces(content: bytes) -> list[tuple[int, bytes]]:
    starts = range(0, len(content), PART_BYTES)
    return [(number, content[start : start + PART_BYTES]) for number, start in enumerate(starts, start=1)]


def upload(objects: S3Objects, key: str, content: bytes) -> None:
    upload_id = objects.start_upload(key, "video/mp4", {})
    parts = [objects.put_part(key, upload_id, number, data) for number, data in pieces(content)]
    objects.complete_upload(key, upload_id, parts, len(content))
