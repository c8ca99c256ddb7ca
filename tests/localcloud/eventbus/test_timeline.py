"""Work is done when it is due, in order, whatever happened to other work."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from localcloud.eventbus.timeline import Timeline

LIMIT_SECONDS = 10


@pytest.fixture
def timeline() -> Iterator[Timeline]:
    made = Timeline("test", workers=1)
    yield made
    made.stop()


def test_earlier_work_comes_first_and_a_failure_stops_nothing(timeline: Timeline) -> None:
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


def test_a_stopped_timeline_lets_its_threads_end() -> None:
    timeline = Timeline("ending", workers=2)
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("ending-")]
    assert len(threads) == 2

    timeline.stop()

    for thread in threads:
        thread.join(LIMIT_SECONDS)
        assert not thread.is_alive()
