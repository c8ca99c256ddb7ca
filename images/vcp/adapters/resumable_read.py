"""Read a range of bytes over connections that may break."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from vcp.adapters.retry import Backoff
from vcp.domain.errors import RetryableError

#: Opens a stream of the bytes [position, end) and yields chunks; closing the generator closes the stream.
OpenAt = Callable[[int, int], Generator[bytes]]


def resumable_read(open_at: OpenAt, start: int, end: int, backoff: Backoff) -> Iterator[bytes]:
    """Yield the bytes [start, end), each exactly once, in order.

    When `open_at` raises `RetryableError`, e.g. for a broken connection, the next try begins at the first missing
    byte. A try that made progress resets the count of failures, so a long range may break often. Other errors of
    `open_at` propagate.

    Raises `RetryableError` after `backoff.attempts` tries without progress.
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
                            "A download returned too many bytes; it will be retried.",
                            f"{position + len(chunk) - end} bytes beyond {end}",
                        )
                    position += len(chunk)
                    yield chunk
            if position < end:
                raise RetryableError(
                    "range_too_short", "A download ended early; it will be retried.", f"{position} instead of {end}"
                )
        except RetryableError:
            failures = 1 if position > before else failures + 1
            if failures >= backoff.attempts:
                raise
            backoff.pause(failures)
