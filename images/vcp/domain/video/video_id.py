"""The identity of a video: a Drive file in one version of its content."""

from __future__ import annotations


def video_id(file_id: str, md5: str | None, head_revision_id: str | None) -> str:
    """Return `<fileId>-<md5>`, `<fileId>-r<headRevisionId>` without an MD5, or `<fileId>-none` with neither.

    The same content always has the same id; a new version of a file is a new video. `none` is for files whose version
    Drive does not report (not found, folders, Google documents): all of them are rejected.
    """
    if md5:
        return f"{file_id}-{md5.lower()}"
    if head_revision_id:
        return f"{file_id}-r{head_revision_id}"
    return f"{file_id}-none"
