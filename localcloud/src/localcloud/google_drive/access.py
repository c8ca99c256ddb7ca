"""Who sees and may do what: direct permissions and those inherited from the folders above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from localcloud.google_drive.model import DriveFile, Permission, rank


class Access:
    """Answers questions about a tree of files; it holds nothing itself."""

    def __init__(self, files: Mapping[str, DriveFile]) -> None:
        self._files = files

    def lineage(self, file: DriveFile) -> Iterator[DriveFile]:
        """The file and the folders above it, upwards."""
        current: DriveFile | None = file
        while current is not None:
            yield current
            current = self._files.get(current.parent_id) if current.parent_id else None

    def role(self, file: DriveFile, email: str) -> str | None:
        """The strongest role given to an address by name; who owns a folder edits what others put there."""
        best: str | None = None
        for level in self.lineage(file):
            for permission in level.permissions.values():
                if permission.type != "user" or permission.email != email:
                    continue
                inherited = level is not file and permission.role == "owner" and file.owner != email
                role = "writer" if inherited else permission.role
                if rank(role) > rank(best):
                    best = role
        return best

    def link_role(self, file: DriveFile) -> str | None:
        """The role of anyone who has the link."""
        best: str | None = None
        for level in self.lineage(file):
            for permission in level.permissions.values():
                if permission.type == "anyone" and rank(permission.role) > rank(best):
                    best = permission.role
        return best

    def effective_role(self, file: DriveFile, email: str, resource_keys: Mapping[str, str]) -> str | None:
        """What a caller who names the file by its id may do; None hides it.

        A file with a resource key opens to holders of the link only with that key in
        X-Goog-Drive-Resource-Keys (Drive guides, "Access link-shared files using resource keys").
        """
        role, link = self.role(file, email), self.link_role(file)
        if file.resource_key is not None and resource_keys.get(file.id) != file.resource_key:
            link = None
        return role if rank(role) >= rank(link) else link

    def is_trashed(self, file: DriveFile) -> bool:
        """Trashed itself or with a folder above it."""
        return any(level.trashed for level in self.lineage(file))

    def held(self, file: DriveFile) -> list[Permission]:
        """Direct and inherited permissions, one for each holder; the direct one where there are both."""
        permissions = {
            permission.id: permission
            for level in reversed(list(self.lineage(file)))
            for permission in level.permissions.values()
        }
        return list(permissions.values())

    def audience(self, file: DriveFile) -> frozenset[str]:
        """All addresses that see the file."""
        return frozenset(
            permission.email
            for level in self.lineage(file)
            for permission in level.permissions.values()
            if permission.email is not None
        )


def can_download(file: DriveFile, role: str | None) -> bool:
    """Viewers are kept from downloading by copyRequiresWriterPermission; the console can forbid it to all."""
    if file.download_disabled or role is None:
        return False
    return not (file.copy_requires_writer and rank(role) < rank("writer"))


def capabilities(file: DriveFile, role: str | None) -> dict[str, bool]:
    """The capabilities of one caller; only those that this stand-in honours."""
    writes = rank(role) >= rank("writer")
    owns = rank(role) >= rank("fileOrganizer")
    folder = file.is_folder
    reads = role is not None
    return {
        "canAddChildren": folder and writes,
        "canChangeCopyRequiresWriterPermission": writes,
        "canComment": not folder and rank(role) >= rank("commenter"),
        "canCopy": not folder and can_download(file, role),
        "canDelete": owns and file.parent_id is not None,
        "canDownload": can_download(file, role),
        "canEdit": writes,
        "canListChildren": folder and reads,
        "canModifyContent": writes,
        "canMoveItemWithinDrive": writes and file.parent_id is not None,
        "canReadRevisions": not folder and writes,
        "canRemoveChildren": folder and writes,
        "canRename": writes,
        "canShare": writes,
        "canTrash": owns and file.parent_id is not None,
        "canUntrash": owns and file.parent_id is not None,
    }
