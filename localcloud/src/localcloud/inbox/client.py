"""Client of the inbox routes of the console."""

from __future__ import annotations

from localcloud.calls import Call
from localcloud.inbox.mail import Mail

__all__ = ["InboxClient", "Mail"]


class InboxClient:
    """What the owner of the mailbox can do."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def mails(self, to: str | None = None) -> list[Mail]:
        """Return all mails, or those to one address, oldest first."""
        return [Mail(**mail) for mail in self._call("GET", "/inbox", {"to": to})]

    def confirm(self, to: str) -> list[str]:
        """Click "Confirm subscription" in the mails to an address; return the ARNs of the subscriptions."""
        return list(self._call("POST", "/inbox/confirm", {"to": to}))

    def clear(self) -> None:
        """Delete all mails; subscriptions stay."""
        self._call("POST", "/inbox/clear")
