"""The retry loop."""

from __future__ import annotations

import pytest

from vcp.adapters.retry import Backoff
from vcp.domain.errors import PermanentError, RetryableError, VcpError

NO_PAUSE = Backoff(attempts=3, first_seconds=0, max_seconds=0)


def tried(error: type[VcpError]) -> list[int]:
    """Retry a call that fails every time. Return the numbers of the tries."""
    tries: list[int] = []
    for attempt in NO_PAUSE.retrying():
        with attempt:
            tries.append(len(tries) + 1)
            if len(tries) < 9:
                raise error("busy", f"try {len(tries)}")
    return tries


def test_raises_the_last_error() -> None:
    with pytest.raises(RetryableError, match="try 3"):
        tried(RetryableError)


def test_does_not_retry_permanent_errors() -> None:
    with pytest.raises(PermanentError, match="try 1"):
        tried(PermanentError)
