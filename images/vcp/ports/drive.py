"""Google Drive as the source of videos."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from vcp.domain.video.record import SourceFile
from vcp.ports.storage import ByteRanges


class DriveFile(Struct, frozen=True):
    """A file, with shortcuts resolved."""

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
        """Look a file up; follow shortcuts.

        Raises `Rejection` (`drive_not_found`: unknown or not shared; `drive_dead_shortcut`: a shortcut to such a file),
        `RetryableError`, `WaitUntilError`.
        """
        ...

    def check_version(self, source: SourceFile) -> None:
        """Raise `Rejection` (`drive_file_changed`) if Drive now has another version than `source`."""
        ...

    def ranges(self, source: SourceFile) -> ByteRanges:
        """Return ranged reads of the content.

        A read raises `Rejection` (`drive_file_changed`) if the content is no longer the version of `source`,
        `WaitUntilError` if the download quota is exhausted.
        """
        ...
