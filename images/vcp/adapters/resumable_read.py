"""Reading a range of bytes to its end over connections that may break."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from vcp.adapters.retry import Backoff
from vcp.domain.errors import RetryableError

#: Opens the stream at an absolute position and yields what comes; closed when the generator is closed.
OpenAt = Callable[[int, int], Generator[bytes]]


def resumed(open_at: OpenAt, start: int, end: int, backoff: Backoff) -> Iterator[bytes]:
    """The bytes [start, end), each exactly once, in order.

    `open_at(position, end)` raises `RetryableError` where a new try may help, for instance a cut connection; the
    next try begins at the first byte that did not come. Tries that brought something start the count anew, so a
    long range may break often, but never stand still. Other errors of `open_at` pass.

    Raises `RetryableError` when the tries are used up, and when a stream brings more than was asked for.
    """
    position = start
    failures = 0
    while position < end:
        before = position
        try:
            with closing(open_at(position, end)) as chunks:
                for chunk in chunks:
                    if len(chunk) > end - position:
                        raise RetryableError(
                            "range_too_long",
                            "A download brought more than was asked for; it is tried again.",
                            f"{position + len(chunk) - end} bytes beyond {end}",
                        )
                    position += len(chunk)
                    yield chunk
            if position < end:
                raise RetryableError(
                    "range_too_short", "A download ended early; it is tried again.", f"{position} instead of {end}"
                )
        except RetryableError:
            failures = 1 if position > before else failures + 1
            if failures >= backoff.attempts:
                raise
            backoff.pause(failures)
