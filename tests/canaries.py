"""What must never be touched, and tells when it was: a web server on this machine, a local file."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.conftest import Answering, web_server

#: inotify(7).
_IN_OPEN = 0x20


@dataclass
class WebCanary:
    """A web server that must not be visited."""

    url: str
    visits: list[str]


@contextmanager
def web_canary() -> Iterator[WebCanary]:
    visits: list[str] = []

    class Handler(Answering):
        def answer(self) -> None:
            visits.append(self.path)
            self.send_error(404)

    with web_server(Handler) as url:
        yield WebCanary(url, visits)


@contextmanager
def opened_since(path: Path) -> Iterator[Callable[[], bool]]:
    """Tells whether somebody opened a file since it was last asked: the kernel keeps watch, for any process."""
    libc = ctypes.CDLL(None, use_errno=True)
    watcher = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert watcher >= 0, os.strerror(ctypes.get_errno())
    try:
        assert libc.inotify_add_watch(watcher, os.fsencode(path), _IN_OPEN) >= 0, os.strerror(ctypes.get_errno())

        def opened() -> bool:
            try:
                return bool(os.read(watcher, 4096))
            except BlockingIOError:
                return False

        yield opened
    finally:
        os.close(watcher)
