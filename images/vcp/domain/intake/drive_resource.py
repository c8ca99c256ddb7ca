"""A file as the Drive API describes it (v3, `File`): the fields that the folder scan and intake read."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, to_builtins

FOLDER_MIME_TYPE = "application/vnd.google-apps.folder"
SHORTCUT_MIME_TYPE = "application/vnd.google-apps.shortcut"
#: Prefix of folders, shortcuts and Google documents, Google Vids included: none has a file's content.
GOOGLE_MIME_TYPES = "application/vnd.google-apps."


class DriveUser(Struct, frozen=True, rename="camel", omit_defaults=True):
    email_address: str | None = None
    display_name: str | None = None


class ShortcutDetails(Struct, frozen=True, rename="camel", omit_defaults=True):
    target_id: str | None = None
    target_mime_type: str | None = None


class DriveResource(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Drive omits fields that a file does not have."""

    id: str
    kind: str = ""
    name: str = ""
    mime_type: str = ""
    #: Bytes, as text.
    size: str | None = None
    md5_checksum: str | None = None
    head_revision_id: str | None = None
    trashed: bool = False
    parents: tuple[str, ...] = ()
    web_view_link: str | None = None
    resource_key: str | None = None
    owners: tuple[DriveUser, ...] = ()
    last_modifying_user: DriveUser | None = None
    shortcut_details: ShortcutDetails | None = None

    @property
    def is_folder(self) -> bool:
        return self.mime_type == FOLDER_MIME_TYPE

    @property
    def is_shortcut(self) -> bool:
        return self.mime_type == SHORTCUT_MIME_TYPE

    def to_wire(self) -> dict[str, Any]:
        """Return the resource as the API sends it, which is what n8n's Drive trigger passes to intake."""
        return dict(to_builtins(self))
