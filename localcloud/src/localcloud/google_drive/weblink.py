"""The old `uc?export=download` link, as it really behaves: a page where a program expects a file.

Above some 25 MB Drive does not scan for viruses and answers with an HTML page that asks a person to confirm.
"""

from __future__ import annotations

from html import escape

from werkzeug.wrappers import Request, Response

from localcloud.google_drive import errors
from localcloud.google_drive.access import can_download
from localcloud.google_drive.call import Drive
from localcloud.google_drive.journal import Entry
from localcloud.google_drive.media import media_response

SCANNED_BYTES = 25 * 1024 * 1024

_PAGE = """<!DOCTYPE html><html><head><title>{title}</title><meta http-equiv="content-type" \
content="text/html; charset=utf-8"/></head><body><div class="uc-main"><p class="uc-warning-caption">{text}</p>\
<p class="uc-warning-subcaption"><a href="/open?id={file_id}">{name}</a> ({size})</p></div></body></html>"""


def _page(title: str, text: str, file_id: str = "", name: str = "", size: str = "") -> Response:
    body = _PAGE.format(title=title, text=text, file_id=escape(file_id), name=escape(name), size=size)
    return Response(body, content_type="text/html; charset=utf-8")


def old_download_link(drive: Drive, request: Request, entry: Entry) -> Response:
    """A small public file, the virus-scan page of a large one, or the sign-in page."""
    file_id = request.args.get("id", "")
    entry.file_id = file_id
    file = drive.store.files.get(file_id)
    role = None if file is None else drive.store.access.link_role(file)
    if file is None or role is None:
        return _page("Sign in - Google Accounts", "Sign in to continue to Google Drive")
    if file.blob is None or not can_download(file, role):
        raise errors.DriveError(403, "cannotDownloadFile", "This file cannot be downloaded by the user.")
    if file.blob.size > SCANNED_BYTES:
        return _page(
            "Google Drive - Virus scan warning",
            "Google Drive can't scan this file for viruses. The file is too large for Google to scan for viruses. "
            "Would you still like to download this file?",
            file.id,
            file.name,
            f"{file.blob.size / 1024**2:.0f}M",
        )
    return media_response(
        file.blob,
        mime_type=file.mime_type,
        name=file.name,
        range_header=request.headers.get("Range"),
        entry=entry,
        struck={},
        stopping=drive.stopping,
    )
