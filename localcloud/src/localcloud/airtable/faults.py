"""Faults that a test switches on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.airtable.errors import AirtableError
from localcloud.stand_in import Fault

_ERRORS = {
    429: ("RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later"),
    500: ("SERVER_ERROR", "The server encountered an unexpected condition."),
    502: ("BAD_GATEWAY", "Airtable's servers are restarting or an unexpected outage is in progress."),
    503: ("SERVICE_UNAVAILABLE", "The server could not process your request in time."),
}


@dataclass(frozen=True)
class AirtableFault(Fault):
    """An error response; `after`: the request is carried out, and its response is lost."""

    status: int
    after: bool

    def error(self) -> AirtableError:
        return AirtableError(self.status, *_ERRORS[self.status])


def parse_fault(body: Mapping[str, Any]) -> AirtableFault:
    """Parse {"status", "count"?, "after"?}. Raises ValueError."""
    unknown = sorted(set(body) - {"status", "count", "after"})
    if unknown or body.get("status") not in _ERRORS:
        raise ValueError(f"a fault needs a status ({', '.join(map(str, _ERRORS))}); unknown: {unknown}")
    return AirtableFault(body.get("count", 1), 0, body["status"], body.get("after", False))
