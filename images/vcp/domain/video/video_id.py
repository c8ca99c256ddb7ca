"""The identity of a video: a Drive file in one version of its content."""

from __future__ import annotations


def video_id(file_id: str, md5: str | None, head_revision_id: str | None) -> str:
    """`<fileId>-<md5>`; where Drive knows no md5 `<fileId>-r<headRevisionId>`; else `<fileId>-none`.

    The same content announced twice has the same id; a new version of a file is a new video. `none` stands for
    files whose version Drive does not tell (not found, folders, Google documents): all of them are rejected.
    """
    if md5:
        return f"{file_id}-{md5.lower()}"
    if head_revision_id:
        return f"{file_id}-r{head_revision_id}"
    return f"{file_id}-none"
