"""Principals, files, permissions and changes of the local Google Drive."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
#: Google's own types hold no bytes.
DOCS_PREFIX = "application/vnd.google-apps."

_ID_ALPHABET = string.ascii_letters + string.digits + "-_"

#: From least to most; organizer and fileOrganizer exist in shared drives only.
ROLES = ("reader", "commenter", "writer", "fileOrganizer", "organizer", "owner")


def rank(role: str | None) -> int:
    """Return 0 for no access, then more for each role that may do more."""
    return 0 if role is None else ROLES.index(role) + 1


def _random(length: int) -> str:
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(length))


def new_file_id() -> str:
    """Return 33 characters that start with 1, like Drive's current ids."""
    return f"1{_random(32)}"


def new_root_id() -> str:
    """Return 19 characters from 0A to PVA, like the ids of root folders and shared drives."""
    return f"0A{_random(14)}PVA"


def new_revision_id() -> str:
    return f"0B{_random(48)}PQ"


def timestamp(moment: datetime) -> str:
    """Format RFC 3339 with milliseconds, as the API does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass(frozen=True)
class Principal:
    """A user or a service account."""

    email: str
    display_name: str
    permission_id: str


@dataclass(frozen=True)
class Blob:
    """Immutable content on disk; `size` in bytes, digests in hex."""

    path: Path
    size: int
    md5: str
    sha1: str
    sha256: str


@dataclass(frozen=True)
class Permission:
    """A role on a file; `email` is None for anyone with the link."""

    id: str
    role: str
    email: str | None


@dataclass
class DriveFile:
    """A file, folder, shortcut or document.

    `owner` is None inside a shared drive (`drive_id` set). `parent_id` is None for root folders only.
    """

    id: str
    name: str
    mime_type: str
    owner: str | None
    parent_id: str | None
    created: datetime
    modified: datetime
    last_modifying: str
    version: int = 1
    blob: Blob | None = None
    head_revision_id: str | None = None
    original_filename: str | None = None
    permissions: dict[str, Permission] = field(default_factory=dict)
    trashed: bool = False
    drive_id: str | None = None
    shortcut_target: str | None = None
    shortcut_target_mime_type: str | None = None
    resource_key: str | None = None
    #: Facts that Google decides and the console sets here.
    download_disabled: bool = False
    abusive: bool = False
    download_quota_exceeded: bool = False

    @property
    def is_folder(self) -> bool:
        return self.mime_type == FOLDER

    @property
    def is_docs_type(self) -> bool:
        return self.mime_type.startswith(DOCS_PREFIX)


@dataclass(frozen=True)
class Change:
    """One entry of the change log; `audience`: the addresses that saw the file before or see it after the change."""

    sequence: int
    file_id: str
    at: datetime
    audience: frozenset[str]
    drive_id: str | None
