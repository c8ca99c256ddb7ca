"""A timeline runs work when it is due, in order, also after a failure."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from localcloud.timeline import Timeline

LIMIT_SECONDS = 10


@pytest.fixture
def timeline() -> Iterator[Timeline]:
    timeline = Timeline("test", workers=1)
    yield timeline
    timeline.stop()


def test_runs_earlier_work_first_and_continues_after_a_failure(timeline: Timeline) -> None:
    done: list[str] = []
    finished, begun, hold = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        begun.set()
        hold.wait(LIMIT_SECONDS)

    def fail() -> None:
        done.append("failed")
        raise RuntimeError("on purpose")

    timeline.after(0, first)
    assert begun.wait(LIMIT_SECONDS)
    timeline.after(0.05, finished.set)
    timeline.after(0.03, lambda: done.append("later"))
    timeline.after(0, fail)
    hold.set()

    assert finished.wait(LIMIT_SECONDS)
    assert done == ["failed", "later"]


def test_threads_end_when_stopped() -> None:
    timeline = Timeline("stopping", workers=2)
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("stopping-")]
    assert len(threads) == 2

    timeline.stop()

    for thread in threads:
        thread.join(LIMIT_SECONDS)
        assert not thread.is_alive()
