"""Messages to workers, functions and people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from vcp.wire.messages import TransferMessage


class TransferQueue(Protocol):
    def send(self, message: TransferMessage) -> None: ...


class CompletionInvoker(Protocol):
    def invoke(self, event: Mapping[str, Any]) -> None:
        """Call completion-handler asynchronously with an event as EventBridge would deliver it."""
        ...


class Mailer(Protocol):
    def send(self, subject: str, body: str) -> None: ...
