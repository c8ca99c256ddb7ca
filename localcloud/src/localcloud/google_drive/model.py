"""What lies in the local Google Drive."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
DOCS_PREFIX = "application/vnd.google-apps."

_ID_ALPHABET = string.ascii_letters + string.digits + "-_"

#: From least to most; organizer and fileOrganizer exist in shared drives only.
ROLES = ("reader", "commenter", "writer", "fileOrganizer", "organizer", "owner")


def rank(role: str | None) -> int:
    """0 for no access, then rising with what the role may do."""
    return 0 if role is None else ROLES.index(role) + 1


def new_file_id() -> str:
    """33 characters starting with 1, as Drive's ids of today."""
    return "1" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(32))


def new_root_id() -> str:
    """19 characters starting with 0A and ending in PVA, as the ids of root folders and shared drives."""
    return "0A" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(14)) + "PVA"


def new_revision_id() -> str:
    return "0B" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(48)) + "PQ"


def timestamp(moment: datetime) -> str:
    """RFC 3339 with milliseconds, as every time in the API."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass(frozen=True)
class Principal:
    """Who calls: a person or a service account."""

    email: str
    display_name: str
    permission_id: str
    is_service_account: bool = False


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
    """Who may do what: `type` is user or anyone; `email` belongs to user."""

    id: str
    type: str
    role: str
    email: str | None = None


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
    permissions: dict[str, Permission] = field(default_factory=dict)
    trashed: bool = False
    drive_id: str | None = None
    shortcut_target: str | None = None
    shortcut_target_mime_type: str | None = None
    resource_key: str | None = None
    original_filename: str | None = None
    description: str | None = None
    starred: bool = False
    copy_requires_writer: bool = False
    properties: dict[str, str] = field(default_factory=dict)
    app_properties: dict[str, str] = field(default_factory=dict)
    video: dict[str, Any] | None = None
    #: Facts that Google decides and the console sets here.
    download_disabled: bool = False
    abusive: bool = False
    download_quota_exceeded: bool = False
    without_sha: bool = False

    @property
    def is_folder(self) -> bool:
        return self.mime_type == FOLDER

    @property
    def has_content(self) -> bool:
        return self.blob is not None


@dataclass(frozen=True)
class Change:
    """One entry of the change log; `audience` are the addresses that could see the file before or after."""

    sequence: int
    file_id: str
    at: datetime
    audience: frozenset[str]
    drive_id: str | None = None
