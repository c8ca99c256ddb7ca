"""The File resource, as one caller sees it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from localcloud.google_drive.access import capabilities
from localcloud.google_drive.identity import Identity
from localcloud.google_drive.model import DriveFile, Permission, Principal, timestamp
from localcloud.google_drive.store import DriveStore


def _user(identity: Identity, email: str, viewer: str) -> dict[str, Any]:
    principal = identity.principal(email)
    return {
        "kind": "drive#user",
        "displayName": principal.display_name,
        "me": email == viewer,
        "permissionId": principal.permission_id,
        "emailAddress": email,
    }


def _permission(identity: Identity, permission: Permission) -> dict[str, Any]:
    resource = {"kind": "drive#permission", "id": permission.id, "role": permission.role}
    if permission.email is None:
        return {**resource, "type": "anyone", "allowFileDiscovery": False}
    return {
        **resource,
        "type": "user",
        "emailAddress": permission.email,
        "displayName": identity.principal(permission.email).display_name,
        "deleted": False,
        "pendingOwner": False,
    }


def _content_fields(file: DriveFile) -> dict[str, Any]:
    """Return the fields that only files with bytes have, not folders, shortcuts and documents."""
    if file.blob is None:
        return {}
    extension = PurePosixPath(file.name).suffix.lstrip(".")
    return {
        "size": str(file.blob.size),
        "quotaBytesUsed": str(file.blob.size),
        "md5Checksum": file.blob.md5,
        "sha1Checksum": file.blob.sha1,
        "sha256Checksum": file.blob.sha256,
        "headRevisionId": file.head_revision_id,
        "originalFilename": file.original_filename,
        "fileExtension": extension,
        "fullFileExtension": extension,
        "webContentLink": f"https://drive.google.com/uc?id={file.id}&export=download",
    }


def _link(file: DriveFile) -> str:
    if file.is_folder:
        return f"https://drive.google.com/drive/folders/{file.id}"
    if file.is_docs_type and file.shortcut_target is None:
        return f"https://docs.google.com/document/d/{file.id}/edit?usp=drivesdk"
    return f"https://drive.google.com/file/d/{file.id}/view?usp=drivesdk"


def _optional_fields(store: DriveStore, file: DriveFile) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "driveId": file.drive_id,
        "teamDriveId": file.drive_id,
        "resourceKey": file.resource_key,
    }
    if file.shortcut_target is not None:
        details = {"targetId": file.shortcut_target, "targetMimeType": file.shortcut_target_mime_type}
        target = store.files.get(file.shortcut_target)
        if target is not None and target.resource_key is not None:
            details["targetResourceKey"] = target.resource_key
        fields["shortcutDetails"] = details
    return {name: value for name, value in fields.items() if value is not None}


def file_resource(
    store: DriveStore, identity: Identity, file: DriveFile, viewer: Principal, role: str | None
) -> dict[str, Any]:
    """Return the whole File resource; the caller applies `fields`.

    `parents` is present only for a caller who sees the folder; `owners` not inside shared drives.
    """
    access = store.access
    parent = store.files.get(file.parent_id) if file.parent_id else None
    resource: dict[str, Any] = {
        "kind": "drive#file",
        "id": file.id,
        "name": file.name,
        "mimeType": file.mime_type,
        "starred": False,
        "trashed": access.is_trashed(file),
        "explicitlyTrashed": file.trashed,
        "spaces": ["drive"],
        "version": str(file.version),
        "createdTime": timestamp(file.created),
        "modifiedTime": timestamp(file.modified),
        "lastModifyingUser": _user(identity, file.last_modifying, viewer.email),
        "modifiedByMe": file.last_modifying == viewer.email,
        "shared": len(access.held(file)) > 1,
        "ownedByMe": file.owner == viewer.email,
        "capabilities": capabilities(file, role),
        "copyRequiresWriterPermission": False,
        "viewersCanCopyContent": True,
        "writersCanShare": True,
        "webViewLink": _link(file),
        "iconLink": f"https://drive-thirdparty.googleusercontent.com/16/type/{file.mime_type}",
        "hasThumbnail": False,
        "thumbnailVersion": "0",
        "isAppAuthorized": True,
        "quotaBytesUsed": "0",
    }
    if parent is not None and access.effective_role(parent, viewer.email, {}) is not None:
        resource["parents"] = [parent.id]
    if file.owner is not None:
        resource["owners"] = [_user(identity, file.owner, viewer.email)]
    if role not in (None, "reader", "commenter"):
        resource["permissions"] = [_permission(identity, each) for each in access.held(file)]
        resource["permissionIds"] = [each.id for each in access.held(file)]
    return {**resource, **_content_fields(file), **_optional_fields(store, file)}
