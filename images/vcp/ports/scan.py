"""What the scan of the watched folder needs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from msgspec import Struct

from vcp.domain.intake.drive_resource import DriveResource
from vcp.domain.intake.scan_state import Cursor, ScanState
from vcp.domain.video.states import State
from vcp.ports.drive import DriveFile


class WatchedFolder(Struct, frozen=True):
    """The watched folder. `drive_id`: the shared drive that contains it, if any."""

    folder_id: str
    name: str
    drive_id: str | None


class Changes(Struct, frozen=True):
    """A page of a change log: the changed files as they are now, and the position after the page."""

    files: tuple[DriveResource, ...]
    cursor: Cursor
    more: bool


class Children(Struct, frozen=True):
    """A page of a folder's direct children, without trashed ones."""

    files: tuple[DriveResource, ...]
    next_page: str | None


class WatchedDrive(Protocol):
    """Google Drive as the scan reads it. Every call raises `RetryableError` if Drive is down."""

    def folder(self, folder_id: str) -> WatchedFolder:
        """Return the watched folder. Raises `PermanentError` if it is not a folder, trashed or not shared."""
        ...

    def cursor(self, drive_id: str | None) -> Cursor:
        """Return the current end of the change log: of the shared drive if the account is a member, else its own."""
        ...

    def changes(self, cursor: Cursor) -> Changes:
        """Return the changes after `cursor`. Raises `CursorExpiredError`."""
        ...

    def children(self, folder_id: str, drive_id: str | None, page: str | None) -> Children:
        """Return a page of a folder's children. `drive_id` is that of the cursor.

        Raises `Rejection` if the folder is gone or not shared, `CursorExpiredError` if the page token expired.
        """
        ...

    def parent(self, folder_id: str) -> str | None:
        """Return the id of a folder's parent; None at the top of what the account can see."""
        ...

    def file(self, file_id: str) -> DriveResource | None:
        """Return a file; None if it is gone or not shared."""
        ...

    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        """See `SourceDrive.facts`."""
        ...


class VideoStatus(Struct, frozen=True):
    """The state of a known video, and the code of its problem."""

    state: State
    problem_code: str | None = None


class ScanStore(Protocol):
    """The scan's own state, and the status of known videos."""

    def load(self, folder_id: str) -> ScanState | None: ...

    def save(self, state: ScanState) -> ScanState:
        """Write if the stored version is still `state.version`; return the next. Raises `StaleRecordError`."""
        ...

    def statuses(self, video_ids: Collection[str]) -> dict[str, VideoStatus]:
        """Return the status of those videos that the ledger knows."""
        ...


class IntakeClient(Protocol):
    def submit(self, file: DriveResource) -> str:
        """Call intake as n8n does and return the status of its answer.

        Raises `RetryableError` if it failed or did not answer, `PermanentError` if the call is not allowed.
        """
        ...
