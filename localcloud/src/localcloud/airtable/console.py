"""Console routes of the local Airtable: what a person does in the browser, and what a test needs to see."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from localcloud.airtable.app import Airtable
from localcloud.airtable.errors import AirtableError
from localcloud.airtable.limits import Limits
from localcloud.airtable.model import Base, Token, new_id
from localcloud.airtable.schema import build_table
from localcloud.context import CloudContext

SCOPES = frozenset({"data.records:read", "data.records:write", "schema.bases:read", "schema.bases:write"})


def _only(body: Mapping[str, Any], *names: str) -> None:
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known are {', '.join(names) or 'none'}")


class AirtableConsole:
    """The handlers; each takes the JSON body (or query) of its route."""

    def __init__(self, airtable: Airtable) -> None:
        self._airtable = airtable

    def add_routes(self, context: CloudContext) -> None:
        routes = {
            ("POST", "/airtable/bases"): self.base,
            ("POST", "/airtable/tokens"): self.token,
            ("POST", "/airtable/tokens/revoke"): self.revoke,
            ("GET", "/airtable/records"): self.records,
            ("GET", "/airtable/requests"): self.requests,
            ("POST", "/airtable/requests/clear"): self.clear_requests,
            ("POST", "/airtable/faults"): self.fault,
            ("GET", "/airtable/faults"): self.faults,
            ("POST", "/airtable/faults/clear"): self.clear_faults,
            ("POST", "/airtable/limits"): self.set_limits,
            ("GET", "/airtable/limits"): self.limits,
        }
        for (method, path), handler in routes.items():
            context.console.add(method, path, handler)

    def _base(self, base_id: Any) -> Base:
        base = self._airtable.workspace.bases.get(str(base_id))
        if base is None:
            raise LookupError(f"there is no base {base_id}")
        return base

    def base(self, body: Mapping[str, Any]) -> Any:
        _only(body, "name", "tables")
        name = body.get("name")
        if not name:
            raise ValueError("a base has a name")
        base = Base(new_id("app"), str(name))
        try:
            for model in body.get("tables") or []:
                base.tables.append(build_table(base, model))
        except AirtableError as refused:
            raise ValueError(f"{refused.kind}: {refused.message}") from refused
        with self._airtable.workspace.lock:
            self._airtable.workspace.bases[base.id] = base
        return {"id": base.id, "name": base.name, "tables": [table.schema() for table in base.tables]}

    def token(self, body: Mapping[str, Any]) -> Any:
        _only(body, "scopes", "bases", "owner")
        scopes, bases = frozenset(body.get("scopes") or SCOPES), frozenset(body.get("bases") or ())
        if not scopes <= SCOPES:
            raise ValueError(f"scopes are {', '.join(sorted(SCOPES))}, not {', '.join(sorted(scopes - SCOPES))}")
        for base_id in bases:
            self._base(base_id)
        value = f"{new_id('pat')}.{secrets.token_hex(32)}"
        owner = str(body.get("owner") or new_id("usr"))
        with self._airtable.workspace.lock:
            self._airtable.workspace.tokens[value] = Token(value, owner, scopes, bases)
        return {"token": value, "owner": owner, "scopes": sorted(scopes), "bases": sorted(bases)}

    def revoke(self, body: Mapping[str, Any]) -> Any:
        _only(body, "token")
        with self._airtable.workspace.lock:
            if self._airtable.workspace.tokens.pop(str(body.get("token")), None) is None:
                raise LookupError("there is no such token")
        return {}

    def records(self, query: Mapping[str, Any]) -> Any:
        """All rows of a table, without limits or counting."""
        _only(query, "base", "table")
        with self._airtable.workspace.lock:
            table = self._base(query.get("base")).table(str(query.get("table")))
            if table is None:
                raise LookupError(f"there is no table {query.get('table')} in {query.get('base')}")
            return [table.shown(record) for record in table.records.values()]

    def requests(self, query: Mapping[str, Any]) -> Any:
        _only(query, "base", "operation")
        entries = self._airtable.journal.entries()
        return [entry for entry in entries if all(entry.get(name) == wanted for name, wanted in query.items())]

    def clear_requests(self, body: Mapping[str, Any]) -> Any:
        _only(body)
        self._airtable.journal.clear()
        return {}

    def fault(self, body: Mapping[str, Any]) -> Any:
        return self._airtable.faults.add(body)

    def faults(self, query: Mapping[str, Any]) -> Any:
        _only(query)
        return self._airtable.faults.pending()

    def clear_faults(self, body: Mapping[str, Any]) -> Any:
        _only(body)
        self._airtable.faults.clear()
        return {}

    def set_limits(self, body: Mapping[str, Any]) -> Any:
        """New limits; what is not given returns to Airtable's. A breach under way is forgotten, the count restarts."""
        _only(body, "perBase", "perOwner", "penaltySeconds", "monthlyCalls")
        standard = Limits()
        monthly = body.get("monthlyCalls")
        self._airtable.limiter.reset()
        self._airtable.limiter.limits = Limits(
            per_base=int(body.get("perBase", standard.per_base)),
            per_owner=int(body.get("perOwner", standard.per_owner)),
            penalty_seconds=float(body.get("penaltySeconds", standard.penalty_seconds)),
            monthly_calls=None if monthly is None else int(monthly),
        )
        return self.limits({})

    def limits(self, query: Mapping[str, Any]) -> Any:
        _only(query)
        limits = self._airtable.limiter.limits
        return {
            "perBase": limits.per_base,
            "perOwner": limits.per_owner,
            "penaltySeconds": limits.penalty_seconds,
            "monthlyCalls": limits.monthly_calls,
            "callsThisMonth": self._airtable.limiter.calls_this_month,
        }
