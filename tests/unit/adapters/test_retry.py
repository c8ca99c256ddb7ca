"""Turns and tries: what is promised to services that count calls."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp.adapters.resumable_read import resumed
from vcp.adapters.retry import Backoff
from vcp.adapters.token_bucket import TokenBucket
from vcp.domain.errors import PermanentError, RetryableError, VcpError

NO_PAUSE = Backoff(attempts=3, first_seconds=0, longest_seconds=0)


class Time:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_calls_are_spread_after_the_burst() -> None:
    time = Time()
    bucket = TokenBucket(4, burst=2, now=lambda: time.now, sleep=time.sleep)

    starts = []
    for _ in range(6):
        bucket.wait()
        starts.append(time.now - 100)

    assert starts == pytest.approx([0, 0, 0.25, 0.5, 0.75, 1.0])


def test_a_quiet_time_gives_no_more_than_the_burst() -> None:
    time = Time()
    bucket = TokenBucket(10, burst=3, now=lambda: time.now, sleep=time.sleep)
    time.now += 1000

    for _ in range(4):
        bucket.wait()

    assert time.slept == pytest.approx([0.1])


def test_threads_share_one_bucket() -> None:
    slept: list[float] = []
    bucket = TokenBucket(10, now=lambda: 0.0, sleep=slept.append)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: bucket.wait(), range(20)))

    # The clock stands, so that each waits for all before it.
    assert sorted(slept) == pytest.approx([number / 10 for number in range(1, 20)])


def tried(error: type[VcpError]) -> list[int]:
    """Calls something that fails each time."""
    tries: list[int] = []
    for attempt in NO_PAUSE.retrying():
        with attempt:
            tries.append(len(tries) + 1)
            if len(tries) < 9:
                raise error("busy", f"try {len(tries)}")
    return tries


def test_tries_end_with_the_last_error() -> None:
    with pytest.raises(RetryableError, match="try 3"):
        tried(RetryableError)


def test_what_does_not_pass_is_not_tried_again() -> None:
    with pytest.raises(PermanentError, match="try 1"):
        tried(PermanentError)


class Flaky:
    """A stream that breaks after some bytes, again and again; `breaks` says after how many each time."""

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
def test_every_byte_comes_once_however_often_the_stream_breaks(
    data: bytes, span: tuple[int, int], breaks: list[int], chunk_bytes: int
) -> None:
    start, end = (min(edge, len(data)) for edge in sorted(span))
    stream = Flaky(data, breaks, chunk_bytes)

    assert b"".join(resumed(stream.open, start, end, NO_PAUSE)) == data[start:end]


def test_a_stream_that_stands_still_is_given_up() -> None:
    stream = Flaky(b"x" * 100, [10, 0, 0, 0, 0], 10)
    received: list[bytes] = []

    with pytest.raises(RetryableError, match="cut"):
        received.extend(resumed(stream.open, 0, 100, NO_PAUSE))

    assert b"".join(received) == b"x" * 10
    # The one that brought something counts as the first failure.
    assert stream.closed == 3


def test_a_stream_that_ends_early_goes_on() -> None:
    def short(start: int, end: int) -> Generator[bytes]:
        yield b"x" * min(7, end - start)

    assert b"".join(resumed(short, 0, 30, NO_PAUSE)) == b"x" * 30


def test_more_than_was_asked_for_is_never_passed_on() -> None:
    def long(start: int, end: int) -> Generator[bytes]:
        yield b"x" * (end - start + 1)

    with pytest.raises(RetryableError, match="range_too_long"):
        list(resumed(long, 0, 30, NO_PAUSE))


def test_a_reader_that_has_enough_closes_the_stream() -> None:
    stream = Flaky(b"x" * 100, [], 10)
    chunks = resumed(stream.open, 0, 100, NO_PAUSE)
    next(chunks)
    del chunks

    assert stream.closed == 1
