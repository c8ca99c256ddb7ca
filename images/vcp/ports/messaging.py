"""Messages to workers, functions and people."""

from __future__ import annotations

from typing import Protocol

from vcp.domain.mediaconvert.job_event import JobEvent
from vcp.wire.messages import TransferMessage


class TransferQueue(Protocol):
    def send(self, message: TransferMessage) -> None: ...


class CompletionInvoker(Protocol):
    def invoke(self, event: JobEvent) -> None:
        """Invoke completion asynchronously, as EventBridge does."""
        ...


class Mailer(Protocol):
    def send(self, subject: str, body: str) -> None: ...
