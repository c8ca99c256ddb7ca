"""Waiting for a condition."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Pauses: at first this, then a part of the time waited, at most this. Polling slows down what is waited for.
_FIRST_SECONDS, _PART, _LAST_SECONDS = 0.02, 0.05, 0.2


def eventually(condition: Callable[[], T | None], seconds: float = 30, what: str = "") -> T:
    """Return the first truthy value of `condition`; fail after `seconds` with `what` was waited for."""
    began = time.monotonic()
    while not (answer := condition()):
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"{what or condition}: not within {seconds} s; last: {answer!r}")
        time.sleep(min(max(_FIRST_SECONDS, _PART * waited), _LAST_SECONDS))
    return answer
