"""Client of the Drive routes of the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud.calls import Call

#: A slow machine hashes faster than this; only used to give up on a cloud that hangs.
_HASHED_BYTES_A_SECOND = 20_000_000


def _time_to_hash(path: Path) -> float:
    """How long to wait for a file to be taken in, in seconds."""
    return 30 + (path.stat().st_size / _HASHED_BYTES_A_SECOND if path.exists() else 0)


class DriveClient:
    """What people do in Drive with a browser, and the switches and logs of the stand-in.

    A file resource is Drive v3's File as its owner sees it.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    def service_account(self, email: str | None = None) -> dict[str, Any]:
        """A new key of a service account: the JSON that Google's console downloads; token_uri is this cloud."""
        return dict(self._call("POST", "/drive/service-accounts", {"email": email}))

    def person(self, email: str, scopes: Sequence[str] | None = None) -> dict[str, Any]:
        """`{"email", "access_token", "expires_in", "rootFolderId"}` of somebody with a My Drive."""
        return dict(self._call("POST", "/drive/people", {"email": email, "scopes": scopes}))

    def expire_tokens(self) -> int:
        """Make every access token invalid; how many there were."""
        return int(self._call("POST", "/drive/tokens/expire")["expired"])

    def drop(
        self,
        path: Path,
        *,
        name: str | None = None,
        parent: str | None = None,
        owner: str | None = None,
        mime_type: str | None = None,
        shared_with: Sequence[str] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Drop a local file into a folder (default: the owner's My Drive); the file resource.

        Args:
            facts: what Google knows about it: downloadDisabled, abusive, downloadQuotaExceeded, withoutSha,
                copyRequiresWriterPermission, trashed, resourceKey, videoMediaMetadata, createdTime, modifiedTime.
        """
        body = {
            "path": str(path),
            "name": name,
            "parent": parent,
            "owner": owner,
            "mimeType": mime_type,
            "sharedWith": list(shared_with),
            **(facts or {}),
        }
        return dict(self._call("POST", "/drive/files", body, timeout_seconds=_time_to_hash(path)))

    def update(self, file_id: str, *, path: Path | None = None, **facts: Any) -> dict[str, Any]:
        """New content, a new name or other facts (JSON names, see `drop`) for a file; the file resource."""
        body = {"fileId": file_id, "path": None if path is None else str(path), **facts}
        limit = None if path is None else _time_to_hash(path)
        return dict(self._call("POST", "/drive/files/update", body, timeout_seconds=limit))

    def file(self, file_id: str) -> dict[str, Any]:
        """The file resource."""
        return dict(self._call("GET", "/drive/files", {"fileId": file_id}))

    def move(self, file_id: str, parent: str) -> dict[str, Any]:
        """Into another folder, as a person drags it; the file resource."""
        return dict(self._call("POST", "/drive/files/move", {"fileId": file_id, "parent": parent}))

    def delete(self, file_id: str) -> None:
        """Delete for good."""
        self._call("POST", "/drive/files/delete", {"fileId": file_id})

    def folder(
        self, name: str, *, parent: str | None = None, owner: str | None = None, shared_with: Sequence[str] = ()
    ) -> dict[str, Any]:
        """A new folder, shared with readers; the file resource."""
        body = {"name": name, "parent": parent, "owner": owner, "sharedWith": list(shared_with)}
        return dict(self._call("POST", "/drive/folders", body))

    def shared_drive(self, name: str, members: Mapping[str, str]) -> str:
        """A new shared drive; `members` maps address -> role. Its id is also that of its top folder."""
        return str(self._call("POST", "/drive/drives", {"name": name, "members": dict(members)})["id"])

    def share(self, file_id: str, email: str, role: str = "reader") -> dict[str, Any]:
        """Give an address, or "anyone" with the link, a role on a file or folder; the file resource."""
        return dict(self._call("POST", "/drive/share", {"fileId": file_id, "email": email, "role": role}))

    def fault(self, kind: str, *, count: int = 1, **settings: Any) -> None:
        """Let the next requests fail.

        Args:
            kind: error (status, reason, message?, retryAfterSeconds?), cut (afterBytes), slow (bytesPerSecond),
                corrupt, wrongMd5, grow (bytes) or range416.
            count: how many requests it strikes; `skip` lets some pass before, `only` narrows to media, metadata,
                list or token, `fileId` to one file.
        """
        self._call("POST", "/drive/faults", {"kind": kind, "count": count, **settings})

    def faults(self) -> list[dict[str, Any]]:
        """The faults still to come."""
        return list(self._call("GET", "/drive/faults"))

    def clear_faults(self) -> None:
        self._call("POST", "/drive/faults/clear")

    def requests(self, *, file_id: str | None = None, operation: str | None = None) -> list[dict[str, Any]]:
        """The log, oldest first: at, method, path, query, operation, principal, fileId, media, range, status,
        reason, units, bytesServed, done."""
        return list(self._call("GET", "/drive/requests", {"fileId": file_id, "operation": operation}))

    def clear_requests(self) -> None:
        self._call("POST", "/drive/requests/clear")

    def set_quota(self, **limits: int | str) -> None:
        """Limits in units a minute, `userUnits` and `projectUnits`; "off" for none, those not given are Google's."""
        self._call("POST", "/drive/quota", limits)

    def quota(self) -> dict[str, Any]:
        """`{"userUnits", "projectUnits", "usedLastMinute": {address: units}}`."""
        return dict(self._call("GET", "/drive/quota"))
