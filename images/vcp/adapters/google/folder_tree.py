"""Google Drive as the scan looks through it: a folder's children, and the log of what changed.

Every call says that it knows shared drives. In a shared drive whose member the account is, its own log is read; that
of the account may be silent about it (Drive guides, "Track changes for users and shared drives").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import ValidationError, convert

from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.google.errors import Refusal, not_drives_answer
from vcp.adapters.token_bucket import TokenBucket
from vcp.domain.errors import CursorExpiredError, PermanentError, Rejection, RetryableError
from vcp.domain.intake.drive_resource import FOLDER_MIME_TYPE, DriveResource
from vcp.domain.intake.scan_state import Cursor
from vcp.domain.text.lines import one_line
from vcp.ports.drive import DriveFile
from vcp.ports.scan import Changes, Children, WatchedFolder

#: What the door, and the rule of candidates, read of a file; the trigger of n8n sends all fields.
_FIELDS = (
    "kind,id,name,mimeType,size,md5Checksum,headRevisionId,trashed,parents,webViewLink,resourceKey,"
    "owners(emailAddress,displayName),lastModifyingUser(emailAddress,displayName),shortcutDetails(targetId,targetMimeType)"
)
#: Files, or changes, a page: what is done again when a scan dies in the middle of one.
_PAGE_SIZE = 200
#: A list costs 100 of the 325,000 units a minute and user (Drive limits page): 54 a second. A third of them is for the
#: scan, the rest for those who download meanwhile.
_LISTS_PER_SECOND = 18
_LIST_BURST = 18
#: Of a page token that Drive does not take: 400 by its documents, 410 has been seen.
_UNKNOWN_PLACE = (400, 410)
#: Of a shared drive: gone, or the account is no member of it (any more).
_NO_MEMBER = (403, 404)
T = TypeVar("T")
_EVERY_DRIVE: dict[str, Any] = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}


class DriveTree:
    """Fulfils `ports.WatchedDrive`. `drive` makes the calls; its patience is ours."""

    def __init__(self, drive: GoogleDrive) -> None:
        self._drive = drive
        self._bucket = TokenBucket(_LISTS_PER_SECOND, _LIST_BURST)

    def folder(self, folder_id: str) -> WatchedFolder:
        """See `ports.WatchedDrive.folder`."""
        try:
            found = self._get(folder_id, "id,name,mimeType,trashed,driveId")
        except Rejection as refusal:
            raise PermanentError(
                "watched_folder_unseen",
                "The watched folder does not exist, or it is not shared with the pipeline: "
                f"share it with {self._drive.account} as a viewer.",
                refusal.detail,
            ) from refusal
        name = one_line(str(found.get("name", "")))
        if found.get("mimeType") != FOLDER_MIME_TYPE:
            raise PermanentError(
                "watched_folder_is_a_file",
                f'"{name}" is to be watched, but it is no folder; set watchedFolder to the link of a folder.',
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
        """See `ports.WatchedDrive.cursor`."""
        if drive_id is not None:
            try:
                return self._start(drive_id)
            except CursorExpiredError:
                pass  # no member: what it may see of the drive stands in its own log
        return self._start(None)

    def _start(self, drive_id: str | None) -> Cursor:
        asked = {"supportsAllDrives": True} | ({"driveId": drive_id} if drive_id else {})
        return self._drive.call(
            lambda drive: drive.changes().getStartPageToken(**asked),
            lambda answer: Cursor(token=_text(_object(answer), "startPageToken"), drive_id=drive_id),
            drive_id or "changes",
            lambda refusal: _lost(refusal, _NO_MEMBER if drive_id else ()),
        )

    def changes(self, cursor: Cursor) -> Changes:
        """See `ports.WatchedDrive.changes`. What was deleted, or is no longer shared, is left out."""
        asked = {
            **_EVERY_DRIVE,
            **({"driveId": cursor.drive_id} if cursor.drive_id else {}),
            "pageToken": cursor.token,
            "pageSize": _PAGE_SIZE,
            "includeRemoved": False,
            "fields": f"nextPageToken,newStartPageToken,changes(changeType,removed,file({_FIELDS}))",
        }
        lost = (*_UNKNOWN_PLACE, *_NO_MEMBER) if cursor.drive_id else _UNKNOWN_PLACE
        return self._list(
            lambda drive: drive.changes().list(**asked),
            lambda answer: _changes(_object(answer), cursor.drive_id),
            "changes",
            lost,
        )

    def children(self, folder_id: str, drive_id: str | None, page: str | None) -> Children:
        """See `ports.WatchedDrive.children`."""
        asked = {
            **_EVERY_DRIVE,
            **({"corpora": "drive", "driveId": drive_id} if drive_id else {}),
            **({"pageToken": page} if page else {}),
            "q": f"'{folder_id}' in parents and trashed = false",
            "pageSize": _PAGE_SIZE,
            "fields": f"nextPageToken,incompleteSearch,files({_FIELDS})",
        }
        lost = _UNKNOWN_PLACE if page else ()
        return self._list(lambda drive: drive.files().list(**asked), _children, folder_id, lost)

    def parent(self, folder_id: str) -> str | None:
        """See `ports.WatchedDrive.parent`."""
        try:
            found = self._get(folder_id, "id,parents")
        except Rejection:
            return None
        return next(iter(found.get("parents", ())), None)

    def file(self, file_id: str) -> DriveResource | None:
        """See `ports.WatchedDrive.file`."""
        try:
            return _resource(self._get(file_id, _FIELDS))
        except Rejection:
            return None

    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        """See `ports.SourceDrive.facts`."""
        return self._drive.facts(file_id, resource_key)

    def _get(self, file_id: str, fields: str) -> Mapping[str, Any]:
        return self._drive.call(
            lambda drive: drive.files().get(fileId=file_id, fields=fields, supportsAllDrives=True), _object, file_id
        )

    def _list(self, build: Callable[[Any], Any], read: Callable[[object], T], about: str, lost: tuple[int, ...]) -> T:
        def paced(drive: Any) -> Any:
            self._bucket.wait()
            return build(drive)

        return self._drive.call(paced, read, about, lambda refusal: _lost(refusal, lost))


def _changes(answer: Mapping[str, Any], drive_id: str | None) -> Changes:
    more = "nextPageToken" in answer
    token = _text(answer, "nextPageToken" if more else "newStartPageToken")
    files = tuple(_resource(change["file"]) for change in answer.get("changes", ()) if "file" in change)
    return Changes(files, Cursor(token=token, drive_id=drive_id), more)


def _children(answer: object) -> Children:
    found = _object(answer)
    if not isinstance(found.get("files"), list):
        raise not_drives_answer(f"no files in {answer!r:.200}")
    if found.get("incompleteSearch"):
        raise RetryableError("drive_incomplete", "Google Drive did not look everywhere; the folder is listed again.")
    return Children(tuple(map(_resource, found["files"])), found.get("nextPageToken"))


def _lost(refusal: Refusal, statuses: tuple[int, ...]) -> CursorExpiredError | None:
    if refusal.status not in statuses or refusal.passes or refusal.is_a_quota:
        return None
    return CursorExpiredError("drive_place_lost", "Google Drive does not know the place any more.", refusal.detail)


def _resource(found: object) -> DriveResource:
    try:
        return convert(found, DriveResource, strict=False)
    except ValidationError as error:
        raise not_drives_answer(f"{error}: {found!r:.200}") from error


def _object(answer: object) -> Mapping[str, Any]:
    """The client hands through as text what is no JSON, such as a proxy's page."""
    if not isinstance(answer, dict):
        raise not_drives_answer(f"{answer!r:.200}")
    return answer


def _text(answer: Mapping[str, Any], name: str) -> str:
    if not isinstance(answer.get(name), str):
        raise not_drives_answer(f"no {name} in {answer!r:.200}")
    return str(answer[name])
