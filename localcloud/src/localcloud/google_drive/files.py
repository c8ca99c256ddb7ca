"""files.get, in both forms, and files.list."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from localcloud.google_drive import errors
from localcloud.google_drive.access import capabilities
from localcloud.google_drive.call import Call
from localcloud.google_drive.media import media_response
from localcloud.google_drive.model import DriveFile
from localcloud.google_drive.query import Query

_DEFAULT_PAGE = 100
_PAGE_TOKEN = "~!!~"  # noqa: S105 - the form of Drive's page tokens


def get(call: Call) -> Response:
    """Return metadata, or the content with alt=media."""
    file = call.file()
    if call.params.get("alt") == "media":
        return _media(call, file)
    return call.respond("File", call.file_resource(file))


def _media(call: Call, file: DriveFile) -> Response:
    if file.blob is None:
        raise errors.DriveError(
            403,
            "fileNotDownloadable",
            "Only files with binary content can be directly downloaded. Use Export with Docs Editors files.",
            location=("parameter", "alt"),
        )
    if not capabilities(file, call.role(file))["canDownload"]:
        raise errors.DriveError(403, "cannotDownloadFile", "This file cannot be downloaded by the user.")
    if file.abusive:
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
    with call.drive.store.lock:
        if "grow" in call.faults:
            call.drive.store.grow(file, call.faults["grow"].settings["bytes"])
        return media_response(file, call)


def list_files(call: Call) -> Response:
    """Return what the caller sees by name, filtered by `q`, the last modified first, in pages."""
    query = Query(call.params.get("q", ""), call.drive.store, call.principal.email)
    found = [file for file in _corpus(call) if query.matches(file)]
    found.sort(key=lambda file: file.modified, reverse=True)
    start = _offset(call.params.get("pageToken"))
    end = start + call.params.get("pageSize", _DEFAULT_PAGE)
    whole: dict[str, Any] = {
        "kind": "drive#fileList",
        "incompleteSearch": False,
        "files": [call.file_resource(file) for file in found[start:end]],
    }
    if end < len(found):
        whole["nextPageToken"] = f"{_PAGE_TOKEN}{end}"
    return call.respond("FileList", whole)


def _corpus(call: Call) -> list[DriveFile]:
    params = call.params
    corpora, drive_id = params.get("corpora", "user"), params.get("driveId")
    if corpora not in ("user", "drive", "allDrives"):
        raise errors.not_implemented(f"the corpora {corpora} of drive.files.list")
    spaces = {space.strip() for space in params.get("spaces", "drive").split(",")}
    if not spaces <= {"drive", "appDataFolder"} or "drive" not in spaces:  # no application data is kept here
        raise errors.not_implemented(f"the spaces {params['spaces']} of drive.files.list")
    all_drives = params.get("includeItemsFromAllDrives")
    if all_drives and not params.get("supportsAllDrives"):
        raise errors.all_drives_not_supported()
    if bool(drive_id) != (corpora == "drive"):
        raise errors.invalid_parameter("driveId", "The driveId parameter goes with corpora=drive, and only with it.")
    files = call.drive.store.listed_for(call.principal.email)
    if not drive_id:
        return files if all_drives else [file for file in files if file.drive_id is None]
    if not all_drives:
        raise errors.drive_without_its_items()
    if not call.is_member(drive_id):
        raise errors.drive_not_found(drive_id)
    return [file for file in files if file.drive_id == drive_id]


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    digits = token.removeprefix(_PAGE_TOKEN)
    if digits == token or not (digits.isascii() and digits.isdigit()):
        raise errors.invalid_value("pageToken")
    return int(digits)
