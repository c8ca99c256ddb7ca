"""files.get, files.list and their media form."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from localcloud.google_drive import errors, fields
from localcloud.google_drive.access import can_download
from localcloud.google_drive.call import Call
from localcloud.google_drive.media import media_response
from localcloud.google_drive.model import DriveFile, rank
from localcloud.google_drive.query import Query

_CORPORA = ("user", "drive", "allDrives")
_DEFAULT_PAGE = 100
_SORT_KEYS: dict[str, Callable[[DriveFile], Any]] = {
    "createdTime": lambda file: file.created,
    "modifiedTime": lambda file: file.modified,
    "recency": lambda file: file.modified,
    "name": lambda file: file.name.lower(),
    "name_natural": lambda file: _natural(file.name),
    "quotaBytesUsed": lambda file: file.blob.size if file.blob is not None else 0,
    "folder": lambda file: not file.is_folder,
    "starred": lambda file: not file.starred,
}


def _natural(name: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", name.lower())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def get(call: Call) -> Response:
    """Metadata, or with alt=media the content."""
    file = call.file()
    if call.params.get("alt") == "media":
        return _media(call, file)
    return call.answer("File", call.file_resource(file))


def _media(call: Call, file: DriveFile) -> Response:
    if file.blob is None:
        raise errors.DriveError(
            403,
            "fileNotDownloadable",
            "Only files with binary content can be directly downloaded. Use Export with Docs Editors files.",
            location=errors.parameter("alt"),
        )
    role = call.role(file)
    if not can_download(file, role):
        raise errors.DriveError(403, "cannotDownloadFile", "This file cannot be downloaded by the user.")
    if file.abusive and not (call.params.get("acknowledgeAbuse") and rank(role) >= rank("organizer")):
        raise errors.DriveError(
            403,
            "cannotDownloadAbusiveFile",
            "This file has been identified as malware or spam and cannot be downloaded.",
        )
    if file.download_quota_exceeded:
        raise errors.DriveError(
            403,
            "downloadQuotaExceeded",
            "The download quota for this file has been exceeded.",
            domain="usageLimits",
        )
    if "grow" in call.struck:
        call.drive.store.grow(file, call.struck["grow"].number("bytes"))
    with call.drive.store.lock:
        return media_response(
            file.blob,
            mime_type=file.mime_type,
            name=file.name,
            range_header=call.request.headers.get("Range"),
            entry=call.entry,
            struck=call.struck,
            stopping=call.drive.stopping,
        )


def list_files(call: Call) -> Response:
    """What the caller sees by name, filtered by `q`, ordered and paged."""
    selection = call.selection("FileList")
    query = Query(call.params.get("q", ""), call.drive.store, call.principal.email)
    candidates = [file for file in _corpus(call) if query.matches(file)]
    ordered = _ordered(candidates, call.params.get("orderBy"))
    start = _offset(call.params.get("pageToken"))
    end = start + call.params.get("pageSize", _DEFAULT_PAGE)
    whole: dict[str, Any] = {
        "kind": "drive#fileList",
        "incompleteSearch": False,
        "files": [call.file_resource(file) for file in ordered[start:end]],
    }
    if end < len(ordered):
        whole["nextPageToken"] = _page_token(end)
    return errors.json_response(fields.project(whole, selection))


def _corpus(call: Call) -> list[DriveFile]:
    params = call.params
    corpora = params.get("corpora", "user")
    if corpora not in _CORPORA:
        raise errors.not_implemented(f"the corpora {corpora} of drive.files.list")
    spaces = {space.strip() for space in params.get("spaces", "drive").split(",")}
    if not spaces <= {"drive", "appDataFolder"} or "drive" not in spaces:  # nobody keeps application data here
        raise errors.not_implemented(f"the spaces {params['spaces']} of drive.files.list")
    files = call.drive.store.listed_for(call.principal.email)
    all_drives = params.get("includeItemsFromAllDrives") or params.get("includeTeamDriveItems")
    supports = params.get("supportsAllDrives") or params.get("supportsTeamDrives")
    if all_drives and not supports:
        raise errors.all_drives_not_supported()
    if corpora == "drive" or params.get("driveId"):
        return _of_one_drive(call, files, bool(all_drives))
    return files if all_drives else [file for file in files if file.drive_id is None]


def _of_one_drive(call: Call, files: list[DriveFile], all_drives: bool) -> list[DriveFile]:
    drive_id = call.params.get("driveId")
    if not drive_id or call.params.get("corpora") != "drive":
        raise errors.invalid_parameter("driveId", "The driveId parameter goes with corpora=drive, and only with it.")
    if not all_drives:
        raise errors.invalid_parameter(
            "includeItemsFromAllDrives",
            "The includeItemsFromAllDrives parameter must be set to true when driveId is specified.",
        )
    if not call.is_member(drive_id):
        raise errors.drive_not_found(drive_id)
    return [file for file in files if file.drive_id == drive_id]


def _ordered(files: list[DriveFile], order_by: str | None) -> list[DriveFile]:
    files = sorted(files, key=lambda file: file.modified, reverse=True)
    for key in reversed(order_by.split(",") if order_by else []):
        words = key.split()
        if not words or len(words) > 2 or words[1:] not in ([], ["desc"]):
            raise errors.invalid_value("orderBy")
        if words[0] not in _SORT_KEYS:
            raise errors.not_implemented(f"the sort key {words[0]} of drive.files.list")
        files.sort(key=_SORT_KEYS[words[0]], reverse=len(words) == 2)
    return files


def _page_token(offset: int) -> str:
    return "~!!~" + base64.urlsafe_b64encode(f"files:{offset}".encode()).decode()


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        kind, offset = base64.urlsafe_b64decode(token.removeprefix("~!!~")).decode().split(":")
        if kind != "files":
            raise errors.invalid_value("pageToken")
        return int(offset)
    except (ValueError, binascii.Error) as wrong:
        raise errors.invalid_value("pageToken") from wrong
