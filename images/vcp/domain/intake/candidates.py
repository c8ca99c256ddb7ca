"""Which files of a watched folder are announced to the door.

One rule for everybody who announces: the scan asks `is_candidate`, and the workflow of n8n states the same rule as a
filter. Its examples are `tests/data/candidates.json`. What passes may still be no video: only the bytes tell, and the
door and the transfer look at them.
"""

from __future__ import annotations

from msgspec import Struct

from vcp.domain.intake.drive_resource import FOLDER_MIME_TYPE, GOOGLE_MIME_TYPES, DriveResource

VIDEO_MIME_TYPES = "video/"
#: What cameras, editors and people call videos; for files whose uploader told no MIME type, or a wrong one. Two that
#: are sold by camera makers (braw, r3d) cannot be read by anybody else: they are announced so that a row says so.
VIDEO_EXTENSIONS = frozenset(
    {
        "3g2", "3gp", "asf", "avi", "braw", "divx", "dv", "f4v", "flv", "gxf", "m1v", "m2p", "m2t", "m2ts",
        "m2v", "m4v", "mj2", "mkv", "mov", "mp4", "mpe", "mpeg", "mpg", "mts", "mxf", "ogm", "ogv", "qt",
        "r3d", "rm", "rmvb", "ts", "vob", "webm", "wmv", "wtv",
    }
)  # fmt: skip


class Candidacy(Struct, frozen=True):
    """Whether a file is announced, and why: `why` completes "it is left alone, since it is ..." or its opposite."""

    submitted: bool
    why: str


def is_candidate(file: DriveResource) -> bool:
    """Whether a file is submitted."""
    return candidacy(file).submitted


def candidacy(file: DriveResource) -> Candidacy:
    """Judge a Drive v3 file resource by `name`, `mimeType`, `trashed` and, of a shortcut, `shortcutDetails`.

    A shortcut is judged by what it leads to; the door follows it.
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
    return Candidacy(False, "no video, neither by its MIME type nor by its name")


def extension_of(name: str) -> str:
    """What follows the last dot, in lower case; empty if there is none."""
    return name.rpartition(".")[2].strip().lower() if "." in name else ""
