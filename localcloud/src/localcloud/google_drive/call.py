"""One request to the Drive API and the state that it works on."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from localcloud.google_drive import errors, fields, resource
from localcloud.google_drive.access import Access
from localcloud.google_drive.discovery import Method
from localcloud.google_drive.faults import Fault, Faults
from localcloud.google_drive.identity import Identity
from localcloud.google_drive.journal import Entry, Journal
from localcloud.google_drive.model import DriveFile, Principal, rank
from localcloud.google_drive.quota import Quota
from localcloud.google_drive.store import DriveStore
from localcloud.google_drive.uploads import Uploads

_WRONG_MD5 = "0" * 32


@dataclass
class Drive:
    """The local Google Drive: everything that its API and its console share."""

    store: DriveStore
    identity: Identity
    quota: Quota
    faults: Faults
    journal: Journal
    uploads: Uploads
    stopping: threading.Event


@dataclass
class Call:
    """An authenticated, checked request.

    `params` are the query parameters in their types, `body` the decoded JSON of the request.
    """

    drive: Drive
    request: Request
    method: Method
    principal: Principal
    scopes: frozenset[str]
    path_args: Mapping[str, str]
    params: Mapping[str, Any]
    body: Mapping[str, Any]
    entry: Entry
    struck: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def access(self) -> Access:
        return self.drive.store.access

    @property
    def resource_keys(self) -> dict[str, str]:
        """File id -> key of X-Goog-Drive-Resource-Keys."""
        header = self.request.headers.get("X-Goog-Drive-Resource-Keys", "")
        pairs = (part.strip().split("/", 1) for part in header.split(",") if "/" in part)
        return {file_id: key for file_id, key in pairs}  # noqa: C416 - typed as pairs

    def role(self, file: DriveFile) -> str | None:
        return self.access.effective_role(file, self.principal.email, self.resource_keys)

    def visible(self, file_id: str, name: str = "fileId") -> DriveFile:
        """The file of an id, or "root". Raises DriveError 404 where the caller may not know of it.

        Items of shared drives stay hidden from callers that do not say supportsAllDrives.
        """
        store = self.drive.store
        file = store.root_of(self.principal.email) if file_id == "root" else store.files.get(file_id)
        if file is None or self.role(file) is None:
            raise errors.not_found(file_id, name)
        all_drives = self.params.get("supportsAllDrives") or self.params.get("supportsTeamDrives")
        if file.drive_id is not None and not all_drives:
            raise errors.not_found(file_id, name)
        return file

    def is_member(self, drive_id: str) -> bool:
        """Whether the caller is a member of a shared drive, and not only of a folder in it."""
        drive = self.drive.store.files.get(drive_id)
        return drive is not None and drive.drive_id == drive.id and self.role(drive) is not None

    def file(self) -> DriveFile:
        """The file that the path names."""
        return self.visible(self.path_args["fileId"])

    def require(self, file: DriveFile, role: str) -> None:
        """Raises DriveError 403 insufficientFilePermissions below a role."""
        if rank(self.role(file)) < rank(role):
            raise errors.insufficient_file_permissions(file.id)

    def file_resource(self, file: DriveFile) -> dict[str, Any]:
        """The whole resource as the caller sees it, with the fault of a wrong checksum if one is due."""
        whole = resource.file_resource(self.drive.store, self.drive.identity, file, self.principal, self.role(file))
        if "wrongMd5" in self.struck and "md5Checksum" in whole:
            whole["md5Checksum"] = _WRONG_MD5
        return whole

    def selection(self, schema: str) -> fields.Selection:
        return fields.parse(self.params.get("fields"), schema)

    def answer(self, schema: str, whole: Any) -> Response:
        """A resource with the fields that were asked for."""
        return errors.json_response(fields.project(whole, self.selection(schema)))
