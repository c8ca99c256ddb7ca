"""Google Drive: metadata of files, and ranged reads of their content.

Metadata is read through google-api-python-client, content through `AuthorizedSession` (`files.get?alt=media` with a
Range; the browser's download link returns a web page for large files). Files are requested by id only, at one address;
no redirect is followed (`credentials`).
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
from vcp.adapters.google.errors import ApiError, drive_error, parse_api_error, unexpected_answer
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
#: A download costs 200 of the 325,000 units per minute and user: 1,625 a minute (Drive limits page). A tenth is left
#: for other users of the account.
_DOWNLOADS_PER_SECOND = 1_460 / 60
_DOWNLOAD_BURST = 50
T = TypeVar("T")


def resource_key_header(file_id: str, resource_key: str | None) -> dict[str, str]:
    """Return the header that files shared by link since 2021 need (Drive guide, "Access link-shared files")."""
    return {"X-Goog-Drive-Resource-Keys": f"{file_id}/{resource_key}"} if resource_key else {}


def resource_key_of(web_url: str) -> str | None:
    """Return the resource key in a link."""
    return next(iter(parse_qs(urlsplit(web_url).query).get("resourcekey", ())), None)


def _with_resource_key(web_url: str, resource_key: str | None) -> str:
    if not resource_key or resource_key_of(web_url):
        return web_url
    parts = urlsplit(web_url)
    query = "&".join(filter(None, (parts.query, urlencode({"resourcekey": resource_key}))))
    return urlunsplit(parts._replace(query=query))


class GoogleDrive:
    """Implements `ports.drive.SourceDrive`. Thread-safe.

    Args:
        key: returns the JSON key of the service account; read on first use, and again if Google rejects it.
        endpoint: base URL of Google's APIs, without a path.
        clock: for the reset of daily quotas.
        backoff: for transient errors: rate limits, 5xx, broken connections.
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
        """See `ports.drive.SourceDrive.facts`.

        A resource key is kept in `web_url`, where `ranges` finds it again.
        """
        found = self._metadata(file_id, resource_key)
        if found["mimeType"] != SHORTCUT_MIME_TYPE:
            return _drive_file(found, resource_key)
        return self._target(found)

    def _target(self, shortcut: dict[str, Any]) -> DriveFile:
        """Return the target of a shortcut. Drive does not say whether a missing target is deleted or not shared."""
        name, details = one_line(shortcut["name"]), shortcut.get("shortcutDetails") or {}
        target_id, resource_key = str(details.get("targetId", "")), details.get("targetResourceKey")
        if shortcut.get("trashed"):
            raise Rejection("drive_trashed", f'The shortcut "{name}" is in the trash; restore it and submit it again.')
        if not re.fullmatch(FILE_ID_PATTERN, target_id):
            raise _dead_shortcut(name, "it points to no file; put the video itself into the folder.", shortcut["id"])
        try:
            found = self._metadata(target_id, resource_key)
        except Rejection as rejection:
            advice = (
                "the file that it points to is deleted, or not shared with the pipeline: "
                f"share it (or its folder) with {self.account} as a viewer."
            )
            raise _dead_shortcut(name, advice, f"{shortcut['id']} -> {rejection.detail}") from rejection
        if found["mimeType"] == SHORTCUT_MIME_TYPE:
            raise _dead_shortcut(
                name, "it points to another shortcut; put the video itself into the folder.", target_id
            )
        return _drive_file(found, resource_key)

    def ranges(self, source: SourceFile) -> DriveRanges:
        """See `ports.drive.SourceDrive.ranges`. The version is checked before the first read."""
        if source.size_bytes is None:
            raise Rejection(
                "drive_no_content",
                "This is a folder or a Google document, not a video file.",
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
        """The service account's e-mail address, with which files have to be shared."""
        return self._google.account

    def check_version(self, source: SourceFile) -> None:
        """See `ports.drive.SourceDrive.check_version`."""
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
                "The file was replaced in Google Drive while it was processed; the new version is another video.",
                f"{source.file_id}: md5 {source.md5} -> {now.md5}, revision {source.head_revision_id} -> "
                f"{now.head_revision_id}, {source.size_bytes} -> {now.size_bytes} bytes",
            )

    def call(
        self,
        build: Callable[[Any], Any],
        read: Callable[[object], T],
        about: str,
        translate: Callable[[ApiError], VcpError | None] | None = None,
    ) -> T:
        """Send a request to Drive v3, with retries, and return the parsed answer.

        Args:
            build: builds the request, `lambda drive: drive.files().list(...)`.
            read: parses the answer; raises `RetryableError` if it is not Drive's.
            about: the id of what is requested; for errors.
            translate: returns the error for an `ApiError` with a special meaning here, else None: see `drive_error`.

        Raises `Rejection`, `RetryableError`, `WaitUntilError`, `PermanentError`.
        """
        for attempt in self._backoff.retrying():
            with attempt, self._google.guard():
                request = build(self._google.service())
                try:
                    return read(request.execute())
                except HttpError as error:
                    status = int(error.resp.status)
                    translated = translate(parse_api_error(status, error.content)) if translate else None
                    raise translated or self._error(status, error.content, about) from error
                except (OSError, httplib2.HttpLib2Error) as error:
                    raise RetryableError(
                        "drive_unreachable", "Google Drive did not answer; the step will be retried.", repr(error)
                    ) from error
        raise AssertionError("unreachable: the last attempt raises or returns")

    def _metadata(self, file_id: str, resource_key: str | None) -> dict[str, Any]:
        def build(drive: Any) -> Any:
            request = drive.files().get(fileId=file_id, fields=_FIELDS, supportsAllDrives=True)
            request.headers.update(resource_key_header(file_id, resource_key))
            return request

        return self.call(build, lambda answer: _resource(answer, file_id), file_id)

    def _error(self, status: int, body: bytes, file_id: str) -> VcpError:
        return drive_error(parse_api_error(status, body), file_id=file_id, account=self.account, now=self._clock.now())


def _dead_shortcut(name: str, why: str, detail: str) -> Rejection:
    return Rejection("drive_dead_shortcut", f'"{name}" is a shortcut in Google Drive, and {why}', detail)


def _resource(answer: object, file_id: str) -> dict[str, Any]:
    """Check a file resource. The client returns an answer that is not JSON, e.g. a proxy's page, as text."""
    texts = ("id", "name", "mimeType")
    if not isinstance(answer, dict) or not all(isinstance(answer.get(field), str) for field in texts):
        raise unexpected_answer(f"{file_id}: {answer!r:.200}")
    return answer


def _drive_file(found: dict[str, Any], resource_key: str | None) -> DriveFile:
    size = found.get("size")
    people = [*found.get("owners", ()), found.get("lastModifyingUser", {})]
    created = found.get("createdTime")
    return DriveFile(
        file_id=found["id"],
        name=found["name"],
        mime_type=found["mimeType"],
        # Drive sends 64-bit numbers as text. Folders and Google documents have no size.
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
