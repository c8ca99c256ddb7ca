"""What every part of the local cloud is handed when it is installed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: A console handler takes the decoded JSON body (or the query parameters of a GET) and returns JSON.
ConsoleHandler = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class LocalImage:
    """The process environment that stands for one container image on this machine.

    `python` runs the Lambda runtime client; `environment` is what the image itself would set (PATH above
    all); nothing else of the host's environment reaches a function.
    """

    python: str
    working_directory: str
    environment: Mapping[str, str] = field(default_factory=dict)


class ActivityLog:
    """Append-only journal of what the cloud did (`activity.jsonl`): read by people and by tests."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def record(self, service: str, event: str, **fields: Any) -> None:
        line = json.dumps({"at": time.time(), "service": service, "event": event, **fields}, default=str)
        with self._lock, self.path.open("a", encoding="utf-8") as journal:
            journal.write(line + "\n")


class ConsoleRoutes:
    """Routes of the console: the local cloud's own control API, which no AWS client ever sees."""

    def __init__(self) -> None:
        self.handlers: dict[tuple[str, str], ConsoleHandler] = {}

    def add(self, method: str, path: str, handler: ConsoleHandler) -> None:
        key = (method.upper(), path)
        if key in self.handlers:
            raise ValueError(f"console route {method} {path} exists already")
        self.handlers[key] = handler


@dataclass
class CloudContext:
    """Shared state of one running local cloud. `endpoint` is set once the AWS port listens."""

    state_dir: Path
    region: str
    account_id: str
    #: Image URI -> process environment; grows while the cloud runs (`POST /lambda/images`).
    images: dict[str, LocalImage]
    activity: ActivityLog
    console: ConsoleRoutes
    #: Set when the cloud goes down. Every thread of a part watches it and ends promptly.
    stopping: threading.Event
    endpoint: str = ""
    #: Where each API listens: aws, google, airtable, console. Complete once the cloud is up.
    urls: dict[str, str] = field(default_factory=dict)
    #: True: the person who owns an e-mail address clicks "Confirm subscription" at once.
    auto_confirm: bool = True
    #: Put one event (the JSON that PutEvents would make of it) on the account's default bus.
    emit_event: Callable[[dict[str, Any]], None] | None = None
    #: Invoke a function asynchronously: (function ARN, payload, invoking service). The Lambda host sets it.
    invoke_async: Callable[[str, bytes, str], None] | None = None
    _at_stop: list[Callable[[], None]] = field(default_factory=list)

    def at_stop(self, callback: Callable[[], None]) -> None:
        """Run `callback` when the cloud goes down, after `stopping` is set, last added first.

        For what must be gone before the process ends: children, open uploads. It must return within seconds.
        """
        self._at_stop.append(callback)

    def stop_callbacks(self) -> list[Callable[[], None]]:
        return list(reversed(self._at_stop))
