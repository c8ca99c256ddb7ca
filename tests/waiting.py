"""Waiting in tests: on a condition, with a limit, in one place."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_POLL_SECONDS = 0.02


def eventually(condition: Callable[[], T | None], seconds: float = 30, what: str = "") -> T:
    """What `condition` answers, as soon as that is true. Fails after `seconds`, with `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or condition}: not within {seconds} s; last: {answer!r}")
        time.sleep(_POLL_SECONDS)
    return answer
