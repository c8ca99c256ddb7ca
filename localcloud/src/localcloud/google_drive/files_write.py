"""files.create, files.update, files.copy and files.delete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from localcloud.google_drive import errors
from localcloud.google_drive.access import can_download
from localcloud.google_drive.call import Call
from localcloud.google_drive.model import SHORTCUT, Blob, DriveFile
from localcloud.google_drive.store import is_docs_type

_WRITABLE = frozenset(
    {
        "name",
        "mimeType",
        "description",
        "starred",
        "createdTime",
        "modifiedTime",
        "properties",
        "appProperties",
        "originalFilename",
        "copyRequiresWriterPermission",
    }
)
_ONLY_ON_CREATE = frozenset({"parents", "shortcutDetails", "kind"})
_ONLY_ON_UPDATE = frozenset({"trashed", "kind"})
#: Google lets these be written; what they mean is not kept here.
_UNIMPLEMENTED = frozenset(
    {
        "id",
        "contentHints",
        "contentRestrictions",
        "downloadRestrictions",
        "folderColorRgb",
        "inheritedPermissionsDisabled",
        "keepRevisionForever",
        "viewedByMeTime",
        "viewersCanCopyContent",
        "writersCanShare",
    }
)


def check_writable(body: Mapping[str, Any], also: frozenset[str], method: str) -> None:
    """Raises DriveError 403 fieldNotWritable for what only Drive itself sets."""
    for name in body:
        if name in _UNIMPLEMENTED:
            raise errors.not_implemented(f"the writable field {name} of drive.{method}")
        if name == "parents" and name not in also:
            raise errors.DriveError(
                403,
                "fieldNotWritable",
                "The parents field is not directly writable in update requests. Use the addParents and removeParents "
                "parameters instead.",
            )
        if name not in _WRITABLE | also:
            raise errors.DriveError(
                403,
                "fieldNotWritable",
                "The resource body includes fields which are not directly writable.",
            )


def _moment(body: Mapping[str, Any], name: str, held: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(body[name]) if name in body else held
    except (TypeError, ValueError) as wrong:
        raise errors.invalid_value(name) from wrong
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _apply(file: DriveFile, body: Mapping[str, Any]) -> None:
    """Copy writable metadata into a file; nothing of it where a time is malformed."""
    created = _moment(body, "createdTime", file.created)
    modified = _moment(body, "modifiedTime", file.modified)
    file.name = str(body.get("name", file.name))
    file.mime_type = str(body.get("mimeType", file.mime_type))
    file.description = body.get("description", file.description)
    file.starred = bool(body.get("starred", file.starred))
    file.original_filename = body.get("originalFilename", file.original_filename)
    file.copy_requires_writer = bool(body.get("copyRequiresWriterPermission", file.copy_requires_writer))
    file.trashed = bool(body.get("trashed", file.trashed))
    file.created, file.modified = created, modified
    for held, name in ((file.properties, "properties"), (file.app_properties, "appProperties")):
        for key, value in (body.get(name) or {}).items():
            if value is None:
                held.pop(key, None)
            else:
                held[key] = value


def _parent(call: Call, body: Mapping[str, Any]) -> DriveFile:
    wanted = body.get("parents") or ["root"]
    if len(wanted) != 1:
        raise errors.DriveError(403, "cannotAddParent", "Increasing the number of parents is not allowed")
    parent = call.visible(str(wanted[0]), "")
    call.require(parent, "writer")
    if not parent.is_folder:
        raise errors.DriveError(403, "parentNotAFolder", "The specified parent is not a folder.")
    return parent


def _require_storage(call: Call, parent: DriveFile) -> None:
    """A service account owns no storage: its bytes can only go into a shared drive."""
    if call.principal.is_service_account and parent.drive_id is None:
        raise errors.DriveError(
            403,
            "storageQuotaExceeded",
            "Service Accounts do not have storage quota. Leverage shared drives "
            "(https://developers.google.com/workspace/drive/api/guides/about-shareddrives), or use OAuth delegation "
            "(http://support.google.com/a/answer/7281227) instead.",
            domain="usageLimits",
        )


def create(call: Call) -> Response:
    """A folder, shortcut or empty document from metadata alone; a file with bytes through /upload."""
    if not _is_upload(call.request):
        return _created(call, call.body, None, None)
    return _with_media(call, lambda body, blob, mime_type: _created(call, body, blob, mime_type), _check_create)


def _check_create(call: Call, body: Mapping[str, Any]) -> None:
    check_writable(body, _ONLY_ON_CREATE, "files.create")
    _require_storage(call, _parent(call, body))


def _created(call: Call, body: Mapping[str, Any], blob: Blob | None, mime_type: str | None) -> Response:
    check_writable(body, _ONLY_ON_CREATE, "files.create")
    parent = _parent(call, body)
    kind = str(body.get("mimeType") or mime_type or "application/octet-stream")
    target = _shortcut_target(call, body) if kind == SHORTCUT else None
    store = call.drive.store
    if blob is None and not is_docs_type(kind):
        _require_storage(call, parent)
        blob = store.content.write([])
    with store.lock:
        file = store.create(
            name=str(body.get("name", "Untitled")), mime_type=kind, parent=parent, by=call.principal.email, blob=blob
        )
        _apply(file, {**body, "mimeType": kind})
        if target is not None:
            file.shortcut_target, file.shortcut_target_mime_type = target.id, target.mime_type
    return call.answer("File", call.file_resource(file))


def _shortcut_target(call: Call, body: Mapping[str, Any]) -> DriveFile:
    """What a new shortcut leads to: a file or folder that its maker sees, and no other shortcut."""
    target = call.visible(str((body.get("shortcutDetails") or {}).get("targetId", "")), "")
    if target.mime_type == SHORTCUT:
        raise errors.DriveError(
            403, "shortcutTargetInvalid", "The specified file is not an allowed shortcut target type."
        )
    return target


def update(call: Call) -> Response:
    """Rename, move, trash, or give new bytes; PATCH leaves alone what it does not name."""
    if not _is_upload(call.request):
        return _updated(call, call.body, None)
    return _with_media(call, lambda body, blob, _: _updated(call, body, blob), _check_update)


def _check_update(call: Call, body: Mapping[str, Any]) -> None:
    check_writable(body, _ONLY_ON_UPDATE, "files.update")
    call.require(call.file(), "writer")


def _updated(call: Call, body: Mapping[str, Any], blob: Blob | None) -> Response:
    _check_update(call, body)
    store, by = call.drive.store, call.principal.email
    with store.lock:
        file = call.file()
        if "trashed" in body:
            call.require(file, "fileOrganizer")
        if blob is not None:
            if file.blob is None:
                raise errors.DriveError(403, "fileNotDownloadable", "A file of a Docs type takes no bytes.")
            store.replace_content(file, blob, by)
        moved = _move(call, file)
        if body or moved or blob is None:
            with store.changing(file, by, touch=not {"trashed"} >= set(body)):
                _apply(file, body)
    return call.answer("File", call.file_resource(file))


def _move(call: Call, file: DriveFile) -> bool:
    """addParents and removeParents: a file has one parent, so a move names both."""
    added = [part for part in str(call.params.get("addParents", "")).split(",") if part]
    removed = [part for part in str(call.params.get("removeParents", "")).split(",") if part]
    if not added and not removed:
        return False
    if not added:
        raise errors.DriveError(403, "cannotRemoveLastParent", "A file must have a parent.")
    if len(added) > 1 or removed != [file.parent_id]:
        raise errors.DriveError(403, "cannotAddParent", "Increasing the number of parents is not allowed")
    parent = _parent(call, {"parents": added})
    if any(level.id == file.id for level in call.access.lineage(parent)):
        raise errors.DriveError(403, "cyclicMembershipsNotAllowed", "A folder cannot be moved below itself.")
    if parent.drive_id != file.drive_id:
        raise errors.not_implemented("moving between My Drive and shared drives in drive.files.update")
    file.parent_id = parent.id
    return True


def copy(call: Call) -> Response:
    """The same bytes as a new file of the caller."""
    check_writable(call.body, _ONLY_ON_CREATE, "files.copy")
    file = call.file()
    if file.is_folder:
        raise errors.DriveError(403, "cannotCopyFile", "This file cannot be copied by the user.")
    if not can_download(file, call.role(file)):
        raise errors.DriveError(403, "cannotCopyFile", "This file cannot be copied by the user.")
    parent = _parent(call, call.body) if call.body.get("parents") else _copy_parent(call, file)
    _require_storage(call, parent)
    store = call.drive.store
    with store.lock:
        name = str(call.body.get("name", f"Copy of {file.name}"))
        duplicate = store.copy(file, name=name, parent=parent, by=call.principal.email)
        _apply(duplicate, {**call.body, "name": name})
    return call.answer("File", call.file_resource(duplicate))


def _copy_parent(call: Call, file: DriveFile) -> DriveFile:
    """Beside the original where the caller owns it, else the caller's My Drive."""
    store = call.drive.store
    if file.parent_id and (file.owner == call.principal.email or file.drive_id is not None):
        return store.files[file.parent_id]
    return store.root_of(call.principal.email)


def delete(call: Call) -> Response:
    """For good; the owner's, or an organizer's in a shared drive."""
    file = call.file()
    call.require(file, "organizer")
    if file.parent_id is None:
        raise errors.insufficient_file_permissions(file.id)
    call.drive.store.delete(file)
    return Response(status=204)


def _is_upload(request: Request) -> bool:
    return request.path.startswith("/upload/")


def _with_media(call: Call, finish: Any, check: Any) -> Response:
    """Run one of the three upload protocols; the metadata is checked before bytes are taken where it comes first."""
    uploads, request = call.drive.uploads, call.request
    kind = request.args.get("uploadType")
    if kind == "media":
        check(call, {})
        blob, mime_type = uploads.simple(request)
        return finish({}, blob, mime_type)  # type: ignore[no-any-return]
    if kind == "multipart":
        body, blob, mime_type = uploads.multipart(request)
        return finish(body, blob, mime_type)  # type: ignore[no-any-return]
    if kind == "resumable":
        check(call, call.body)
        return uploads.open_session(request, lambda blob, mime_type: finish(call.body, blob, mime_type))
    raise errors.invalid_value("uploadType")
