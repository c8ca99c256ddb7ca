"""The context that every part of the local cloud is installed with."""

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


#: Container engines that can run a function.
ENGINES = ("podman", "docker")


@dataclass(frozen=True)
class LocalImage:
    """The process environment that replaces one container image.

    `python` runs the Lambda runtime client; `environment` is what the image would set, PATH above all. Nothing else of
    the host's environment reaches a function.
    """

    python: str
    working_directory: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ContainerImage:
    """A container image of `engine` (podman or docker); `reference` is its id, or a name with a tag."""

    engine: str
    reference: str


def image_document(image: LocalImage | ContainerImage) -> dict[str, Any]:
    """The image as JSON, for the image map of `serve` and for `POST /lambda/images`."""
    if isinstance(image, ContainerImage):
        return {"engine": image.engine, "image": image.reference}
    return {
        "python": image.python,
        "workingDirectory": image.working_directory,
        "environment": dict(image.environment),
    }


def image_of(document: Mapping[str, Any]) -> LocalImage | ContainerImage:
    """Parse the JSON of `image_document`. Raises ValueError with what is missing or wrong."""
    keys = ("engine", "image") if "engine" in document or "image" in document else ("python", "workingDirectory")
    missing = [key for key in keys if not document.get(key)]
    if missing:
        raise ValueError(f"an image needs {', '.join(missing)}")
    first, second = (str(document[key]) for key in keys)
    if "engine" not in keys:
        return LocalImage(first, second, dict(document.get("environment") or {}))
    if first not in ENGINES:
        raise ValueError(f"an image's engine is {' or '.join(ENGINES)}, not {first}")
    return ContainerImage(first, second)


class ActivityLog:
    """Append-only journal of what the cloud did (`activity.jsonl`), for people and tests."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def record(self, service: str, event: str, **fields: Any) -> None:
        line = json.dumps({"at": time.time(), "service": service, "event": event, **fields}, default=str)
        with self._lock, self.path.open("a", encoding="utf-8") as journal:
            journal.write(line + "\n")


class ConsoleRoutes:
    """Routes of the console, the local cloud's own control API."""

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
    #: Image URI -> what runs it; grows while the cloud runs (`POST /lambda/images`).
    images: dict[str, LocalImage | ContainerImage]
    activity: ActivityLog
    console: ConsoleRoutes
    #: Set when the cloud stops. Every thread of a part watches it and ends promptly.
    stopping: threading.Event
    endpoint: str = ""
    #: Where each API listens: aws, google, airtable, console. Complete once the cloud is up.
    urls: dict[str, str] = field(default_factory=dict)
    #: Whether e-mail subscriptions are confirmed at once.
    auto_confirm: bool = True
    #: Put one event (in the JSON form that targets receive) on the account's default bus.
    emit_event: Callable[[dict[str, Any]], None] | None = None
    #: Invoke a function asynchronously: (function ARN, payload, invoking service). The Lambda host sets it.
    invoke_async: Callable[[str, bytes, str], None] | None = None
    _at_stop: list[Callable[[], None]] = field(default_factory=list)

    def at_stop(self, callback: Callable[[], None]) -> None:
        """Run `callback` when the cloud stops, after `stopping` is set, last added first.

        For resources that must end before the process, such as child processes. It must return within seconds.
        """
        self._at_stop.append(callback)

    def stop_callbacks(self) -> list[Callable[[], None]]:
        return list(reversed(self._at_stop))
