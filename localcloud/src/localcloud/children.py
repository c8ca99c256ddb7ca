"""End all child processes of this process, so that none remains."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_GRACE_SECONDS = 3.0
_POLL_SECONDS = 0.02


def _children() -> set[int]:
    """Process ids of our running children; reaps those that have exited."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            found.update(int(pid) for pid in (task / "children").read_text().split())
    alive = set()
    for pid in found:
        try:
            reaped, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            continue
        if reaped == 0:
            alive.add(pid)
    return alive


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def end_all(grace_seconds: float = _GRACE_SECONDS) -> None:
    """Terminate every remaining child (stopped ones too), and kill those that do not exit in time."""
    remaining = _children()
    _signal(remaining, signal.SIGTERM)
    _signal(remaining, signal.SIGCONT)  # a stopped process gets the signal only when it continues
    deadline = time.monotonic() + grace_seconds
    while (remaining := _children()) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    _signal(remaining, signal.SIGKILL)
    while _children():
        time.sleep(_POLL_SECONDS)
