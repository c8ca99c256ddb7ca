"""Access to files: direct permissions and those inherited from the folders above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from localcloud.google_drive.model import DriveFile, Permission, rank


class Access:
    """Queries on a tree of files, without state of its own."""

    def __init__(self, files: Mapping[str, DriveFile]) -> None:
        self._files = files

    def lineage(self, file: DriveFile) -> Iterator[DriveFile]:
        """Yield the file and the folders above it, upwards."""
        current: DriveFile | None = file
        while current is not None:
            yield current
            current = self._files.get(current.parent_id) if current.parent_id else None

    def role(self, file: DriveFile, email: str) -> str | None:
        """Return the strongest role given to an address by name. A folder's owner edits what others put there."""
        roles = [
            "writer" if permission.role == "owner" and file.owner != email else permission.role
            for level in self.lineage(file)
            for permission in level.permissions.values()
            if permission.email == email
        ]
        return max(roles, key=rank, default=None)

    def link_role(self, file: DriveFile) -> str | None:
        """Return the role of anyone with the link."""
        roles = [each.role for level in self.lineage(file) for each in level.permissions.values() if each.email is None]
        return max(roles, key=rank, default=None)

    def effective_role(self, file: DriveFile, email: str, resource_keys: Mapping[str, str]) -> str | None:
        """Return the role of a caller who names the file by its id; None hides the file.

        Holders of the link alone need the key of a file that has one, in X-Goog-Drive-Resource-Keys (Drive guides,
        "Access link-shared files using resource keys").
        """
        link = self.link_role(file) if file.resource_key in (None, resource_keys.get(file.id)) else None
        return max(self.role(file, email), link, key=rank)

    def is_trashed(self, file: DriveFile) -> bool:
        """Report whether the file or a folder above it is in the trash."""
        return any(level.trashed for level in self.lineage(file))

    def held(self, file: DriveFile) -> list[Permission]:
        """Return direct and inherited permissions, one for each holder; the direct one where there are both."""
        levels = reversed(list(self.lineage(file)))
        return list({each.id: each for level in levels for each in level.permissions.values()}.values())

    def audience(self, file: DriveFile) -> frozenset[str]:
        """Return all addresses that see the file."""
        return frozenset(each.email for each in self.held(file) if each.email is not None)


def capabilities(file: DriveFile, role: str | None) -> dict[str, bool]:
    """Return the capabilities of one caller."""
    writes = rank(role) >= rank("writer")
    owns = rank(role) >= rank("fileOrganizer") and file.parent_id is not None
    downloads = role is not None and not file.download_disabled
    return {
        "canAddChildren": file.is_folder and writes,
        "canChangeCopyRequiresWriterPermission": writes,
        "canComment": not file.is_folder and rank(role) >= rank("commenter"),
        "canCopy": not file.is_folder and downloads,
        "canDelete": owns,
        "canDownload": downloads,
        "canEdit": writes,
        "canListChildren": file.is_folder and role is not None,
        "canModifyContent": writes,
        "canMoveItemWithinDrive": writes and file.parent_id is not None,
        "canReadRevisions": not file.is_folder and writes,
        "canRemoveChildren": file.is_folder and writes,
        "canRename": writes,
        "canShare": writes,
        "canTrash": owns,
        "canUntrash": owns,
    }
