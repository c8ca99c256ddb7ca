"""The state of the local Google Drive: one tree of files per person, shared drives, permissions, changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from localcloud.google_drive.access import Access
from localcloud.google_drive.content import ContentStore
from localcloud.google_drive.identity import permission_id
from localcloud.google_drive.model import (
    DOCS_PREFIX,
    FOLDER,
    Blob,
    Change,
    DriveFile,
    Permission,
    new_file_id,
    new_revision_id,
    new_root_id,
)

ANYONE = "anyoneWithLink"


class DriveStore:
    """Files and what happens to them. Every method takes the lock itself; hold `lock` for several at once."""

    def __init__(self, directory: Path) -> None:
        self.lock = threading.RLock()
        self.files: dict[str, DriveFile] = {}
        self.content = ContentStore(directory)
        self.access = Access(self.files)
        self._roots: dict[str, str] = {}
        self._changes: list[Change] = []
        self._sequence = 1

    def get(self, file_id: str) -> DriveFile:
        """Raises LookupError where there is no such file."""
        with self.lock:
            if file_id not in self.files:
                raise LookupError(f"File not found: {file_id}.")
            return self.files[file_id]

    def root_of(self, email: str) -> DriveFile:
        """The My Drive folder of an address; made at first use."""
        with self.lock:
            if email not in self._roots:
                root = self._new_folder(new_root_id(), "My Drive", None, email)
                root.owner = email
                root.permissions = _owner_permission(email)
                self._roots[email] = root.id
            return self.files[self._roots[email]]

    def create_drive(self, name: str, members: dict[str, str], creator: str) -> DriveFile:
        """A shared drive: its top folder has the id of the drive; `members` maps address -> role."""
        with self.lock:
            drive = self._new_folder(new_root_id(), name, None, creator)
            drive.drive_id = drive.id
            drive.permissions = {
                permission_id(email): Permission(permission_id(email), "user", role, email)
                for email, role in members.items()
            }
            return drive

    def _new_folder(self, folder_id: str, name: str, parent_id: str | None, creator: str) -> DriveFile:
        now = datetime.now(UTC)
        folder = DriveFile(folder_id, name, FOLDER, None, parent_id, now, now, creator)
        self.files[folder_id] = folder
        return folder

    def create(self, *, name: str, mime_type: str, parent: DriveFile, by: str, blob: Blob | None = None) -> DriveFile:
        """A new file below `parent`, owned by `by` or, in a shared drive, by nobody."""
        now = datetime.now(UTC)
        with self.lock:
            file = DriveFile(new_file_id(), name, mime_type, None, parent.id, now, now, by)
            file.drive_id = parent.drive_id
            if parent.drive_id is None:
                file.owner = by
                file.permissions = _owner_permission(by)
            if blob is not None:
                file.blob, file.head_revision_id, file.original_filename = blob, new_revision_id(), name
            self.files[file.id] = file
            self._record(file, frozenset())
            return file

    @contextmanager
    def changing(self, file: DriveFile, by: str, *, touch: bool = True) -> Iterator[DriveFile]:
        """Change a file under the lock; version, change log and, with `touch`, modifiedTime follow."""
        with self.lock:
            before = self.access.audience(file)
            yield file
            file.version += 1
            file.last_modifying = by
            if touch:
                file.modified = datetime.now(UTC)
            self._record(file, before)

    def replace_content(self, file: DriveFile, blob: Blob, by: str) -> None:
        """New bytes: the same file with a new head revision and new checksums."""
        with self.changing(file, by):
            old, file.blob = file.blob, blob
            file.head_revision_id = new_revision_id()
        if old is not None:
            self.content.drop(old)

    def grow(self, file: DriveFile, extra: int) -> None:
        """Append zero bytes, as a synchronising desktop client that was not done."""
        if file.blob is None:
            raise ValueError(f"{file.name} has no content that could grow")
        self.replace_content(file, self.content.extended(file.blob, extra), file.last_modifying)

    def move(self, file: DriveFile, parent: DriveFile, by: str) -> None:
        """Into another folder. Raises ValueError for what cannot be: into itself, or another drive."""
        with self.lock:
            if not parent.is_folder or any(level.id == file.id for level in self.access.lineage(parent)):
                raise ValueError(f"{file.name} cannot lie in {parent.name}")
            if parent.drive_id != file.drive_id:
                raise ValueError("moving between My Drive and shared drives is not there")
            with self.changing(file, by, touch=False):
                file.parent_id = parent.id

    def copy(self, file: DriveFile, *, name: str, parent: DriveFile, by: str) -> DriveFile:
        """The same bytes under a new id."""
        blob = self.content.copy(file.blob) if file.blob is not None else None
        duplicate = self.create(name=name, mime_type=file.mime_type, parent=parent, by=by, blob=blob)
        duplicate.video = dict(file.video) if file.video is not None else None
        return duplicate

    def delete(self, file: DriveFile) -> None:
        """Remove a file for good, with everything below a folder."""
        with self.lock:
            for child in [other for other in self.files.values() if other.parent_id == file.id]:
                self.delete(child)
            audience = self.access.audience(file)
            del self.files[file.id]
            self._sequence += 1
            self._changes.append(Change(self._sequence, file.id, datetime.now(UTC), audience, file.drive_id))
        if file.blob is not None:
            self.content.drop(file.blob)

    def share(self, file: DriveFile, role: str, email: str | None) -> Permission:
        """Give an address, or anyone with the link (None), a role on a file and all below it."""
        permission = (
            Permission(permission_id(email), "user", role, email)
            if email is not None
            else Permission(ANYONE, "anyone", role)
        )
        with self.changing(file, file.last_modifying, touch=False):
            file.permissions[permission.id] = permission
        return permission

    def unshare(self, file: DriveFile, wanted: str) -> None:
        """Take a permission away. Raises LookupError where the file itself does not hold it."""
        with self.lock:
            if wanted not in file.permissions:
                raise LookupError(f"Permission not found: {wanted}.")
            with self.changing(file, file.last_modifying, touch=False):
                del file.permissions[wanted]

    def listed_for(self, email: str) -> list[DriveFile]:
        """Everything shared with an address by name, directly or through a folder, root folders aside."""
        with self.lock:
            return [
                file
                for file in self.files.values()
                if file.parent_id is not None and self.access.role(file, email) is not None
            ]

    def _record(self, file: DriveFile, before: Iterable[str]) -> None:
        self._sequence += 1
        audience = self.access.audience(file) | frozenset(before)
        self._changes.append(Change(self._sequence, file.id, datetime.now(UTC), audience, file.drive_id))

    @property
    def next_sequence(self) -> int:
        """The change log's position after everything that has happened."""
        return self._sequence + 1

    def changes_since(self, sequence: int, concerns: Callable[[Change], bool]) -> list[Change]:
        """The last change of each file at or after a position, of those that concern somebody, oldest first."""
        with self.lock:
            last: dict[str, Change] = {}
            for change in self._changes:
                if change.sequence >= sequence and concerns(change):
                    last.pop(change.file_id, None)
                    last[change.file_id] = change
            return list(last.values())


def _owner_permission(email: str) -> dict[str, Permission]:
    number = permission_id(email)
    return {number: Permission(number, "user", "owner", email)}


def is_docs_type(mime_type: str) -> bool:
    """Google's own types have no bytes of their own."""
    return mime_type.startswith(DOCS_PREFIX)
