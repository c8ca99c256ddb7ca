"""Decide which files of a watched folder are submitted to intake.

The folder scan calls `is_candidate`; the n8n workflow has the same rule as a filter. Both share the examples in
`tests/data/candidates.json`. A candidate may still turn out not to be a video: intake and transfer check its bytes.
"""

from __future__ import annotations

from msgspec import Struct

from vcp.domain.intake.drive_resource import FOLDER_MIME_TYPE, GOOGLE_MIME_TYPES, DriveResource

VIDEO_MIME_TYPES = "video/"
#: Video file extensions, for files with a missing or wrong MIME type. The raw formats of two camera makers (braw, r3d)
#: cannot be compressed here; they are submitted so that their rows say so.
VIDEO_EXTENSIONS = frozenset(
    {
        "3g2", "3gp", "asf", "avi", "braw", "divx", "dv", "f4v", "flv", "gxf", "m1v", "m2p", "m2t", "m2ts",
        "m2v", "m4v", "mj2", "mkv", "mov", "mp4", "mpe", "mpeg", "mpg", "mts", "mxf", "ogm", "ogv", "qt",
        "r3d", "rm", "rmvb", "ts", "vob", "webm", "wmv", "wtv",
    }
)  # fmt: skip


class Candidacy(Struct, frozen=True):
    """Whether a file is submitted, and why: `why` completes "since it is ..."."""

    submitted: bool
    why: str


def is_candidate(file: DriveResource) -> bool:
    """Return whether a file is submitted."""
    return candidacy(file).submitted


def candidacy(file: DriveResource) -> Candidacy:
    """Judge a Drive v3 file resource by `name`, `mimeType`, `trashed` and, for a shortcut, `shortcutDetails`.

    A shortcut is judged by its target; intake resolves it.
    """
    mime_type = file.mime_type
    if file.trashed:
        return Candidacy(False, "in the trash")
    if file.is_shortcut:
        mime_type = (file.shortcut_details and file.shortcut_details.target_mime_type) or ""
    if mime_type == FOLDER_MIME_TYPE:
        return Candidacy(False, "a folder")
    if mime_type.startswith(GOOGLE_MIME_TYPES):
        return Candidacy(False, "a Google document")
    if mime_type.lower().startswith(VIDEO_MIME_TYPES):
        return Candidacy(True, "a video by its MIME type")
    if extension_of(file.name) in VIDEO_EXTENSIONS:
        return Candidacy(True, "a video by its name")
    return Candidacy(False, "not a video, neither by its MIME type nor by its name")


def extension_of(name: str) -> str:
    """Return the part after the last dot in lower case; empty if there is none."""
    return name.rpartition(".")[2].strip().lower() if "." in name else ""
