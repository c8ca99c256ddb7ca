"""Whether a file is somewhere below the watched folder."""

from __future__ import annotations

from vcp.domain.intake.drive_resource import DriveResource
from vcp.ports.scan import WatchedDrive

#: Deeper folders are not scanned. Drive allows 100 levels (Drive guides, "Shared drive limits"); the bound keeps every
#: path finite.
MAX_DEPTH = 100


class FolderMembership:
    """Looks up parents once per scan."""

    def __init__(self, drive: WatchedDrive, root_id: str) -> None:
        self._drive = drive
        self._root_id = root_id
        self._parents: dict[str, str | None] = {}

    def contains(self, file: DriveResource) -> bool:
        """Whether the file is in the root folder or below. Files from before 2020 may have several parents."""
        return any(self._is_below_root(parent) for parent in file.parents)

    def _is_below_root(self, folder_id: str) -> bool:
        folder: str | None = folder_id
        for _ in range(MAX_DEPTH + 1):
            if folder is None or folder == self._root_id:
                return folder is not None
            if folder not in self._parents:
                self._parents[folder] = self._drive.parent(folder)
            folder = self._parents[folder]
        return False
