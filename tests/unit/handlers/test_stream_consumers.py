"""The two consumers of the ledger's stream: what they answer for a batch, and what they ignore."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from tests.fakes.airtable import FakeTable
from tests.fakes.interception import before, failing, restore
from tests.fakes.messaging import FakeMailer
from tests.fakes.pipeline import Pipeline
from tests.unit.handlers.calls import Context, stream_event
from vcp.domain.errors import RetryableError
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State
from vcp.services.airtable_sync import AirtableSync
from vcp.services.notifier import Notifier


class Stream:
    """A completed video, with its changes as stream records."""

    def __init__(self) -> None:
        self.pipeline = Pipeline().up_to_transcoding()
        self.pipeline.encode()
        self.pipeline.handle_event()
        (history,) = self.pipeline.ledger.history.values()
        self.changes: list[tuple[VideoRecord | None, VideoRecord]] = list(zip([None, *history], history, strict=False))
        self.event = stream_event(*self.changes)
        self.mailer = FakeMailer()
        self.table = FakeTable()

    def number_of(self, state: State) -> str:
        """Return the sequence number of the change that entered a state."""
        entered = (
            number
            for number, (before, after) in enumerate(self.changes, 1)
            if after.state is state and (before is None or before.state is not state)
        )
        return str(next(entered))


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def notifier(
    stream: Stream, function: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Any], Any]:
    module = function("notifier")
    pipeline = stream.pipeline
    notifier = Notifier(pipeline.ledger, stream.mailer, pipeline.clock, lambda _: "https://x", timedelta(minutes=5))
    monkeypatch.setattr(module, "notifier", lambda: notifier)
    return lambda event: module.handler(event, Context())


@pytest.fixture
def airtable_sync(
    stream: Stream, function: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Any], Any]:
    module = function("airtable_sync")
    sync = AirtableSync(stream.pipeline.ledger, stream.table, lambda _: "https://x")
    monkeypatch.setattr(module, "airtable_sync", lambda: sync)
    return lambda event: module.handler(event, Context())


def test_notifier_sends_the_mails_of_a_batch(notifier: Callable[[Any], Any], stream: Stream) -> None:
    assert notifier(stream.event) == {"batchItemFailures": []}
    assert [subject for subject, _ in stream.mailer.mails] == ["Started: film.mov", "Ready: film.mov"]
    assert notifier(stream.event) == {"batchItemFailures": []}
    assert len(stream.mailer.mails) == 2


def test_notifier_reports_the_first_failed_change(notifier: Callable[[Any], Any], stream: Stream) -> None:
    def fail_when_ready(subject: str, body: str) -> None:
        if subject.startswith("Ready"):
            raise RetryableError("sns_unavailable", "A cloud service is busy.")

    before(stream.mailer, "send", fail_when_ready)
    assert notifier(stream.event) == {"batchItemFailures": [{"itemIdentifier": stream.number_of(State.COMPLETED)}]}
    restore(stream.mailer, "send")
    rest = {"Records": stream.event["Records"][int(stream.number_of(State.COMPLETED)) - 1 :]}
    assert notifier(rest) == {"batchItemFailures": []}
    assert [subject for subject, _ in stream.mailer.mails] == ["Started: film.mov", "Ready: film.mov"]


def test_notifier_waits_for_another_claim_to_lapse(notifier: Callable[[Any], Any], stream: Stream) -> None:
    pipeline = stream.pipeline
    assert pipeline.ledger.claim_mail(pipeline.record.video_id, 1, "started", pipeline.clock.now(), 300)
    assert notifier(stream.event) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert stream.mailer.mails == []
    pipeline.clock.forward(300)
    assert notifier(stream.event) == {"batchItemFailures": []}
    assert len(stream.mailer.mails) == 2


def test_an_unexpected_error_fails_the_batch(
    notifier: Callable[[Any], Any], stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    with failing(stream.mailer, "send", ZeroDivisionError()), pytest.raises(ZeroDivisionError):
        notifier(stream.event)
    assert "unexpected error" in caplog.text


def test_airtable_sync_writes_one_row_for_a_batch(airtable_sync: Callable[[Any], Any], stream: Stream) -> None:
    airtable_sync(stream.event)
    (row,) = stream.table.rows.values()
    assert row["Status"] == "Completed"
    assert stream.table.calls == 1


def test_airtable_sync_writes_the_current_state(airtable_sync: Callable[[Any], Any], stream: Stream) -> None:
    airtable_sync({"Records": stream.event["Records"][:1]})
    (row,) = stream.table.rows.values()
    assert row["Status"] == "Completed", "the record in the stream is queued"


def test_airtable_sync_fails_the_batch_while_airtable_is_down(
    airtable_sync: Callable[[Any], Any], stream: Stream
) -> None:
    down = RetryableError("airtable_unavailable", "Airtable is busy.")
    with failing(stream.table, "upsert", down), pytest.raises(RetryableError):
        airtable_sync(stream.event)


def test_other_items_of_the_ledger_are_ignored(
    notifier: Callable[[Any], Any], airtable_sync: Callable[[Any], Any], stream: Stream
) -> None:
    lease = {"dynamodb": {"Keys": {"pk": {"S": "VIDEO#v"}, "sk": {"S": "LEASE"}}, "SequenceNumber": "1"}}
    airtable_sync({"Records": [lease]})
    assert notifier({"Records": [lease]}) == {"batchItemFailures": []}
    assert (stream.table.calls, stream.mailer.mails) == (0, [])
