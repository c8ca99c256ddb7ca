"""The notifier sends each mail once and loses none, with repeated streams and crashes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.interception import failing
from tests.fakes.messaging import FakeMailer
from tests.fakes.pipeline import Pipeline
from vcp.domain.errors import LeaseHeldError, RetryableError
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State
from vcp.services.notifier import Notifier

MAIL_LEASE = timedelta(minutes=5)


class NotifiedPipeline(Pipeline):
    """A pipeline with a notifier."""

    def __init__(self) -> None:
        super().__init__()
        self.mailer = FakeMailer()
        self.notifier = Notifier(
            self.ledger, self.mailer, self.clock, lambda result: f"https://files.example/{result.key}", MAIL_LEASE
        )

    def changes(self) -> list[tuple[State | None, VideoRecord]]:
        """Return every change of the one video, as in the stream: the previous state and the new record."""
        (history,) = self.ledger.history.values()
        before = [None, *(record.state for record in history)]
        return list(zip(before, history, strict=False))

    def follow(self) -> list[str]:
        """Process the whole stream; return the kinds of mail that were sent."""
        return [kind for before, record in self.changes() for kind in self.notifier.notify(before, record)]

    @property
    def subjects(self) -> list[str]:
        return [subject for subject, _ in self.mailer.mails]


@pytest.fixture
def completed() -> NotifiedPipeline:
    pipeline = NotifiedPipeline()
    pipeline.up_to_transcoding()
    pipeline.encode()
    pipeline.handle_event()
    assert pipeline.state() is State.COMPLETED
    return pipeline


def test_a_completed_video_sends_two_mails(completed: NotifiedPipeline) -> None:
    assert completed.follow() == ["started", "completed"]
    assert completed.subjects == ["Started: film.mov", "Ready: film.mov"]
    result = completed.record.result
    assert result is not None
    _, body = completed.mailer.mails[-1]
    assert f"https://files.example/{result.key}" in body
    assert completed.record.source.web_url in body


def test_a_repeated_stream_sends_no_mail_twice(completed: NotifiedPipeline) -> None:
    completed.follow()
    assert completed.follow() == []
    completed.clock.forward(MAIL_LEASE.total_seconds() * 10)
    assert completed.follow() == []
    assert len(completed.mailer.mails) == 2


def test_a_crash_after_the_claim_loses_no_mail(completed: NotifiedPipeline) -> None:
    started, record = completed.changes()[0]
    assert completed.ledger.claim_mail(
        record.video_id, 1, "started", completed.clock.now(), MAIL_LEASE.total_seconds()
    ), "another notifier claims it and crashes"

    with pytest.raises(LeaseHeldError):
        completed.notifier.notify(started, record)
    assert completed.mailer.mails == []

    completed.clock.forward(MAIL_LEASE.total_seconds())
    assert completed.notifier.notify(started, record) == ["started"]
    assert completed.notifier.notify(started, record) == []


def test_a_failed_send_releases_its_claim(completed: NotifiedPipeline) -> None:
    unavailable = RetryableError("sns_unavailable", "The mail service is busy.")
    with failing(completed.mailer, "send", unavailable), pytest.raises(RetryableError):
        completed.follow()
    assert completed.follow() == ["started", "completed"]


def test_a_crash_after_sending_sends_the_mail_again(completed: NotifiedPipeline) -> None:
    """A second mail is better than none."""
    before, record = completed.changes()[0]
    crash = RetryableError("killed", "The notifier died.")
    with failing(completed.ledger, "mail_sent", crash), pytest.raises(RetryableError):
        completed.notifier.notify(before, record)
    with pytest.raises(LeaseHeldError):
        completed.notifier.notify(before, record)
    completed.clock.forward(MAIL_LEASE.total_seconds())
    completed.notifier.notify(before, record)
    assert completed.subjects == ["Started: film.mov"] * 2


def test_every_attempt_sends_its_own_mails(completed: NotifiedPipeline) -> None:
    completed.follow()
    second = completed.changes()[0][1].but(attempt=2)
    assert completed.notifier.notify(State.REJECTED, second) == ["started"]
    _, body = completed.mailer.mails[-1]
    assert "attempt 2" in body


def test_a_change_without_a_new_state_sends_no_mail(completed: NotifiedPipeline) -> None:
    assert completed.notifier.notify(State.COMPLETED, completed.record) == []
    assert completed.mailer.mails == []


def test_the_mail_of_a_superseded_version_says_so() -> None:
    pipeline = NotifiedPipeline()
    pipeline.submit()
    pipeline.ledger.save(pipeline.record.but(superseded_by="newer"))
    pipeline.process()
    assert pipeline.follow() == ["started", "cancelled"]
    assert "newer version" in pipeline.mailer.mails[-1][1]
