"""Client of the Airtable routes of the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localcloud.calls import Call


class AirtableClient:
    """What people do in Airtable with a browser, and the switches and logs of the local Airtable."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def base(self, name: str) -> str:
        """Create an empty base; return its id."""
        return str(self._call("POST", "/airtable/bases", {"name": name})["id"])

    def token(self, bases: Sequence[str], *, scopes: Sequence[str] | None = None) -> str:
        """Create a personal access token for some bases, with all four scopes by default."""
        body = {"bases": list(bases), "scopes": None if scopes is None else list(scopes)}
        return str(self._call("POST", "/airtable/tokens", body)["token"])

    def revoke(self, token: str) -> None:
        self._call("POST", "/airtable/tokens/revoke", {"token": token})

    def records(self, base: str, table: str) -> list[dict[str, Any]]:
        """Return all rows of a table in the API's form; counts against no limit."""
        return list(self._call("GET", "/airtable/records", {"base": base, "table": table}))

    def requests(self, *, base: str | None = None) -> list[dict[str, Any]]:
        """Return the log, oldest first: at, method, path, operation, base, status, error."""
        return list(self._call("GET", "/airtable/requests", {"base": base}))

    def clear_requests(self) -> None:
        self._call("POST", "/airtable/requests/clear")

    def fault(self, *, status: int, count: int = 1, after: bool = False) -> None:
        """Let requests fail; with `after` the request is carried out and its response lost."""
        self._call("POST", "/airtable/faults", {"status": status, "count": count, "after": after})

    def clear_faults(self) -> None:
        self._call("POST", "/airtable/faults/clear")

    def set_limits(self, **limits: int) -> None:
        """Set perBase (requests a second); none given restores Airtable's."""
        self._call("POST", "/airtable/limits", limits)
