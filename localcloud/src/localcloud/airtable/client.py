"""Client of the Airtable routes of the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.calls import Call


class AirtableClient:
    """What people do in Airtable with a browser, and the switches and logs of the stand-in."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def base(self, name: str, tables: Sequence[Mapping[str, Any]] = ()) -> str:
        """A new base; its id. `tables` are table models: {"name", "fields": [{"name", "type", "options"?}]}."""
        return str(self._call("POST", "/airtable/bases", {"name": name, "tables": list(tables)})["id"])

    def token(self, bases: Sequence[str], *, scopes: Sequence[str] | None = None, owner: str | None = None) -> str:
        """A personal access token for some bases; all four scopes unless fewer are named."""
        body = {
            "bases": list(bases),
            "scopes": None if scopes is None else list(scopes),
            "owner": owner,
        }
        return str(self._call("POST", "/airtable/tokens", body)["token"])

    def revoke(self, token: str) -> None:
        self._call("POST", "/airtable/tokens/revoke", {"token": token})

    def records(self, base: str, table: str) -> list[dict[str, Any]]:
        """All rows of a table as the API shows them; counts against no limit."""
        return list(self._call("GET", "/airtable/records", {"base": base, "table": table}))

    def requests(self, *, base: str | None = None, operation: str | None = None) -> list[dict[str, Any]]:
        """The log, oldest first: at, method, path, operation, base, owner, status, error."""
        return list(self._call("GET", "/airtable/requests", {"base": base, "operation": operation}))

    def clear_requests(self) -> None:
        self._call("POST", "/airtable/requests/clear")

    def fault(self, *, status: int | None = None, count: int = 1, **settings: Any) -> None:
        """Let the next requests fail with a status, or be late by `delaySeconds`.

        Args:
            settings: skip; after=True carries the request out and loses the answer; only=operation, such as
                update_many; type and message of the error.
        """
        self._call("POST", "/airtable/faults", {"status": status, "count": count, **settings})

    def faults(self) -> list[dict[str, Any]]:
        """The faults still to come."""
        return list(self._call("GET", "/airtable/faults"))

    def clear_faults(self) -> None:
        self._call("POST", "/airtable/faults/clear")

    def set_limits(self, **limits: float) -> dict[str, Any]:
        """perBase, perOwner (requests a second), penaltySeconds, monthlyCalls; none given restores Airtable's."""
        return dict(self._call("POST", "/airtable/limits", limits))

    def limits(self) -> dict[str, Any]:
        """The limits and callsThisMonth."""
        return dict(self._call("GET", "/airtable/limits"))
