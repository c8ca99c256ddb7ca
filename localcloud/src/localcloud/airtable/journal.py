"""The log of requests."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

_KEPT = 20_000


class Journal:
    """The last requests, oldest first: at, method, path, operation, base, owner, status, error."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def add(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
