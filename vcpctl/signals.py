"""Requests to stop: Ctrl-C, SIGTERM, a closed terminal, a closed pipe."""

from __future__ import annotations

import signal
import time
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Longer than an orderly shutdown takes; a second signal within this time does not interrupt it.
_SHUTDOWN_SECONDS = 30.0


class Stopped(BaseException):
    """The command was asked to stop. `code` is the exit code that shells expect: 128 plus the signal's number."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number.name)
        self.code = 128 + number


def handle_signals() -> None:
    """Raise `Stopped` in the main thread on the first signal that asks the command to stop.

    A signal that is already ignored (`nohup`, a background job of a script) stays ignored.
    """
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, _: FrameType | None) -> None:
    deadline = time.monotonic() + _SHUTDOWN_SECONDS

    def again(number: int, frame: FrameType | None) -> None:
        if time.monotonic() > deadline:
            _stop(number, frame)

    for other in _SIGNALS:
        if signal.getsignal(other) is not signal.SIG_IGN:
            signal.signal(other, again)
    raise Stopped(signal.Signals(number))
