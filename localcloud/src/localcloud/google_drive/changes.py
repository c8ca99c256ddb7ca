"""changes.getStartPageToken and changes.list.

There is a log for each user and one for each shared drive, and what happens in a shared drive stands for its members
in the drive's log only: Google puts some of it into theirs as well, but nobody may rely on it, so it never does here.
Who is no member but was given a folder of the drive finds what happens there in the own log. (Drive guides, "Track
changes for users and shared drives".) A folder that moves, or is shared, tells of itself and not of what is in it.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from localcloud.google_drive import errors, fields
from localcloud.google_drive.call import Call
from localcloud.google_drive.model import Change, timestamp

_DEFAULT_PAGE = 100


def start_page_token(call: Call) -> Response:
    """Where changes.list starts to see what happens from now on."""
    _log_of(call)
    token = str(call.drive.store.next_sequence)
    return call.answer("StartPageToken", {"kind": "drive#startPageToken", "startPageToken": token})


def list_changes(call: Call) -> Response:
    """The last change of each file since a token."""
    drive_id = _log_of(call)
    selection = call.selection("ChangeList")
    store = call.drive.store
    with store.lock:
        changes = store.changes_since(_place(call), lambda change: _stands_in_log(call, change, drive_id))
        following = store.next_sequence
        shown = [described for change in changes if (described := _described(call, change)) is not None]
    size = call.params.get("pageSize", _DEFAULT_PAGE)
    whole: dict[str, Any] = {"kind": "drive#changeList", "changes": [entry for _, entry in shown[:size]]}
    if len(shown) > size:
        whole["nextPageToken"] = str(shown[size][0])
    else:
        whole["newStartPageToken"] = str(following)
    return errors.json_response(fields.project(whole, selection))


def _log_of(call: Call) -> str | None:
    """The shared drive whose log is asked for; None for the caller's own."""
    params = call.params
    supports = params.get("supportsAllDrives") or params.get("supportsTeamDrives")
    every_drive = params.get("includeItemsFromAllDrives") or params.get("includeTeamDriveItems")
    drive_id = params.get("driveId") or params.get("teamDriveId")
    if (drive_id or every_drive) and not supports:
        raise errors.all_drives_not_supported()
    if not drive_id:
        return None
    if call.method.name == "changes.list" and not every_drive:
        raise errors.invalid_parameter(
            "includeItemsFromAllDrives",
            "The includeItemsFromAllDrives parameter must be set to true when driveId is specified.",
        )
    if not call.is_member(drive_id):
        raise errors.drive_not_found(drive_id)
    return str(drive_id)


def _place(call: Call) -> int:
    """The position that a token means; one of another making, or of a later time, means none."""
    token = call.params["pageToken"]
    if not (token.isascii() and token.isdigit()) or not 0 < int(token) <= call.drive.store.next_sequence:
        raise errors.invalid_value("pageToken")
    return int(token)


def _stands_in_log(call: Call, change: Change, drive_id: str | None) -> bool:
    if drive_id is not None:
        return change.drive_id == drive_id
    if call.principal.email not in change.audience:
        return False
    every_drive = call.params.get("includeItemsFromAllDrives") or call.params.get("includeTeamDriveItems")
    return change.drive_id is None or bool(every_drive and not call.is_member(change.drive_id))


def _described(call: Call, change: Change) -> tuple[int, dict[str, Any]] | None:
    """A change as the caller sees it; removed where the file is gone or no longer shared."""
    file = call.drive.store.files.get(change.file_id)
    removed = file is None or call.access.role(file, call.principal.email) is None
    entry: dict[str, Any] = {
        "kind": "drive#change",
        "type": "file",
        "changeType": "file",
        "time": timestamp(change.at),
        "removed": removed,
        "fileId": change.file_id,
    }
    if removed or file is None:
        return (change.sequence, entry) if call.params.get("includeRemoved", True) else None
    entry["file"] = call.file_resource(file)
    return change.sequence, entry
