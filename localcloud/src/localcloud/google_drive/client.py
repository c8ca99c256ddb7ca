"""Client of the Drive routes of the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud.calls import Call

_FOLDER = "application/vnd.google-apps.folder"
#: Slower than any machine hashes a file; a cloud that takes longer hangs.
_HASHED_BYTES_A_SECOND = 20_000_000


def _seconds_to_hash(path: Path) -> float:
    return 30 + (path.stat().st_size / _HASHED_BYTES_A_SECOND if path.exists() else 0)


class DriveClient:
    """What people do in Drive with a browser, and the switches and logs of the local Google Drive.

    Most methods return a file resource: Drive v3's File as its owner sees it.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    def service_account(self, email: str | None = None) -> dict[str, Any]:
        """Create a key of a service account: the JSON that Google's console downloads; token_uri is this cloud."""
        return dict(self._call("POST", "/drive/service-accounts", {"email": email}))

    def person(self, email: str) -> dict[str, Any]:
        """Return `{"access_token", "rootFolderId"}` of a user; the token has full access to Drive."""
        return dict(self._call("POST", "/drive/people", {"email": email}))

    def expire_tokens(self) -> None:
        """Make every access token invalid."""
        self._call("POST", "/drive/tokens/expire")

    def drop(
        self,
        path: Path,
        *,
        name: str | None = None,
        mime_type: str | None = None,
        facts: Mapping[str, Any] | None = None,
        parent: str | None = None,
        owner: str | None = None,
        shared_with: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Drop a local file into a folder (default: the owner's My Drive) and share it with readers.

        Args:
            facts: resourceKey, trashed, createdTime, modifiedTime, and what Google decides: downloadDisabled, abusive,
                downloadQuotaExceeded.
        """
        body = {
            "path": str(path),
            "name": name,
            "mime_type": mime_type,
            "facts": facts,
            "parent": parent,
            "owner": owner,
            "shared_with": list(shared_with),
        }
        return dict(self._call("POST", "/drive/files", body, timeout_seconds=_seconds_to_hash(path)))

    def create(
        self,
        name: str,
        mime_type: str,
        *,
        target: str | None = None,
        parent: str | None = None,
        owner: str | None = None,
        shared_with: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Create a folder, a document or a shortcut to `target`, shared with readers."""
        body = {
            "name": name,
            "mime_type": mime_type,
            "target": target,
            "parent": parent,
            "owner": owner,
            "shared_with": list(shared_with),
        }
        return dict(self._call("POST", "/drive/files/create", body))

    def folder(
        self, name: str, *, parent: str | None = None, owner: str | None = None, shared_with: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Create a folder, shared with readers."""
        return self.create(name, _FOLDER, parent=parent, owner=owner, shared_with=shared_with)

    def update(self, file_id: str, *, path: Path | None = None, **facts: Any) -> dict[str, Any]:
        """Give a file new content, a new `name` or other facts (see `drop`)."""
        body = {"file_id": file_id, "path": None if path is None else str(path), "facts": facts}
        limit = None if path is None else _seconds_to_hash(path)
        return dict(self._call("POST", "/drive/files/update", body, timeout_seconds=limit))

    def file(self, file_id: str) -> dict[str, Any]:
        return dict(self._call("GET", "/drive/files", {"file_id": file_id}))

    def move(self, file_id: str, parent: str) -> dict[str, Any]:
        """Move a file into another folder, as a user drags it: its times do not change."""
        return dict(self._call("POST", "/drive/files/move", {"file_id": file_id, "parent": parent}))

    def delete(self, file_id: str) -> None:
        """Delete a file permanently."""
        self._call("POST", "/drive/files/delete", {"file_id": file_id})

    def shared_drive(self, name: str, members: Mapping[str, str]) -> str:
        """Create a shared drive; `members` maps address -> role. Return its id, also that of its top folder."""
        return str(self._call("POST", "/drive/drives", {"name": name, "members": dict(members)})["id"])

    def share(self, file_id: str, email: str, role: str = "reader") -> dict[str, Any]:
        """Give an address, or "anyone" with the link, a role on a file or folder."""
        return dict(self._call("POST", "/drive/share", {"file_id": file_id, "email": email, "role": role}))

    def unshare(self, file_id: str, email: str) -> None:
        """Remove the role of an address on the file or folder that was shared with it."""
        self._call("POST", "/drive/unshare", {"file_id": file_id, "email": email})

    def fault(self, kind: str, *, count: int = 1, **settings: Any) -> None:
        """Let requests fail.

        Args:
            kind: error (status, reason), cut (afterBytes), grow (bytes) or range416.
            count: how many requests it affects, after the first `skip`; `only` narrows to media, metadata, list or
                token, `fileId` to one file.
        """
        self._call("POST", "/drive/faults", {"kind": kind, "count": count, **settings})

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are still pending."""
        return list(self._call("GET", "/drive/faults"))

    def clear_faults(self) -> None:
        self._call("POST", "/drive/faults/clear")

    def requests(self, *, file_id: str | None = None) -> list[dict[str, Any]]:
        """Return the log, oldest first: at, method, path, query, operation, principal, fileId, media, bytesServed,
        status, reason."""
        return list(self._call("GET", "/drive/requests", {"fileId": file_id}))

    def clear_requests(self) -> None:
        self._call("POST", "/drive/requests/clear")
