"""The rate limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from vcp.adapters.token_bucket import TokenBucket


class Time:
    """A clock that advances only by `sleep`."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_spreads_calls_after_the_burst() -> None:
    time = Time()
    bucket = TokenBucket(4, burst=2, now=lambda: time.now, sleep=time.sleep)

    starts = []
    for _ in range(6):
        bucket.wait()
        starts.append(time.now - 100)

    assert starts == pytest.approx([0, 0, 0.25, 0.5, 0.75, 1.0])


def test_a_pause_allows_no_more_than_the_burst() -> None:
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

    # The clock does not advance, so each call waits for all before it.
    assert sorted(slept) == pytest.approx([number / 10 for number in range(1, 20)])
