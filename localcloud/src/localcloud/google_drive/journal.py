"""The log of requests, with the bytes that each was really sent."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 20_000


@dataclass
class Entry:
    """One request; `status` 0 while it is under way, `bytes_served` of the body as it was handed to the network."""

    at: float
    method: str
    path: str
    query: str = ""
    operation: str = ""
    principal: str = ""
    file_id: str | None = None
    media: bool = False
    range: str | None = None
    status: int = 0
    reason: str | None = None
    units: int = 0
    bytes_served: int = 0
    done: bool = False


class Journal:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=_KEPT)

    def open(self, entry: Entry) -> Entry:
        with self._lock:
            self._entries.append(entry)
        return entry

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def entries(self) -> list[dict[str, Any]]:
        with self._lock:
            return [_camel(asdict(entry)) for entry in self._entries]


def _camel(fields: dict[str, Any]) -> dict[str, Any]:
    names = {"file_id": "fileId", "bytes_served": "bytesServed"}
    return {names.get(name, name): value for name, value in fields.items()}
