"""Console routes of the local Google Drive: what people do in a browser, and what tests need to see."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.context import ConsoleRoutes
from localcloud.google_drive.call import Drive
from localcloud.google_drive.faults import parse_fault
from localcloud.google_drive.model import DOCS_PREFIX, ROLES, SHORTCUT, DriveFile
from localcloud.google_drive.resource import file_resource
from localcloud.stand_in import Routes, add_routes, log_and_fault_routes

#: Owner of what is created without naming one.
DEFAULT_OWNER = "studio@example.com"
_FULL_SCOPE = "https://www.googleapis.com/auth/drive"


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


#: Facts about a file that the console sets: JSON name -> attribute and conversion.
_FACTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "name": ("name", str),
    "resourceKey": ("resource_key", str),
    "trashed": ("trashed", bool),
    "downloadDisabled": ("download_disabled", bool),
    "abusive": ("abusive", bool),
    "downloadQuotaExceeded": ("download_quota_exceeded", bool),
    "createdTime": ("created", _moment),
    "modifiedTime": ("modified", _moment),
}


class DriveConsole:
    """The handlers; see `client.DriveClient` for their parameters."""

    def __init__(self, drive: Drive, urls: Mapping[str, str]) -> None:
        self._drive = drive
        self._store = drive.store
        self._urls = urls

    def add_routes(self, console: ConsoleRoutes) -> None:
        routes: Routes = {
            "POST /drive/service-accounts": self.service_account,
            "POST /drive/people": self.person,
            "POST /drive/tokens/expire": self._drive.identity.expire_all,
            "GET /drive/files": self.file,
            "POST /drive/files": self.drop,
            "POST /drive/files/create": self.create,
            "POST /drive/files/update": self.update,
            "POST /drive/files/move": self.move,
            "POST /drive/files/delete": self.delete,
            "POST /drive/drives": self.shared_drive,
            "POST /drive/share": self.share,
            "POST /drive/unshare": self.unshare,
        }
        common = log_and_fault_routes("/drive", self._drive.log, self._drive.faults, parse_fault)
        add_routes(console, routes | common)

    def _resource(self, file: DriveFile) -> dict[str, Any]:
        """Return the whole resource as its owner sees it, or in a shared drive an organizer."""
        viewer = self._drive.identity.principal(file.owner or file.last_modifying)
        role = "owner" if file.owner is not None else "organizer"
        return file_resource(self._store, self._drive.identity, file, viewer, role)

    def service_account(self, email: str | None = None) -> dict[str, Any]:
        if email is not None and not email.endswith(".iam.gserviceaccount.com"):
            raise ValueError("the e-mail address of a service account ends in .iam.gserviceaccount.com")
        return self._drive.identity.create_service_account(email, self._urls["google"] + "/token")

    def person(self, email: str) -> dict[str, Any]:
        token = self._drive.identity.issue(email, [_FULL_SCOPE])
        return {"access_token": token.value, "rootFolderId": self._store.root_of(email).id}

    def file(self, file_id: str) -> dict[str, Any]:
        return self._resource(self._store.get(file_id))

    def drop(
        self,
        path: str,
        name: str | None = None,
        mime_type: str | None = None,
        facts: Mapping[str, Any] | None = None,
        **place: Any,
    ) -> dict[str, Any]:
        source = _existing(path)
        name = name or source.name
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        blob = self._store.content.take(source)
        with self._store.lock:
            parent, owner = self._place(place)
            file = self._store.create(name=name, mime_type=mime_type or guessed, parent=parent, by=owner, blob=blob)
            _set_facts(file, facts or {})
            return self._shared(file, place)

    def create(self, name: str, mime_type: str, target: str | None = None, **place: Any) -> dict[str, Any]:
        if not mime_type.startswith(DOCS_PREFIX) or (target is not None) != (mime_type == SHORTCUT):
            raise ValueError(f"create makes folders, documents and shortcuts with a target, not {mime_type}")
        with self._store.lock:
            destination = None if target is None else self._store.get(target)
            if destination is not None and destination.mime_type == SHORTCUT:
                raise ValueError("The specified file is not an allowed shortcut target type.")
            parent, owner = self._place(place)
            file = self._store.create(name=name, mime_type=mime_type, parent=parent, by=owner)
            if destination is not None:
                file.shortcut_target, file.shortcut_target_mime_type = destination.id, destination.mime_type
            return self._shared(file, place)

    def _place(self, place: Mapping[str, Any]) -> tuple[DriveFile, str]:
        """Return the folder for a new file, and its owner."""
        unknown = set(place) - {"parent", "owner", "shared_with"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        owner = place.get("owner")
        parent = self._store.get(place["parent"]) if "parent" in place else self._store.root_of(owner or DEFAULT_OWNER)
        if not parent.is_folder:
            raise ValueError(f"{parent.name} ({parent.id}) is not a folder")
        return parent, owner or parent.owner or DEFAULT_OWNER

    def _shared(self, file: DriveFile, place: Mapping[str, Any]) -> dict[str, Any]:
        for email in place.get("shared_with", ()):
            self._store.share(file, "reader", email)
        return self._resource(file)

    def update(self, file_id: str, path: str | None = None, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
        file = self._store.get(file_id)
        if path is not None:
            self._store.replace_content(file, self._store.content.take(_existing(path)))
        if facts:
            with self._store.changing(file, touch="name" in facts):
                _set_facts(file, facts)
        return self._resource(file)

    def move(self, file_id: str, parent: str) -> dict[str, Any]:
        file = self._store.get(file_id)
        self._store.move(file, self._store.get(parent))
        return self._resource(file)

    def delete(self, file_id: str) -> None:
        self._store.delete(self._store.get(file_id))

    def shared_drive(self, name: str, members: dict[str, str]) -> dict[str, Any]:
        _check_roles(members.values())
        creator = next((email for email, role in members.items() if role == "organizer"), None)
        if creator is None:
            raise ValueError("one of the members is organizer")
        return {"id": self._store.create_drive(name, members, creator).id}

    def share(self, file_id: str, email: str, role: str) -> dict[str, Any]:
        _check_roles([role])
        file = self._store.get(file_id)
        self._store.share(file, role, None if email == "anyone" else email)
        return self._resource(file)

    def unshare(self, file_id: str, email: str) -> None:
        self._store.unshare(self._store.get(file_id), email)


def _check_roles(roles: Iterable[str]) -> None:
    if not set(roles) <= set(ROLES) - {"owner"}:
        raise ValueError(f"a role is one of {', '.join(ROLES[:-1])}")


def _existing(path: str) -> Path:
    source = Path(path)
    if not source.is_file():
        raise LookupError(f"there is no file {source}")
    return source


def _set_facts(file: DriveFile, facts: Mapping[str, Any]) -> None:
    unknown = set(facts) - set(_FACTS)
    if unknown:
        raise ValueError(f"unknown facts: {', '.join(sorted(unknown))}; known are {', '.join(_FACTS)}")
    for name, value in facts.items():
        attribute, convert = _FACTS[name]
        setattr(file, attribute, convert(value))
