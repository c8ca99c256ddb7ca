"""Console routes of the local Google Drive: what a person does in the browser, and what a test needs to see."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.context import CloudContext
from localcloud.google_drive.call import Drive
from localcloud.google_drive.identity import TOKEN_SECONDS, TokenRefused
from localcloud.google_drive.model import FOLDER, ROLES, DriveFile, Principal
from localcloud.google_drive.quota import Limits
from localcloud.google_drive.resource import file_resource

#: Owner of what is dropped without naming one.
DEFAULT_OWNER = "studio@example.com"
_FULL_SCOPE = "https://www.googleapis.com/auth/drive"
#: Facts about a file that the console sets: JSON name -> attribute.
_SWITCHES = {
    "downloadDisabled": "download_disabled",
    "abusive": "abusive",
    "downloadQuotaExceeded": "download_quota_exceeded",
    "withoutSha": "without_sha",
    "copyRequiresWriterPermission": "copy_requires_writer",
    "trashed": "trashed",
}
_TIMES = {"createdTime": "created", "modifiedTime": "modified"}
_VALUES = {"resourceKey": "resource_key", "videoMediaMetadata": "video", "mimeType": "mime_type", "name": "name"}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be given as text")
    return value


def _only(body: Mapping[str, Any], *names: str) -> None:
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known are {', '.join(names)}")


class DriveConsole:
    """The handlers; each takes the JSON body (or query) of its route."""

    def __init__(self, drive: Drive, context: CloudContext) -> None:
        self._drive = drive
        self._context = context

    def add_routes(self) -> None:
        routes = {
            ("POST", "/drive/service-accounts"): self.service_account,
            ("POST", "/drive/people"): self.person,
            ("POST", "/drive/tokens/expire"): self.expire,
            ("POST", "/drive/files"): self.drop,
            ("POST", "/drive/files/update"): self.update,
            ("POST", "/drive/files/move"): self.move,
            ("POST", "/drive/files/delete"): self.delete,
            ("GET", "/drive/files"): self.file,
            ("POST", "/drive/folders"): self.folder,
            ("POST", "/drive/drives"): self.shared_drive,
            ("POST", "/drive/share"): self.share,
            ("POST", "/drive/faults"): self.fault,
            ("GET", "/drive/faults"): self.faults,
            ("POST", "/drive/faults/clear"): self.clear_faults,
            ("GET", "/drive/requests"): self.requests,
            ("POST", "/drive/requests/clear"): self.clear_requests,
            ("POST", "/drive/quota"): self.quota,
            ("GET", "/drive/quota"): self.quota_used,
        }
        for (method, path), handler in routes.items():
            self._context.console.add(method, path, handler)

    def _shown(self, file: DriveFile) -> dict[str, Any]:
        """The whole resource as its owner sees it (a shared drive's as an organizer would)."""
        viewer: Principal = self._drive.identity.principal(file.owner or file.last_modifying)
        role = "owner" if file.owner is not None else "organizer"
        return file_resource(self._drive.store, self._drive.identity, file, viewer, role)

    def service_account(self, body: Mapping[str, Any]) -> Any:
        _only(body, "email")
        email = body.get("email")
        if email is not None and not str(email).endswith(".iam.gserviceaccount.com"):
            raise ValueError("the e-mail address of a service account ends in .iam.gserviceaccount.com")
        token_uri = self._context.urls["google"] + "/token"
        return self._drive.identity.create_service_account(email, token_uri)

    def person(self, body: Mapping[str, Any]) -> Any:
        _only(body, "email", "scopes")
        principal = self._drive.identity.principal(_text(body, "email"))
        try:
            token = self._drive.identity.issue(principal, body.get("scopes") or [_FULL_SCOPE])
        except TokenRefused as refused:
            raise ValueError(refused.description) from refused
        root = self._drive.store.root_of(principal.email)
        return {
            "email": principal.email,
            "access_token": token.value,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "rootFolderId": root.id,
        }

    def expire(self, body: Mapping[str, Any]) -> Any:
        _only(body)
        return {"expired": self._drive.identity.expire_all()}

    def _place(self, body: Mapping[str, Any]) -> tuple[DriveFile, str]:
        """The folder to put something in, and whose it will be."""
        store = self._drive.store
        owner = str(body.get("owner") or DEFAULT_OWNER)
        parent = store.get(str(body["parent"])) if body.get("parent") else store.root_of(owner)
        if not parent.is_folder:
            raise ValueError(f"{parent.name} ({parent.id}) is no folder")
        if not body.get("owner") and parent.owner is not None:
            owner = parent.owner
        self._drive.identity.principal(owner)
        return parent, owner

    def _share_all(self, file: DriveFile, body: Mapping[str, Any]) -> None:
        for email in body.get("sharedWith") or []:
            self._drive.store.share(file, "reader", str(email))

    def drop(self, body: Mapping[str, Any]) -> Any:
        _only(body, "path", "name", "parent", "owner", "mimeType", "sharedWith", *_SWITCHES, *_VALUES, *_TIMES)
        source = _existing(body)
        parent, owner = self._place(body)
        name = str(body.get("name") or source.name)
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        blob = self._drive.store.content.take(source)
        with self._drive.store.lock:
            file = self._drive.store.create(
                name=name, mime_type=str(body.get("mimeType") or guessed), parent=parent, by=owner, blob=blob
            )
            self._share_all(file, body)
            _set_facts(file, {key: value for key, value in body.items() if key not in ("name", "mimeType")})
            return self._shown(file)

    def update(self, body: Mapping[str, Any]) -> Any:
        _only(body, "fileId", "path", "by", *_SWITCHES, *_VALUES, *_TIMES)
        store = self._drive.store
        file = store.get(_text(body, "fileId"))
        by = str(body.get("by") or file.owner or file.last_modifying)
        if "path" in body:
            store.replace_content(file, store.content.take(_existing(body)), by)
        facts = {key: value for key, value in body.items() if key in {**_SWITCHES, **_VALUES, **_TIMES}}
        if facts:
            with store.changing(file, by, touch="name" in facts):
                _set_facts(file, facts)
        return self._shown(file)

    def move(self, body: Mapping[str, Any]) -> Any:
        """As a person drags it: its times stay as they are."""
        _only(body, "fileId", "parent")
        store = self._drive.store
        file = store.get(_text(body, "fileId"))
        store.move(file, store.get(_text(body, "parent")), file.owner or file.last_modifying)
        return self._shown(file)

    def delete(self, body: Mapping[str, Any]) -> Any:
        _only(body, "fileId")
        self._drive.store.delete(self._drive.store.get(_text(body, "fileId")))
        return {}

    def file(self, query: Mapping[str, Any]) -> Any:
        _only(query, "fileId")
        return self._shown(self._drive.store.get(_text(query, "fileId")))

    def folder(self, body: Mapping[str, Any]) -> Any:
        _only(body, "name", "parent", "owner", "sharedWith")
        parent, owner = self._place(body)
        with self._drive.store.lock:
            folder = self._drive.store.create(name=_text(body, "name"), mime_type=FOLDER, parent=parent, by=owner)
            self._share_all(folder, body)
            return self._shown(folder)

    def shared_drive(self, body: Mapping[str, Any]) -> Any:
        _only(body, "name", "members")
        members = body.get("members")
        if not isinstance(members, Mapping) or "organizer" not in members.values():
            raise ValueError("members maps e-mail addresses to roles; one of them is organizer")
        if not set(members.values()) <= set(ROLES) - {"owner"}:
            raise ValueError(f"roles in a shared drive are {', '.join(ROLES[:-1])}")
        creator = next(email for email, role in members.items() if role == "organizer")
        drive = self._drive.store.create_drive(_text(body, "name"), dict(members), creator)
        return {"kind": "drive#drive", "id": drive.id, "name": drive.name}

    def share(self, body: Mapping[str, Any]) -> Any:
        _only(body, "fileId", "email", "role")
        file = self._drive.store.get(_text(body, "fileId"))
        role, email = str(body.get("role") or "reader"), _text(body, "email")
        if role not in ROLES[:-1]:
            raise ValueError(f"role is one of {', '.join(ROLES[:-1])}")
        self._drive.store.share(file, role, None if email == "anyone" else email)
        return self._shown(file)

    def fault(self, body: Mapping[str, Any]) -> Any:
        return self._drive.faults.add(body).describe()

    def faults(self, query: Mapping[str, Any]) -> Any:
        _only(query)
        return self._drive.faults.pending()

    def clear_faults(self, body: Mapping[str, Any]) -> Any:
        _only(body)
        self._drive.faults.clear()
        return {}

    def requests(self, query: Mapping[str, Any]) -> Any:
        _only(query, "fileId", "operation")
        entries = self._drive.journal.entries()
        return [entry for entry in entries if all(entry[name] == wanted for name, wanted in query.items())]

    def clear_requests(self, body: Mapping[str, Any]) -> Any:
        _only(body)
        self._drive.journal.clear()
        return {}

    def quota(self, body: Mapping[str, Any]) -> Any:
        """New limits in units a minute; "off" takes one away, a missing one returns to Google's."""
        _only(body, "userUnits", "projectUnits")
        standard = Limits()
        self._drive.quota.limits = Limits(
            _limit(body.get("userUnits", standard.user_units)),
            _limit(body.get("projectUnits", standard.project_units)),
        )
        return self.quota_used({})

    def quota_used(self, query: Mapping[str, Any]) -> Any:
        _only(query)
        limits = self._drive.quota.limits
        used = self._drive.quota.used()
        return {"userUnits": limits.user_units, "projectUnits": limits.project_units, "usedLastMinute": used}


def _existing(body: Mapping[str, Any]) -> Path:
    source = Path(_text(body, "path"))
    if not source.is_file():
        raise LookupError(f"there is no file {source}")
    return source


def _set_facts(file: DriveFile, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        if name in _TIMES:
            setattr(file, _TIMES[name], _moment(name, value))
            continue
        attribute = _SWITCHES.get(name) or _VALUES.get(name)
        if attribute is None:
            continue
        if name in _SWITCHES and not isinstance(value, bool):
            raise ValueError(f"{name} is true or false")
        setattr(file, attribute, value)


def _moment(name: str, value: Any) -> datetime:
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is a time as in 2026-03-01T12:00:00Z, not {value!r}") from None


def _limit(value: Any) -> int | None:
    if value == "off":
        return None
    if not isinstance(value, int) or value < 0:
        raise ValueError(f'a limit is a number of units a minute or "off", not {value!r}')
    return value
