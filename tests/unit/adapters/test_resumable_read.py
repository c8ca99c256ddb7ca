"""Reads over broken connections."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp.adapters.resumable_read import resumable_read
from vcp.adapters.retry import Backoff
from vcp.domain.errors import RetryableError

NO_PAUSE = Backoff(attempts=3, first_seconds=0, max_seconds=0)


class Flaky:
    """A stream that breaks repeatedly; `breaks` has the number of bytes after which each connection breaks."""

    def __init__(self, data: bytes, breaks: list[int], chunk_bytes: int) -> None:
        self.data = data
        self.breaks = list(breaks)
        self.chunk_bytes = chunk_bytes
        self.closed = 0

    def open(self, start: int, end: int) -> Generator[bytes]:
        try:
            stop = start + self.breaks.pop(0) if self.breaks else None
            for position in range(start, end, self.chunk_bytes):
                if stop is not None and position >= stop:
                    raise RetryableError("cut", "It broke off.")
                yield self.data[position : min(position + self.chunk_bytes, end)]
        finally:
            self.closed += 1


@given(
    data=st.binary(max_size=200),
    span=st.tuples(st.integers(0, 200), st.integers(0, 200)),
    breaks=st.lists(st.integers(1, 50), max_size=20),
    chunk_bytes=st.integers(1, 64),
)
def test_yields_every_byte_once_over_broken_connections(
    data: bytes, span: tuple[int, int], breaks: list[int], chunk_bytes: int
) -> None:
    start, end = (min(edge, len(data)) for edge in sorted(span))
    stream = Flaky(data, breaks, chunk_bytes)

    assert b"".join(resumable_read(stream.open, start, end, NO_PAUSE)) == data[start:end]


def test_gives_up_without_progress() -> None:
    stream = Flaky(b"x" * 100, [10, 0, 0, 0, 0], 10)
    received: list[bytes] = []

    with pytest.raises(RetryableError, match="cut"):
        received.extend(resumable_read(stream.open, 0, 100, NO_PAUSE))

    assert b"".join(received) == b"x" * 10
    # A try with progress counts as the first failure.
    assert stream.closed == 3


def test_continues_a_stream_that_ends_early() -> None:
    def short(start: int, end: int) -> Generator[bytes]:
        yield b"x" * min(7, end - start)

    assert b"".join(resumable_read(short, 0, 30, NO_PAUSE)) == b"x" * 30


def test_never_yields_more_than_requested() -> None:
    def long(start: int, end: int) -> Generator[bytes]:
        yield b"x" * (end - start + 1)

    with pytest.raises(RetryableError, match="range_too_long"):
        list(resumable_read(long, 0, 30, NO_PAUSE))


def test_closes_the_stream_when_the_reader_stops() -> None:
    stream = Flaky(b"x" * 100, [], 10)
    chunks = resumable_read(stream.open, 0, 100, NO_PAUSE)
    next(chunks)
    del chunks

    assert stream.closed == 1
