"""Work that is due later, run by a few threads."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

_log = logging.getLogger(__name__)


class Scheduler(Protocol):
    """Runs work later; tests use one with a time that they control."""

    def after(self, seconds: float, work: Callable[[], None]) -> None: ...


class Timeline:
    """Run work when it is due. The threads are daemons; after `stop` each ends after its current work."""

    def __init__(self, name: str, workers: int = 4) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        for number in range(workers):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def after(self, seconds: float, work: Callable[[], None]) -> None:
        """Run `work` after this many seconds; 0: as soon as a thread is free."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + max(seconds, 0), next(self._order), work))
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._stopped:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None

    def _work(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001 - the outermost edge of the thread: one failure must not stop the rest
                _log.exception("work failed in %s", threading.current_thread().name)
