"""The typed client of the console, for other processes.

Each part of the cloud has its own client class, which takes a `localcloud.calls.Call`:

    console = Console("http://127.0.0.1:4321")
    console.inbox.mails(to="anna@example.org")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from localcloud.airtable.client import AirtableClient
from localcloud.calls import ConsoleError
from localcloud.eventbus.client import EventBusClient
from localcloud.google_drive.client import DriveClient
from localcloud.inbox.client import InboxClient
from localcloud.lambdahost.client import LambdaClient
from localcloud.mediaconvert.client import MediaConvertClient

__all__ = ["Console", "ConsoleError"]


class Console:
    """A client of one console. Raises ConsoleError where the console rejects a call.

    Args:
        url: `console` of the ready file, such as http://127.0.0.1:4321.
        timeout_seconds: for one call.
    """

    def __init__(self, url: str, timeout_seconds: float = 30) -> None:
        self.url = url.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self.inbox = InboxClient(self.call)
        self.events = EventBusClient(self.call)
        self.drive = DriveClient(self.call)
        self.airtable = AirtableClient(self.call)
        self.functions = LambdaClient(self.call)
        self.mediaconvert = MediaConvertClient(self.call)

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout_seconds: float | None = None,
    ) -> Any:
        """Call a route; the body of a GET is sent as query parameters. Values that are None are left out."""
        given = {key: value for key, value in (body or {}).items() if value is not None}
        where: dict[str, Any] = {"params": given} if method.upper() == "GET" else {"json": given}
        limit = timeout_seconds or self._timeout_seconds
        response = requests.request(method, self.url + path, timeout=limit, **where)
        if response.ok:
            return response.json()
        try:
            message = response.json()["error"]
        except (ValueError, KeyError):
            message = response.text
        raise ConsoleError(response.status_code, message)

    def health(self) -> dict[str, Any]:
        """`{"status", "endpoint", "region"}`."""
        return dict(self.call("GET", "/health"))

    def activity(self, service: str | None = None) -> list[dict[str, Any]]:
        """The activity journal, oldest first: `{"at", "service", "event", ...}`."""
        return list(self.call("GET", "/activity", {"service": service}))

    def requests(self) -> list[dict[str, Any]]:
        """Requests to the AWS endpoint: `{"service", "operation", "valid", "refused", "unchecked"}`."""
        return list(self.call("GET", "/requests"))

    def hooks(self) -> list[str]:
        """What was changed in moto, as `module.Class.attribute`."""
        return list(self.call("GET", "/hooks"))

    def stop(self) -> None:
        """Ask the cloud to stop; it does so a moment after its answer."""
        self.call("POST", "/stop")
