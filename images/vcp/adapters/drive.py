"""Google Drive: a file's facts, and ranged reads of its content.

Facts come through google-api-python-client, content through `AuthorizedSession` (`files.get?alt=media` with a Range;
never the browser's download link, which answers with a web page for large files). No redirect is followed: the
access token goes to the Drive endpoint only, the signed request for it to the token address in the key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock, local
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import google_auth_httplib2
import httplib2
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account
from googleapiclient import discovery
from googleapiclient.errors import HttpError

from vcp.adapters.drive_errors import drive_error, refusal_of
from vcp.adapters.drive_ranges import DriveRanges
from vcp.adapters.pacing import Backoff, Pace
from vcp.adapters.secrets import Secret
from vcp.domain.errors import PermanentError, Rejection, RetryableError
from vcp.domain.record import SourceFile
from vcp.ports import Clock, DriveFile

SCOPE = "https://www.googleapis.com/auth/drive.readonly"
SHORTCUT_MIME_TYPE = "application/vnd.google-apps.shortcut"
#: Drive does not let a shortcut point at a shortcut; one more is patience.
_MOST_SHORTCUTS = 2
_FIELDS = (
    "id,name,mimeType,size,md5Checksum,headRevisionId,trashed,webViewLink,createdTime,resourceKey,"
    "capabilities/canDownload,owners/emailAddress,lastModifyingUser/emailAddress,shortcutDetails"
)
_TIMEOUT_SECONDS = 30
#: A download costs 200 of the 325,000 units a minute and user: 1,625 a minute (Drive limits page). A tenth is left
#: to others that use the account.
_DOWNLOADS_PER_SECOND = 1_460 / 60
_DOWNLOAD_BURST = 50


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
        self._key = key
        self._endpoint = endpoint.rstrip("/")
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._pace = Pace(_DOWNLOADS_PER_SECOND, _DOWNLOAD_BURST)
        self._lock = Lock()
        self._credentials: service_account.Credentials | None = None
        self._threads = local()

    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        """See `ports.SourceDrive.facts`. The facts are of the target where the file is a shortcut.

        The resource key, where there is one, stays in `web_url`, so that `ranges` finds it again.
        """
        for _ in range(_MOST_SHORTCUTS + 1):
            found = self._metadata(file_id, resource_key)
            if found["mimeType"] != SHORTCUT_MIME_TYPE:
                return _drive_file(found, resource_key)
            target = found.get("shortcutDetails", {})
            if "targetId" not in target:
                break
            file_id, resource_key = target["targetId"], target.get("targetResourceKey")
        raise Rejection("drive_dead_shortcut", "This is a shortcut in Google Drive that leads to no file.", file_id)

    def ranges(self, source: SourceFile) -> DriveRanges:
        """See `ports.SourceDrive.ranges`. The version is checked before the first byte is read."""
        if source.size_bytes is None:
            raise Rejection(
                "drive_no_content",
                "This is a folder or a Google document, not a file with a video in it.",
                source.file_id,
            )
        resource_key = resource_key_of(source.web_url)
        headers = resource_key_header(source.file_id, resource_key)
        return DriveRanges(
            size_bytes=source.size_bytes,
            url=f"{self._endpoint}/drive/v3/files/{source.file_id}",
            headers=headers,
            session=self._session,
            failed=lambda status, body: drive_error(
                refusal_of(status, body), file_id=source.file_id, account=self.account, now=self._clock.now()
            ),
            check_version=lambda: self.check_version(source),
            guard=self._guard,
            pace=self._pace,
            backoff=self._backoff,
        )

    @property
    def account(self) -> str:
        """The service account's e-mail address: whom files have to be shared with."""
        return str(self._fresh_credentials().service_account_email)

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

    def _metadata(self, file_id: str, resource_key: str | None) -> dict[str, Any]:
        for attempt in self._backoff.retrying():
            with attempt, self._guard():
                request = self._service().files().get(fileId=file_id, fields=_FIELDS, supportsAllDrives=True)
                request.headers.update(resource_key_header(file_id, resource_key))
                try:
                    return dict(request.execute())
                except HttpError as error:
                    raise drive_error(
                        refusal_of(int(error.resp.status), error.content),
                        file_id=file_id,
                        account=self.account,
                        now=self._clock.now(),
                    ) from error
                except (OSError, httplib2.HttpLib2Error) as error:
                    raise RetryableError(
                        "drive_unreachable", "Google Drive did not answer; the work is tried again.", repr(error)
                    ) from error
        raise AssertionError("unreachable: the last attempt raises or returns")

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Google's refusals of our key as errors of our tree; a refused key is read anew once for the next try."""
        used = self._credentials
        try:
            yield
        except TransportError as error:
            raise RetryableError(
                "drive_unreachable", "Google did not answer; the work is tried again.", str(error)
            ) from error
        except RefreshError as error:
            if error.retryable:
                raise RetryableError(
                    "drive_unavailable", "Google is busy; the work is tried again.", str(error)
                ) from error
            if self._renew_key(used):
                raise RetryableError("drive_key_renewed", "The key was changed; the work is tried again.") from error
            raise PermanentError(
                "drive_key_refused", "Google does not accept the pipeline's key; an operator has to look.", str(error)
            ) from error
        except GoogleAuthError as error:
            raise PermanentError(
                "drive_key_invalid", "The pipeline's key for Google is not usable; an operator has to look.", str(error)
            ) from error

    def _renew_key(self, refused: service_account.Credentials | None) -> bool:
        """Read the secret again, unless another thread did; whether it is another key than the refused one."""
        with self._lock:
            if self._credentials is refused or self._credentials is None:
                self._credentials = _credentials(self._key(fresh=True))
                self._threads = local()
            return refused is None or refused.signer.key_id != self._credentials.signer.key_id

    def _fresh_credentials(self) -> service_account.Credentials:
        """Credentials with a token that still holds; one thread renews it for all."""
        with self._lock:
            if self._credentials is None:
                self._credentials = _credentials(self._key())
            return self._credentials

    def _session(self) -> AuthorizedSession:
        session: AuthorizedSession = self._of_thread("session", AuthorizedSession)
        return session

    def _service(self) -> Any:
        return self._of_thread("service", self._make_service)

    def _of_thread(self, name: str, make: Callable[[service_account.Credentials], Any]) -> Any:
        """httplib2 is not safe to share by threads, and a session's cookies need not be."""
        credentials = self._fresh_credentials()
        with self._lock:
            if not credentials.valid:
                credentials.refresh(Request())  # type: ignore[no-untyped-call]
            threads = self._threads
        if not hasattr(threads, name):
            setattr(threads, name, make(credentials))
        return getattr(threads, name)

    def _make_service(self, credentials: service_account.Credentials) -> Any:
        http = httplib2.Http(timeout=_TIMEOUT_SECONDS)
        http.follow_redirects = False
        return discovery.build(
            "drive",
            "v3",
            http=google_auth_httplib2.AuthorizedHttp(credentials, http=http),
            # It replaces the whole base URL, the service's path included.
            client_options={"api_endpoint": f"{self._endpoint}/drive/v3/"},
            static_discovery=True,
            cache_discovery=False,
        )


def _credentials(key: str) -> service_account.Credentials:
    """Raises `PermanentError` for a text that is no key, without a word of it."""
    try:
        credentials: service_account.Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            json.loads(key), scopes=[SCOPE]
        )
    except (ValueError, TypeError, AttributeError) as error:
        kind = type(error).__name__
    else:
        return credentials
    # Outside the handler: the original error may quote the key.
    raise PermanentError(
        "drive_key_invalid",
        "The pipeline's key for Google is not usable; an operator has to look.",
        f"the secret is not the JSON key of a service account ({kind})",
    )


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
