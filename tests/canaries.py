"""A web server and a local file that must not be accessed, and report when they are."""

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
    """A web server that records visits."""

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
    """Return a function that returns whether any process opened the file since its last call."""
    libc = ctypes.CDLL(None, use_errno=True)
    inotify = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert inotify >= 0, os.strerror(ctypes.get_errno())
    try:
        assert libc.inotify_add_watch(inotify, os.fsencode(path), _IN_OPEN) >= 0, os.strerror(ctypes.get_errno())

        def opened() -> bool:
            try:
                return bool(os.read(inotify, 4096))
            except BlockingIOError:
                return False

        yield opened
    finally:
        os.close(inotify)
