"""changes.getStartPageToken and changes.list.

Each user and each shared drive has a log. Changes in a shared drive reach its members through the drive's log only:
Google adds some of them to the members' own logs as well, but a client cannot rely on that, so it never happens here.
A caller who is not a member and was given a folder of the drive reads its changes in the caller's own log. (Drive
guides, "Track changes for users and shared drives".) A folder that is moved or shared is one change; its contents are
not listed.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from localcloud.google_drive import errors
from localcloud.google_drive.call import Call
from localcloud.google_drive.model import Change, timestamp

_DEFAULT_PAGE = 100


def start_page_token(call: Call) -> Response:
    """Return where changes.list starts for what happens from now on."""
    _drive_of_log(call)
    token = str(call.drive.store.next_sequence)
    return call.respond("StartPageToken", {"kind": "drive#startPageToken", "startPageToken": token})


def list_changes(call: Call) -> Response:
    """Return the last change of each file since a token."""
    drive_id = _drive_of_log(call)
    store = call.drive.store
    with store.lock:
        changes = store.changes_since(_position(call), lambda change: _is_in_log(call, change, drive_id))
        following = store.next_sequence
        entries = [(change.sequence, entry) for change in changes if (entry := _entry(call, change)) is not None]
    size = call.params.get("pageSize", _DEFAULT_PAGE)
    whole: dict[str, Any] = {"kind": "drive#changeList", "changes": [entry for _, entry in entries[:size]]}
    if len(entries) > size:
        whole["nextPageToken"] = str(entries[size][0])
    else:
        whole["newStartPageToken"] = str(following)
    return call.respond("ChangeList", whole)


def _drive_of_log(call: Call) -> str | None:
    """Return the shared drive of the requested log; None for the caller's own."""
    params = call.params
    drive_id: str | None = params.get("driveId")
    if (drive_id or params.get("includeItemsFromAllDrives")) and not params.get("supportsAllDrives"):
        raise errors.all_drives_not_supported()
    if not drive_id:
        return None
    if call.method.name == "changes.list" and not params.get("includeItemsFromAllDrives"):
        raise errors.drive_without_its_items()
    if not call.is_member(drive_id):
        raise errors.drive_not_found(drive_id)
    return drive_id


def _position(call: Call) -> int:
    """Return the position of a token. Raises DriveError 400 for a token of another form or of a later time."""
    token = call.params["pageToken"]
    if not (token.isascii() and token.isdigit()) or not 0 < int(token) <= call.drive.store.next_sequence:
        raise errors.invalid_value("pageToken")
    return int(token)


def _is_in_log(call: Call, change: Change, drive_id: str | None) -> bool:
    if drive_id is not None:
        return change.drive_id == drive_id
    if call.principal.email not in change.audience:
        return False
    every_drive = call.params.get("includeItemsFromAllDrives")
    return change.drive_id is None or bool(every_drive and not call.is_member(change.drive_id))


def _entry(call: Call, change: Change) -> dict[str, Any] | None:
    """Return a change as the caller sees it: removed where the file is deleted or no longer shared."""
    file = call.drive.store.files.get(change.file_id)
    if file is not None and call.drive.store.access.role(file, call.principal.email) is None:
        file = None
    if file is None and not call.params.get("includeRemoved", True):
        return None
    entry = {
        "kind": "drive#change",
        "type": "file",
        "changeType": "file",
        "time": timestamp(change.at),
        "removed": file is None,
        "fileId": change.file_id,
    }
    return entry if file is None else {**entry, "file": call.file_resource(file)}
