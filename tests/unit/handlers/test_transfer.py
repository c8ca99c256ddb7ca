"""video-transfer's handler: which messages are done, and when the others come again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from tests.fakes.pipeline import Pipeline
from tests.unit.handlers.calls import Context, sqs_event
from vcp.domain.errors import PermanentError, RetryableError
from vcp.domain.video.states import State

NOT_DONE = {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
DONE: dict[str, Any] = {"batchItemFailures": []}


@dataclass
class Visibilities:
    """The queue as the handler sees it: what was made visible again, after how many seconds."""

    seconds: list[float] = field(default_factory=list)

    def make_visible(self, receipt_handle: str, after_seconds: float = 0) -> None:
        assert receipt_handle == "receipt-1"
        self.seconds.append(after_seconds)


class Bench:
    """The handler on a pipeline in memory, with one video announced."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.pipeline = Pipeline()
        self.pipeline.submit()
        self.queue = Visibilities()

    def call(self, *, receives: int = 1, seconds_left: float = 900) -> Any:
        event = sqs_event(self.pipeline.queue.messages[0], receives)
        return self.module.handler(event, Context(seconds_left))

    def failing(self, error: Exception) -> None:
        def fails(*_: object) -> Any:
            raise error

        self.pipeline.temp.complete_upload = fails  # type: ignore[method-assign, assignment]


@pytest.fixture
def bench(function: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(function("transfer"))
    monkeypatch.setattr(bench.module, "transfer", lambda: bench.pipeline.transfer)
    monkeypatch.setattr(bench.module, "queue", lambda: bench.queue)
    return bench


def test_a_processed_message_is_done(bench: Bench) -> None:
    assert bench.call() == DONE
    assert bench.pipeline.state() is State.TRANSCODING
    assert bench.queue.seconds == []


def test_a_handover_makes_the_message_visible_immediately(bench: Bench) -> None:
    assert bench.call(seconds_left=30) == NOT_DONE
    assert bench.queue.seconds == [0]
    assert len(bench.pipeline.queue.messages) == 1, "no new message: that would be a loop without a count"
    assert bench.call() == DONE


@pytest.mark.parametrize(("receives", "seconds"), [(1, 15), (2, 30), (4, 120), (7, 900), (1000, 900)])
def test_transient_errors_back_off(bench: Bench, receives: int, seconds: float) -> None:
    bench.failing(RetryableError("s3_unavailable", "A cloud service is busy."))
    assert bench.call(receives=receives) == NOT_DONE
    assert bench.queue.seconds == [seconds]


def test_a_permanent_error_fails_the_video_and_completes_the_message(bench: Bench) -> None:
    bench.failing(PermanentError("s3_refused", "A cloud service refused a step."))
    assert bench.call() == DONE
    assert bench.pipeline.state() is State.FAILED


def test_an_unexpected_error_is_retried_soon(bench: Bench) -> None:
    bench.failing(ZeroDivisionError("nobody thought of this"))
    assert bench.call() == NOT_DONE
    assert bench.queue.seconds == [15], "not only when the visibility timeout of 90 minutes is over"
    assert bench.pipeline.ledger.leases == {}


def test_an_unexpected_error_is_logged_with_its_traceback(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """The batch's answer only counts it, so nobody else would tell."""
    bench.module.logger.propagate = True
    bench.failing(ZeroDivisionError("nobody thought of this"))
    bench.call()
    assert "nobody thought of this" in caplog.text


@pytest.mark.parametrize("body", ["no JSON", '{"schema": 2, "videoId": "video", "attempt": 1}', "\ud800"])
def test_an_unreadable_message_is_logged_and_retried_soon(
    body: str, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """A newer door's, say: without a word nobody would know why it became a dead letter, many hours later."""
    bench.module.logger.propagate = True
    assert bench.module.handler(sqs_event(body), Context(900)) == NOT_DONE
    assert bench.queue.seconds == [15]
    assert "unexpected error" in caplog.text


def test_a_lost_lease_keeps_the_message(bench: Bench) -> None:
    real = bench.pipeline.temp.complete_upload

    def slow(*arguments: Any) -> Any:
        bench.pipeline.ledger.leases.clear()
        return real(*arguments)

    bench.pipeline.temp.complete_upload = slow  # type: ignore[method-assign, assignment]
    assert bench.call() == NOT_DONE
    assert bench.pipeline.transcoder.jobs == {}
    bench.pipeline.temp.complete_upload = real  # type: ignore[method-assign]
    assert bench.call() == DONE
    assert bench.pipeline.state() is State.TRANSCODING
