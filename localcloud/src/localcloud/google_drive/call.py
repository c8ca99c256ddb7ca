"""One request to the Drive API and the state that it works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from localcloud.google_drive import errors, fields, resource
from localcloud.google_drive.discovery import Method
from localcloud.google_drive.faults import DriveFault
from localcloud.google_drive.identity import Identity
from localcloud.google_drive.model import DriveFile, Principal
from localcloud.google_drive.quota import Quota
from localcloud.google_drive.store import DriveStore
from localcloud.stand_in import Faults, RequestLog


@dataclass(frozen=True)
class Drive:
    """The local Google Drive: what its API and its console share."""

    store: DriveStore
    identity: Identity
    quota: Quota
    faults: Faults[DriveFault]
    log: RequestLog


@dataclass(frozen=True)
class Call:
    """An authenticated, checked request.

    `params` are the query parameters in their types, `entry` the request in the log, `faults` those that affect
    it, by kind.
    """

    drive: Drive
    request: Request
    method: Method
    principal: Principal
    file_id: str
    params: Mapping[str, Any]
    entry: dict[str, Any]
    faults: Mapping[str, DriveFault]

    def role(self, file: DriveFile) -> str | None:
        header = self.request.headers.get("X-Goog-Drive-Resource-Keys", "")
        keys = dict(part.strip().split("/", 1) for part in header.split(",") if "/" in part)
        return self.drive.store.access.effective_role(file, self.principal.email, keys)

    def file(self) -> DriveFile:
        """Return the file that the path names. Raises DriveError 404 if the caller may not know of it.

        Items of shared drives stay hidden from callers that do not send supportsAllDrives.
        """
        file = self.drive.store.files.get(self.file_id)
        if file is None or self.role(file) is None or (file.drive_id and not self.params.get("supportsAllDrives")):
            raise errors.not_found(self.file_id)
        return file

    def is_member(self, drive_id: str) -> bool:
        """Report whether the caller is a member of a shared drive, and not only of a folder in it."""
        drive = self.drive.store.files.get(drive_id)
        return drive is not None and drive.drive_id == drive.id and self.role(drive) is not None

    def file_resource(self, file: DriveFile) -> dict[str, Any]:
        return resource.file_resource(self.drive.store, self.drive.identity, file, self.principal, self.role(file))

    def respond(self, schema: str, whole: Any) -> Response:
        """Return a resource with the fields that were asked for."""
        return errors.json_response(fields.project(whole, fields.parse(self.params.get("fields"), schema)))
