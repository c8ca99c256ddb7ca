"""Google Drive: a file's facts, and ranged reads of its content.

Facts come through google-api-python-client, content through `AuthorizedSession` (`files.get?alt=media` with a Range;
never the browser's download link, which answers with a web page for large files). Only files are asked for, by their
id, at one address; no redirect is followed (`drive_sign_in`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httplib2
from googleapiclient.errors import HttpError

from vcp.adapters.aws.secrets import Secret
from vcp.adapters.google.credentials import SignIn
from vcp.adapters.google.errors import Refusal, drive_error, not_drives_answer, refusal_of
from vcp.adapters.google.ranges import DriveRanges
from vcp.adapters.retry import Backoff
from vcp.adapters.token_bucket import TokenBucket
from vcp.domain.errors import Rejection, RetryableError, VcpError
from vcp.domain.intake.drive_links import FILE_ID_PATTERN
from vcp.domain.intake.drive_resource import SHORTCUT_MIME_TYPE
from vcp.domain.text.lines import one_line
from vcp.domain.video.record import SourceFile
from vcp.ports.clock import Clock
from vcp.ports.drive import DriveFile

_FIELDS = (
    "id,name,mimeType,size,md5Checksum,headRevisionId,trashed,webViewLink,createdTime,resourceKey,"
    "capabilities/canDownload,owners/emailAddress,lastModifyingUser/emailAddress,shortcutDetails"
)
#: A download costs 200 of the 325,000 units a minute and user: 1,625 a minute (Drive limits page). A tenth is left
#: to others that use the account.
_DOWNLOADS_PER_SECOND = 1_460 / 60
_DOWNLOAD_BURST = 50
T = TypeVar("T")


def resource_key_header(file_id: str, resource_key: str | None) -> dict[str, str]:
    """The header that opens a file shared by link since 2021 (Drive guide, "Access link-shared files")."""
    return {"X-Goog-Drive-Resource-Keys": f"{file_id}/{resource_key}"} if resource_key else {}


def resource_key_of(web_url: str) -> str | None:
    """The resource key that a link carries."""
    return next(iter(parse_qs(urlsplit(web_url).query).get("resourcekey", ())), None)


def _with_resource_key(web_url: str, resource_key: str | None) -> str:
    if not resource_key or resource_key_of(web_url):
        return web_url
    parts = urlsplit(web_url)
    query = "&".join(filter(None, (parts.query, urlencode({"resourcekey": resource_key}))))
    return urlunsplit(parts._replace(query=query))


class GoogleDrive:
    """Fulfils `ports.SourceDrive`. Safe to share by threads.

    Args:
        key: gives the JSON key of the service account. Read when first needed, and again when Google refuses it.
        endpoint: base URL of Google's APIs, without a path.
        clock: tells when a quota of a day is free again.
        backoff: for what passes: rate limits, 5xx, cut connections.
    """

    def __init__(
        self,
        key: Secret,
        endpoint: str,
        clock: Clock,
        backoff: Backoff | None = None,
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._google = SignIn(key, self._endpoint)
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._bucket = TokenBucket(_DOWNLOADS_PER_SECOND, _DOWNLOAD_BURST)

    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        """See `ports.SourceDrive.facts`. The facts are of the target where the file is a shortcut.

        The resource key, where there is one, stays in `web_url`, so that `ranges` finds it again.
        """
        found = self._metadata(file_id, resource_key)
        if found["mimeType"] != SHORTCUT_MIME_TYPE:
            return _drive_file(found, resource_key)
        return self._target(found)

    def _target(self, shortcut: dict[str, Any]) -> DriveFile:
        """Of what a shortcut leads to. Drive lets none lead to another shortcut, and does not tell whether the
        target is gone or only not shared."""
        name, details = one_line(shortcut["name"]), shortcut.get("shortcutDetails") or {}
        target_id, resource_key = str(details.get("targetId", "")), details.get("targetResourceKey")
        if shortcut.get("trashed"):
            raise Rejection(
                "drive_trashed", f'The shortcut "{name}" is in the trash; restore it and announce it again.'
            )
        if not re.fullmatch(FILE_ID_PATTERN, target_id):
            raise _dead_shortcut(name, "it leads to no file; put the video itself into the folder.", shortcut["id"])
        try:
            found = self._metadata(target_id, resource_key)
        except Rejection as refusal:
            advice = (
                "the file that it leads to is deleted, or not shared with the pipeline: "
                f"share it (or its folder) with {self.account} as a viewer."
            )
            raise _dead_shortcut(name, advice, f"{shortcut['id']} -> {refusal.detail}") from refusal
        if found["mimeType"] == SHORTCUT_MIME_TYPE:
            raise _dead_shortcut(name, "it leads to another shortcut; put the video itself into the folder.", target_id)
        return _drive_file(found, resource_key)

    def ranges(self, source: SourceFile) -> DriveRanges:
        """See `ports.SourceDrive.ranges`. The version is checked before the first byte is read."""
        if source.size_bytes is None:
            raise Rejection(
                "drive_no_content",
                "This is a folder or a Google document, not a file with a video in it.",
                source.file_id,
            )
        return DriveRanges(
            size_bytes=source.size_bytes,
            url=f"{self._endpoint}/drive/v3/files/{source.file_id}",
            headers=resource_key_header(source.file_id, resource_key_of(source.web_url)),
            session=self._google.session,
            failed=lambda status, body: self._error(status, body, source.file_id),
            check_version=lambda: self.check_version(source),
            guard=self._google.guard,
            bucket=self._bucket,
            backoff=self._backoff,
        )

    @property
    def account(self) -> str:
        """The service account's e-mail address: whom files have to be shared with."""
        return self._google.account

    def check_version(self, source: SourceFile) -> None:
        """See `ports.SourceDrive.check_version`."""
        now = self.facts(source.file_id, resource_key_of(source.web_url))
        if source.md5 is not None:
            same = now.md5 == source.md5
        elif source.head_revision_id is not None:
            same = now.head_revision_id == source.head_revision_id
        else:
            same = now.size_bytes == source.size_bytes
        if not same:
            raise Rejection(
                "drive_file_changed",
                "The file was replaced in Google Drive while it was worked on; its new version is another video.",
                f"{source.file_id}: md5 {source.md5} -> {now.md5}, revision {source.head_revision_id} -> "
                f"{now.head_revision_id}, {source.size_bytes} -> {now.size_bytes} bytes",
            )

    def call(
        self,
        build: Callable[[Any], Any],
        read: Callable[[object], T],
        about: str,
        understood: Callable[[Refusal], VcpError | None] | None = None,
    ) -> T:
        """Make a request of Drive v3 and run it, patiently; what `read` makes of its answer.

        Args:
            build: makes the request out of the client, `lambda drive: drive.files().list(...)`.
            read: reads the answer; raises `RetryableError` for one that Drive cannot have given.
            about: the id of what is asked for; for errors.
            understood: the error for a refusal that means something particular here; else `drive_error` says.

        Raises our errors only: `Rejection`, `RetryableError`, `WaitUntilError`, `PermanentError`.
        """
        for attempt in self._backoff.retrying():
            with attempt, self._google.guard():
                request = build(self._google.service())
                try:
                    return read(request.execute())
                except HttpError as error:
                    status = int(error.resp.status)
                    particular = understood(refusal_of(status, error.content)) if understood else None
                    raise particular or self._error(status, error.content, about) from error
                except (OSError, httplib2.HttpLib2Error) as error:
                    raise RetryableError(
                        "drive_unreachable", "Google Drive did not answer; the work is tried again.", repr(error)
                    ) from error
        raise AssertionError("unreachable: the last attempt raises or returns")

    def _metadata(self, file_id: str, resource_key: str | None) -> dict[str, Any]:
        def build(drive: Any) -> Any:
            request = drive.files().get(fileId=file_id, fields=_FIELDS, supportsAllDrives=True)
            request.headers.update(resource_key_header(file_id, resource_key))
            return request

        return self.call(build, lambda answer: _resource(answer, file_id), file_id)

    def _error(self, status: int, body: bytes, file_id: str) -> VcpError:
        return drive_error(refusal_of(status, body), file_id=file_id, account=self.account, now=self._clock.now())


def _dead_shortcut(name: str, why: str, detail: str) -> Rejection:
    return Rejection("drive_dead_shortcut", f'"{name}" is a shortcut in Google Drive, and {why}', detail)


def _resource(answer: object, file_id: str) -> dict[str, Any]:
    """A file resource; the client hands through as text what is no JSON, such as a proxy's page."""
    texts = ("id", "name", "mimeType")
    if not isinstance(answer, dict) or not all(isinstance(answer.get(field), str) for field in texts):
        raise not_drives_answer(f"{file_id}: {answer!r:.200}")
    return answer


def _drive_file(found: dict[str, Any], resource_key: str | None) -> DriveFile:
    size = found.get("size")
    people = [*found.get("owners", ()), found.get("lastModifyingUser", {})]
    created = found.get("createdTime")
    return DriveFile(
        file_id=found["id"],
        name=found["name"],
        mime_type=found["mimeType"],
        # Drive writes 64-bit numbers as text. Folders and Google documents have no size.
        size_bytes=int(size) if size is not None else None,
        md5=found.get("md5Checksum"),
        head_revision_id=found.get("headRevisionId"),
        trashed=bool(found.get("trashed", False)),
        can_download=bool(found.get("capabilities", {}).get("canDownload", True)),
        web_url=_with_resource_key(found.get("webViewLink", ""), found.get("resourceKey") or resource_key),
        created_at=datetime.fromisoformat(created) if created else None,
        # A file in a shared drive has no owner.
        owner=next((person["emailAddress"] for person in people if "emailAddress" in person), None),
    )
