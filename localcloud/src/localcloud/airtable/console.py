"""Console routes of the local Airtable: what people do in a browser, and what tests need to see."""

from __future__ import annotations

import secrets
from typing import Any

from localcloud.airtable.faults import AirtableFault, parse_fault
from localcloud.airtable.limits import PER_BASE, RateLimiter
from localcloud.airtable.model import Base, Token, Workspace, new_id
from localcloud.context import ConsoleRoutes
from localcloud.stand_in import Faults, RequestLog, Routes, add_routes, log_and_fault_routes

SCOPES = frozenset({"data.records:read", "data.records:write", "schema.bases:read", "schema.bases:write"})


class AirtableConsole:
    """The handlers; see `client.AirtableClient` for their parameters."""

    def __init__(self, workspace: Workspace, limiter: RateLimiter) -> None:
        self._workspace = workspace
        self._limiter = limiter

    def add_routes(self, console: ConsoleRoutes, log: RequestLog, faults: Faults[AirtableFault]) -> None:
        routes: Routes = {
            "POST /airtable/bases": self.base,
            "POST /airtable/tokens": self.token,
            "POST /airtable/tokens/revoke": self.revoke,
            "GET /airtable/records": self.records,
            "POST /airtable/limits": self.set_limits,
        }
        add_routes(console, routes | log_and_fault_routes("/airtable", log, faults, parse_fault))

    def _base(self, base_id: str) -> Base:
        base = self._workspace.bases.get(base_id)
        if base is None:
            raise LookupError(f"there is no base {base_id}")
        return base

    def base(self, name: str) -> dict[str, Any]:
        base = Base(new_id("app"), name)
        self._workspace.bases[base.id] = base
        return {"id": base.id}

    def token(self, bases: list[str], scopes: list[str] | None = None) -> dict[str, Any]:
        granted = SCOPES if scopes is None else frozenset(scopes)
        if not granted <= SCOPES:
            raise ValueError(f"scopes are {', '.join(sorted(SCOPES))}, not {', '.join(sorted(granted - SCOPES))}")
        known = frozenset(self._base(base_id).id for base_id in bases)
        value = f"{new_id('pat')}.{secrets.token_hex(32)}"
        self._workspace.tokens[value] = Token(new_id("usr"), granted, known)
        return {"token": value}

    def revoke(self, token: str) -> None:
        if self._workspace.tokens.pop(token, None) is None:
            raise LookupError("there is no such token")

    def records(self, base: str, table: str) -> list[dict[str, Any]]:
        with self._workspace.lock:
            found = self._base(base).table(table)
            if found is None:
                raise LookupError(f"there is no table {table} in {base}")
            return [found.record_resource(record) for record in found.records.values()]

    def set_limits(self, perBase: int = PER_BASE) -> None:  # noqa: N803 - a key of the JSON
        self._limiter.set_per_base(perBase)
