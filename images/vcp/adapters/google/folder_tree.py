"""Google Drive for the scan: children of folders, and the change log.

Every call sets `supportsAllDrives`. If the account is a member of the shared drive, the drive's own change log is read;
the account's log may omit its changes (Drive guides, "Track changes for users and shared drives").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import ValidationError, convert

from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.google.errors import ApiError, unexpected_answer
from vcp.adapters.token_bucket import TokenBucket
from vcp.domain.errors import CursorExpiredError, PermanentError, Rejection, RetryableError
from vcp.domain.intake.drive_resource import FOLDER_MIME_TYPE, DriveResource
from vcp.domain.intake.scan_state import Cursor
from vcp.domain.text.lines import one_line
from vcp.ports.drive import DriveFile
from vcp.ports.scan import Changes, Children, WatchedFolder

#: The fields that intake and `is_candidate` read; n8n's trigger sends all fields.
_FIELDS = (
    "kind,id,name,mimeType,size,md5Checksum,headRevisionId,trashed,parents,webViewLink,resourceKey,"
    "owners(emailAddress,displayName),lastModifyingUser(emailAddress,displayName),shortcutDetails(targetId,targetMimeType)"
)
#: Files or changes per page: the work that is repeated if a scan dies in the middle of one.
_PAGE_SIZE = 200
#: A list costs 100 of the 325,000 units per minute and user (Drive limits page): 54 a second. The scan uses a third and
#: leaves the rest to downloads.
_LISTS_PER_SECOND = 18
_LIST_BURST = 18
#: Answers to an expired page token: 400 as documented, 410 as observed.
_EXPIRED_TOKEN = (400, 410)
#: Answers for a shared drive that is gone, or of which the account is not a member.
_NOT_A_MEMBER = (403, 404)
T = TypeVar("T")
_EVERY_DRIVE: dict[str, Any] = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}


class DriveTree:
    """Implements `ports.scan.WatchedDrive`. `drive` sends the requests, with its retry policy."""

    def __init__(self, drive: GoogleDrive) -> None:
        self._drive = drive
        self._bucket = TokenBucket(_LISTS_PER_SECOND, _LIST_BURST)

    def folder(self, folder_id: str) -> WatchedFolder:
        """See `ports.scan.WatchedDrive.folder`."""
        try:
            found = self._get(folder_id, "id,name,mimeType,trashed,driveId")
        except Rejection as rejection:
            raise PermanentError(
                "watched_folder_unseen",
                "The watched folder does not exist, or it is not shared with the pipeline: "
                f"share it with {self._drive.account} as a viewer.",
                rejection.detail,
            ) from rejection
        name = one_line(str(found.get("name", "")))
        if found.get("mimeType") != FOLDER_MIME_TYPE:
            raise PermanentError(
                "watched_folder_is_a_file",
                f'"{name}" is not a folder and cannot be watched; set watchedFolder to the link of a folder.',
                folder_id,
            )
        if found.get("trashed"):
            raise PermanentError(
                "watched_folder_trashed",
                f'The watched folder "{name}" is in the trash; restore it, or set watchedFolder to another one.',
                folder_id,
            )
        return WatchedFolder(folder_id, name, found.get("driveId"))

    def cursor(self, drive_id: str | None) -> Cursor:
        """See `ports.scan.WatchedDrive.cursor`."""
        if drive_id is not None:
            try:
                return self._start(drive_id)
            except CursorExpiredError:
                pass  # not a member: the account's own log has the changes that it can see
        return self._start(None)

    def _start(self, drive_id: str | None) -> Cursor:
        parameters = {"supportsAllDrives": True} | ({"driveId": drive_id} if drive_id else {})
        return self._drive.call(
            lambda drive: drive.changes().getStartPageToken(**parameters),
            lambda answer: Cursor(token=_text(_object(answer), "startPageToken"), drive_id=drive_id),
            drive_id or "changes",
            lambda error: _cursor_expired(error, _NOT_A_MEMBER if drive_id else ()),
        )

    def changes(self, cursor: Cursor) -> Changes:
        """See `ports.scan.WatchedDrive.changes`. Omits files that were deleted or are no longer shared."""
        parameters = {
            **_EVERY_DRIVE,
            **({"driveId": cursor.drive_id} if cursor.drive_id else {}),
            "pageToken": cursor.token,
            "pageSize": _PAGE_SIZE,
            "includeRemoved": False,
            "fields": f"nextPageToken,newStartPageToken,changes(changeType,removed,file({_FIELDS}))",
        }
        expired = (*_EXPIRED_TOKEN, *_NOT_A_MEMBER) if cursor.drive_id else _EXPIRED_TOKEN
        return self._list(
            lambda drive: drive.changes().list(**parameters),
            lambda answer: _changes(_object(answer), cursor.drive_id),
            "changes",
            expired,
        )

    def children(self, folder_id: str, drive_id: str | None, page: str | None) -> Children:
        """See `ports.scan.WatchedDrive.children`."""
        parameters = {
            **_EVERY_DRIVE,
            **({"corpora": "drive", "driveId": drive_id} if drive_id else {}),
            **({"pageToken": page} if page else {}),
            "q": f"'{folder_id}' in parents and trashed = false",
            "pageSize": _PAGE_SIZE,
            "fields": f"nextPageToken,incompleteSearch,files({_FIELDS})",
        }
        expired = _EXPIRED_TOKEN if page else ()
        return self._list(lambda drive: drive.files().list(**parameters), _children, folder_id, expired)

    def parent(self, folder_id: str) -> str | None:
        """See `ports.scan.WatchedDrive.parent`."""
        try:
            found = self._get(folder_id, "id,parents")
        except Rejection:
            return None
        return next(iter(found.get("parents", ())), None)

    def file(self, file_id: str) -> DriveResource | None:
        """See `ports.scan.WatchedDrive.file`."""
        try:
            return _resource(self._get(file_id, _FIELDS))
        except Rejection:
            return None

    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        """See `ports.drive.SourceDrive.facts`."""
        return self._drive.facts(file_id, resource_key)

    def _get(self, file_id: str, fields: str) -> Mapping[str, Any]:
        return self._drive.call(
            lambda drive: drive.files().get(fileId=file_id, fields=fields, supportsAllDrives=True), _object, file_id
        )

    def _list(
        self, build: Callable[[Any], Any], read: Callable[[object], T], about: str, expired: tuple[int, ...]
    ) -> T:
        def build_in_turn(drive: Any) -> Any:
            self._bucket.wait()
            return build(drive)

        return self._drive.call(build_in_turn, read, about, lambda error: _cursor_expired(error, expired))


def _changes(answer: Mapping[str, Any], drive_id: str | None) -> Changes:
    more = "nextPageToken" in answer
    token = _text(answer, "nextPageToken" if more else "newStartPageToken")
    files = tuple(_resource(change["file"]) for change in answer.get("changes", ()) if "file" in change)
    return Changes(files, Cursor(token=token, drive_id=drive_id), more)


def _children(answer: object) -> Children:
    found = _object(answer)
    if not isinstance(found.get("files"), list):
        raise unexpected_answer(f"no files in {answer!r:.200}")
    if found.get("incompleteSearch"):
        raise RetryableError(
            "drive_incomplete", "Google Drive's list of a folder is incomplete; it will be listed again."
        )
    return Children(tuple(map(_resource, found["files"])), found.get("nextPageToken"))


def _cursor_expired(error: ApiError, statuses: tuple[int, ...]) -> CursorExpiredError | None:
    if error.status not in statuses or error.is_transient or error.is_daily_quota:
        return None
    return CursorExpiredError("drive_cursor_expired", "Google Drive no longer accepts this position.", error.detail)


def _resource(found: object) -> DriveResource:
    """Read a file's resource, if need be without fields that cannot be read: intake asks Drive for the file itself."""
    try:
        return convert(found, DriveResource, strict=False)
    except ValidationError:
        readable = {name: value for name, value in _object(found).items() if _is_readable(name, value)}
    try:
        return convert(readable, DriveResource, strict=False)
    except ValidationError as error:
        raise unexpected_answer(f"{error}: {found!r:.200}") from error


def _is_readable(name: str, value: object) -> bool:
    try:
        convert({"id": "any", name: value}, DriveResource, strict=False)
    except ValidationError:
        return False
    return True


def _object(answer: object) -> Mapping[str, Any]:
    """Check that an answer is a JSON object. The client returns one that is not JSON, e.g. a proxy's page, as text."""
    if not isinstance(answer, dict):
        raise unexpected_answer(f"{answer!r:.200}")
    return answer


def _text(answer: Mapping[str, Any], name: str) -> str:
    if not isinstance(answer.get(name), str):
        raise unexpected_answer(f"no {name} in {answer!r:.200}")
    return str(answer[name])
