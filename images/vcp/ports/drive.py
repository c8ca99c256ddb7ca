"""Google Drive as the source of videos."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from vcp.domain.video.record import SourceFile
from vcp.ports.storage import ByteRanges


class DriveFile(Struct, frozen=True):
    """Drive's facts of one file; shortcuts are resolved already."""

    file_id: str
    name: str
    mime_type: str
    size_bytes: int | None
    md5: str | None
    head_revision_id: str | None
    trashed: bool
    can_download: bool
    web_url: str
    created_at: datetime | None
    owner: str | None


class SourceDrive(Protocol):
    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        """Ask Drive; follows shortcuts.

        Raises `Rejection` (`drive_not_found`: unknown or not shared; `drive_dead_shortcut`: a shortcut whose target
        is), `RetryableError`, `WaitUntilError`.
        """
        ...

    def check_version(self, source: SourceFile) -> None:
        """Raises `Rejection(code="drive_file_changed")` when Drive holds another version than `source` by now."""
        ...

    def ranges(self, source: SourceFile) -> ByteRanges:
        """Ranged reads of the content. A read raises `Rejection(code="drive_file_changed")` when the content is
        no longer the version that `source` names, `WaitUntilError` on an exhausted download quota."""
        ...
