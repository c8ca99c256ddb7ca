"""The state of the local Google Drive: one tree of files for each person, shared drives, permissions, changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from localcloud.google_drive.access import Access
from localcloud.google_drive.content import ContentStore
from localcloud.google_drive.identity import permission_id
from localcloud.google_drive.model import (
    FOLDER,
    Blob,
    Change,
    DriveFile,
    Permission,
    new_file_id,
    new_revision_id,
    new_root_id,
)


class DriveStore:
    """Files and their changes. Every method takes the lock itself; hold `lock` for several at once."""

    def __init__(self, directory: Path) -> None:
        self.lock = threading.RLock()
        self.files: dict[str, DriveFile] = {}
        self.content = ContentStore(directory)
        self.access = Access(self.files)
        self._roots: dict[str, DriveFile] = {}
        self._changes: list[Change] = []

    def get(self, file_id: str) -> DriveFile:
        """Raises LookupError for an unknown id."""
        with self.lock:
            if file_id not in self.files:
                raise LookupError(f"File not found: {file_id}.")
            return self.files[file_id]

    def root_of(self, email: str) -> DriveFile:
        """Return the My Drive folder of an address, created at first use."""
        with self.lock:
            if email not in self._roots:
                root = self._roots[email] = self._new_root("My Drive", email, {email: "owner"})
                root.owner = email
            return self._roots[email]

    def create_drive(self, name: str, members: dict[str, str], creator: str) -> DriveFile:
        """Create a shared drive; its top folder has the id of the drive. `members` maps address -> role."""
        with self.lock:
            drive = self._new_root(name, creator, members)
            drive.drive_id = drive.id
            return drive

    def _new_root(self, name: str, creator: str, members: dict[str, str]) -> DriveFile:
        now = datetime.now(UTC)
        root = DriveFile(new_root_id(), name, FOLDER, None, None, now, now, creator)
        root.permissions = {permission.id: permission for permission in map(_permission, members, members.values())}
        self.files[root.id] = root
        return root

    def create(self, *, name: str, mime_type: str, parent: DriveFile, by: str, blob: Blob | None = None) -> DriveFile:
        """Create a file below `parent`, owned by `by` or, in a shared drive, without an owner."""
        now = datetime.now(UTC)
        with self.lock:
            file = DriveFile(new_file_id(), name, mime_type, None, parent.id, now, now, by)
            file.drive_id = parent.drive_id
            if parent.drive_id is None:
                file.owner = by
                file.permissions[permission_id(by)] = _permission(by, "owner")
            if blob is not None:
                file.blob, file.head_revision_id, file.original_filename = blob, new_revision_id(), name
            self.files[file.id] = file
            self._record(file)
            return file

    @contextmanager
    def changing(self, file: DriveFile, *, touch: bool = True) -> Iterator[DriveFile]:
        """Change a file under the lock, then update its version, the change log and, with `touch`, modifiedTime."""
        with self.lock:
            before = self.access.audience(file)
            yield file
            file.version += 1
            file.last_modifying = file.owner or file.last_modifying
            if touch:
                file.modified = datetime.now(UTC)
            self._record(file, before)

    def replace_content(self, file: DriveFile, blob: Blob) -> None:
        """Give a file new bytes, with a new head revision and new checksums."""
        with self.changing(file):
            old, file.blob = file.blob, blob
            file.head_revision_id = new_revision_id()
        if old is not None:
            self.content.drop(old)

    def grow(self, file: DriveFile, extra: int) -> None:
        """Append zero bytes, like a desktop client that was still synchronizing."""
        if file.blob is None:
            raise ValueError(f"{file.name} has no content that could grow")
        self.replace_content(file, self.content.extended(file.blob, extra))

    def move(self, file: DriveFile, parent: DriveFile) -> None:
        """Move a file into another folder. Raises ValueError for a move into itself or into another drive."""
        with self.lock:
            if not parent.is_folder or any(level.id == file.id for level in self.access.lineage(parent)):
                raise ValueError(f"{file.name} cannot be moved into {parent.name}")
            if parent.drive_id != file.drive_id:
                raise ValueError("moving between My Drive and shared drives is not implemented")
            with self.changing(file, touch=False):
                file.parent_id = parent.id

    def delete(self, file: DriveFile) -> None:
        """Delete a file permanently, with everything below a folder."""
        with self.lock:
            for child in [other for other in self.files.values() if other.parent_id == file.id]:
                self.delete(child)
            self._record(file)
            del self.files[file.id]
        if file.blob is not None:
            self.content.drop(file.blob)

    def share(self, file: DriveFile, role: str, email: str | None) -> None:
        """Give an address, or anyone with the link (None), a role on a file and all below it."""
        permission = _permission(email, role)
        with self.changing(file, touch=False):
            file.permissions[permission.id] = permission

    def unshare(self, file: DriveFile, email: str) -> None:
        """Remove the permission of an address. Raises LookupError unless the file itself holds it."""
        if permission_id(email) not in file.permissions:
            raise LookupError(f"{file.name} is not shared with {email} itself")
        with self.changing(file, touch=False):
            del file.permissions[permission_id(email)]

    def listed_for(self, email: str) -> list[DriveFile]:
        """Return everything shared with an address by name, directly or through a folder, except root folders."""
        with self.lock:
            return [
                file
                for file in self.files.values()
                if file.parent_id is not None and self.access.role(file, email) is not None
            ]

    def _record(self, file: DriveFile, before: frozenset[str] = frozenset()) -> None:
        audience = self.access.audience(file) | before
        self._changes.append(Change(self.next_sequence, file.id, datetime.now(UTC), audience, file.drive_id))

    @property
    def next_sequence(self) -> int:
        """The position in the change log after everything that has happened; the first is 1."""
        return len(self._changes) + 1

    def changes_since(self, sequence: int, concerns: Callable[[Change], bool]) -> list[Change]:
        """Return the last change of each file at or after a position, of those that `concerns` selects, in order."""
        with self.lock:
            last: dict[str, Change] = {}
            for change in self._changes[sequence - 1 :]:
                if concerns(change):
                    last.pop(change.file_id, None)
                    last[change.file_id] = change
            return list(last.values())


def _permission(email: str | None, role: str) -> Permission:
    return Permission("anyoneWithLink" if email is None else permission_id(email), role, email)
