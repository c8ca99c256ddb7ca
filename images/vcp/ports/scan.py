"""What the scan of the watched folder needs of the outside world."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from msgspec import Struct

from vcp.domain.intake.scan_state import Cursor, ScanState
from vcp.domain.video.states import State
from vcp.ports.drive import DriveFile


class WatchedFolder(Struct, frozen=True):
    """The folder that is looked through. `drive_id`: the shared drive that it lies in, if it does."""

    folder_id: str
    name: str
    drive_id: str | None


#: A file of Drive as the API tells it (v3's File), as n8n's trigger hands it to the door.
FileResource = Mapping[str, Any]


class Changes(Struct, frozen=True):
    """A page of a log of changes: the files that changed, as they are now. `cursor` is the place behind it."""

    files: tuple[FileResource, ...]
    cursor: Cursor
    more: bool


class Children(Struct, frozen=True):
    """A page of what lies directly in a folder, without its trash."""

    files: tuple[FileResource, ...]
    next_page: str | None


class WatchedDrive(Protocol):
    """Drive as the scan looks through it. Every call raises `RetryableError` when Drive is down."""

    def folder(self, folder_id: str) -> WatchedFolder:
        """Raises `PermanentError` with a sentence when it is no folder, in the trash, or not to be seen."""
        ...

    def cursor(self, drive_id: str | None) -> Cursor:
        """The place behind everything that has changed by now: in the shared drive's log, if the account is its
        member; else in the account's own."""
        ...

    def changes(self, cursor: Cursor) -> Changes:
        """Raises `CursorExpiredError` when Drive does not know the place any more."""
        ...

    def children(self, folder_id: str, drive_id: str | None, page: str | None) -> Children:
        """`drive_id`: of the cursor. Raises `Rejection` when the folder is gone or not to be seen, `CursorExpiredError`
        when Drive does not know the page any more."""
        ...

    def parent(self, folder_id: str) -> str | None:
        """The id of the folder that a folder lies in; None at the top of what the account sees."""
        ...

    def file(self, file_id: str) -> FileResource | None:
        """None when it is gone or not to be seen."""
        ...

    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        """See `SourceDrive.facts`."""
        ...


class VideoStatus(Struct, frozen=True):
    """What the scan asks of a video that is known: its state, and why it ended there."""

    state: State
    problem_code: str | None = None


class ScanStore(Protocol):
    """What the scan keeps in the ledger, and asks it."""

    def load(self, folder_id: str) -> ScanState | None: ...

    def save(self, state: ScanState) -> ScanState:
        """Write on top of `state.version`; the state with the next version. Raises `StaleRecordError`."""
        ...

    def statuses(self, video_ids: Collection[str]) -> dict[str, VideoStatus]:
        """Of those that the ledger knows."""
        ...


class IntakeClient(Protocol):
    def submit(self, file: FileResource) -> str:
        """Call video-file-processor as n8n does, and wait; the status of its answer.

        Raises `RetryableError` when it failed or did not answer, `PermanentError` when it may not be called.
        """
        ...
