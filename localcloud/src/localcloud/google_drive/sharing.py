"""permissions.* and about.get."""

from __future__ import annotations

from werkzeug.wrappers import Response

from localcloud.google_drive import errors
from localcloud.google_drive.call import Call
from localcloud.google_drive.resource import permission_resource, user_resource

_GIVABLE = ("reader", "commenter", "writer", "fileOrganizer", "organizer")
_STORAGE_BYTES = 15 * 1024**3
_MAXIMUM_UPLOAD_BYTES = 5 * 1024**4


def create_permission(call: Call) -> Response:
    """Share a file or folder with a person, or with anyone who has the link."""
    file = call.file()
    call.require(file, "writer")
    kind, role, email = call.body.get("type"), call.body.get("role"), call.body.get("emailAddress")
    for name in ("type", "role"):
        if not call.body.get(name):
            raise errors.DriveError(400, "required", f"The permission {name} field is required.")
    if kind in ("group", "domain"):
        raise errors.not_implemented(f"permissions of type {kind}")
    if role == "owner":
        raise errors.not_implemented("the transfer of ownership in drive.permissions.create")
    if kind not in ("user", "anyone") or role not in _GIVABLE:
        raise errors.DriveError(400, "invalid", "The permission type or role field is not valid.")
    if role in ("fileOrganizer", "organizer") and file.drive_id is None:
        raise errors.DriveError(403, "invalidSharingRequest", "This role exists in shared drives only.")
    if kind == "user" and not email:
        raise errors.DriveError(400, "invalid", "The specified emailAddress is invalid or not applicable.")
    permission = call.drive.store.share(file, str(role), str(email) if kind == "user" else None)
    return call.answer("Permission", permission_resource(call.drive.identity, permission))


def list_permissions(call: Call) -> Response:
    """Direct and inherited permissions; seen by those who may edit."""
    file = call.file()
    call.require(file, "writer")
    held = call.access.held(file)
    whole = {
        "kind": "drive#permissionList",
        "permissions": [permission_resource(call.drive.identity, each) for each in held],
    }
    return call.answer("PermissionList", whole)


def delete_permission(call: Call) -> Response:
    """Take a permission away from the file that holds it."""
    file = call.file()
    call.require(file, "writer")
    wanted = call.path_args["permissionId"]
    held = file.permissions.get(wanted)
    if held is not None and held.role == "owner":
        raise errors.insufficient_file_permissions(file.id)
    try:
        call.drive.store.unshare(file, wanted)
    except LookupError as missing:
        raise errors.DriveError(
            404, "notFound", f"Permission not found: {wanted}.", location=errors.parameter("permissionId")
        ) from missing
    return Response(status=204)


def about(call: Call) -> Response:
    """Who calls, and the storage behind it; Google insists on `fields` here."""
    if "fields" not in call.params:
        raise errors.DriveError(
            400,
            "required",
            "The 'fields' parameter is required for this method.",
            location=errors.parameter("fields"),
        )
    store, email = call.drive.store, call.principal.email
    with store.lock:
        used = sum(file.blob.size for file in store.files.values() if file.owner == email and file.blob is not None)
    limit = 0 if call.principal.is_service_account else _STORAGE_BYTES
    whole = {
        "kind": "drive#about",
        "user": user_resource(call.drive.identity, email, email),
        "storageQuota": {
            "limit": str(limit),
            "usage": str(used),
            "usageInDrive": str(used),
            "usageInDriveTrash": "0",
        },
        "maxUploadSize": str(_MAXIMUM_UPLOAD_BYTES),
        "appInstalled": True,
        "canCreateDrives": False,
        "canCreateTeamDrives": False,
    }
    return call.answer("About", whole)
