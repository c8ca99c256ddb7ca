"""Waiting in tests: on a condition, with a limit, in one place."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Between two looks: at first this; then a part of the time that was waited, since each look takes its time from what
#: is waited for; at last no more than this.
_FIRST_SECONDS, _PART, _LAST_SECONDS = 0.02, 0.05, 0.2


def eventually(condition: Callable[[], T | None], seconds: float = 30, what: str = "") -> T:
    """What `condition` answers, as soon as that is true. Fails after `seconds`, with `what` was waited for."""
    began = time.monotonic()
    while not (answer := condition()):
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"{what or condition}: not within {seconds} s; last: {answer!r}")
        time.sleep(min(max(_FIRST_SECONDS, _PART * waited), _LAST_SECONDS))
    return answer
