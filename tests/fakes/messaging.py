"""Queue, completion function and mails in memory."""

from __future__ import annotations

from vcp.domain.errors import RetryableError
from vcp.domain.mediaconvert.job_event import JobEvent
from vcp.wire.messages import TransferMessage


class FakeQueue:
    """The transfer queue. While it is `down`, sending fails."""

    def __init__(self) -> None:
        self.messages: list[TransferMessage] = []
        self.down = False

    def send(self, message: TransferMessage) -> None:
        if self.down:
            raise RetryableError("sqs_unreachable", "SQS does not answer.")
        self.messages.append(message)


class FakeCompletion:
    """Records the events that the completion function would receive."""

    def __init__(self) -> None:
        self.events: list[JobEvent] = []

    def invoke(self, event: JobEvent) -> None:
        self.events.append(event)


class FakeMailer:
    """Records mails as (subject, body)."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []

    def send(self, subject: str, body: str) -> None:
        self.mails.append((subject, body))
