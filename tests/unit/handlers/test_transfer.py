"""The transfer's handler: which messages are done, and when the others are retried."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from tests.fakes.interception import before, failing, restore
from tests.fakes.pipeline import Pipeline
from tests.unit.handlers.calls import Context, sqs_event
from vcp.domain.errors import PermanentError, RetryableError
from vcp.domain.video.states import State

NOT_DONE = {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
DONE: dict[str, Any] = {"batchItemFailures": []}


@dataclass
class Visibilities:
    """A queue that records after how many seconds a message becomes visible."""

    seconds: list[float] = field(default_factory=list)

    def make_visible(self, receipt_handle: str, after_seconds: float = 0) -> None:
        assert receipt_handle == "receipt-1"
        self.seconds.append(after_seconds)


class TransferHandler:
    """The handler on a pipeline in memory to which one video was submitted."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.pipeline = Pipeline()
        self.pipeline.submit()
        self.queue = Visibilities()

    def call(self, *, receives: int = 1, seconds_left: float = 900) -> Any:
        event = sqs_event(self.pipeline.queue.messages[0], receives)
        return self.module.handler(event, Context(seconds_left))

    def failing(self, error: Exception) -> AbstractContextManager[None]:
        """Let the end of the copy fail."""
        return failing(self.pipeline.temp, "complete_upload", error)


@pytest.fixture
def transfer(function: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> TransferHandler:
    transfer = TransferHandler(function("transfer"))
    monkeypatch.setattr(transfer.module, "transfer", lambda: transfer.pipeline.transfer)
    monkeypatch.setattr(transfer.module, "queue", lambda: transfer.queue)
    return transfer


def test_a_processed_message_is_done(transfer: TransferHandler) -> None:
    assert transfer.call() == DONE
    assert transfer.pipeline.state() is State.TRANSCODING
    assert transfer.queue.seconds == []


def test_a_handover_makes_the_message_visible_immediately(transfer: TransferHandler) -> None:
    assert transfer.call(seconds_left=30) == NOT_DONE
    assert transfer.queue.seconds == [0]
    assert len(transfer.pipeline.queue.messages) == 1, "a new message would have no receive count"
    assert transfer.call() == DONE


@pytest.mark.parametrize(("receives", "seconds"), [(1, 15), (2, 30), (4, 120), (7, 900), (1000, 900)])
def test_transient_errors_back_off(transfer: TransferHandler, receives: int, seconds: float) -> None:
    with transfer.failing(RetryableError("s3_unavailable", "A cloud service is busy.")):
        assert transfer.call(receives=receives) == NOT_DONE
    assert transfer.queue.seconds == [seconds]


def test_a_permanent_error_fails_the_video_and_completes_the_message(transfer: TransferHandler) -> None:
    with transfer.failing(PermanentError("s3_refused", "A cloud service rejected a request.")):
        assert transfer.call() == DONE
    assert transfer.pipeline.state() is State.FAILED


def test_an_unexpected_error_is_retried_soon(transfer: TransferHandler) -> None:
    with transfer.failing(ZeroDivisionError("broken")):
        assert transfer.call() == NOT_DONE
    assert transfer.queue.seconds == [15], "before the visibility timeout of 90 minutes is over"
    assert transfer.pipeline.ledger.leases == {}


def test_an_unexpected_error_is_logged_with_its_traceback(
    transfer: TransferHandler, caplog: pytest.LogCaptureFixture
) -> None:
    """The batch's answer only counts it."""
    transfer.module.logger.propagate = True
    with transfer.failing(ZeroDivisionError("broken")):
        transfer.call()
    assert "broken" in caplog.text


@pytest.mark.parametrize("body", ["no JSON", '{"schema": 2, "videoId": "video", "attempt": 1}', "\ud800"])
def test_an_unreadable_message_is_logged_and_retried_soon(
    body: str, transfer: TransferHandler, caplog: pytest.LogCaptureFixture
) -> None:
    """It may come from a newer intake; the log has to say why it becomes a dead letter."""
    transfer.module.logger.propagate = True
    assert transfer.module.handler(sqs_event(body), Context(900)) == NOT_DONE
    assert transfer.queue.seconds == [15]
    assert "unexpected error" in caplog.text


def test_a_lost_lease_keeps_the_message(transfer: TransferHandler) -> None:
    before(transfer.pipeline.temp, "complete_upload", lambda *_: transfer.pipeline.ledger.leases.clear())
    assert transfer.call() == NOT_DONE
    assert transfer.pipeline.transcoder.jobs == {}
    restore(transfer.pipeline.temp, "complete_upload")
    assert transfer.call() == DONE
    assert transfer.pipeline.state() is State.TRANSCODING
