"""The interface through which the typed clients of the parts call the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Call(Protocol):
    """One call of the console: the body of a GET is sent as query parameters; returns the decoded JSON.

    `timeout_seconds` overrides the client's own limit.
    """

    def __call__(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout_seconds: float | None = None,
    ) -> Any: ...


class ConsoleError(Exception):
    """The console rejected a call: 400 for a bad request, 404 for something that does not exist."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message
