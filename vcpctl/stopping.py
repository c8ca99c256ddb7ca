"""Being asked to stop: Ctrl-C, SIGTERM, a terminal that is closed, an output that nobody reads any more."""

from __future__ import annotations

import signal
import time
from types import FrameType

_HEEDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Longer than an orderly end takes. Whoever asks again within this time does not tear it apart.
_PATIENCE_SECONDS = 30.0


class Stopped(BaseException):
    """Somebody wants this command to end. `code` is its exit code as shells count: 128 and the signal's number."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number.name)
        self.code = 128 + number


def heed_signals() -> None:
    """Raise `Stopped` in the main thread on the first signal that asks us to stop.

    What is ignored already (`nohup`, a background job of a script) stays ignored.
    """
    for number in _HEEDED:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, _: FrameType | None) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS

    def again(number: int, frame: FrameType | None) -> None:
        if time.monotonic() > deadline:
            _stop(number, frame)

    for other in _HEEDED:
        if signal.getsignal(other) is not signal.SIG_IGN:
            signal.signal(other, again)
    raise Stopped(signal.Signals(number))
