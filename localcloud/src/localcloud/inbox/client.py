"""Client of the inbox routes of the console."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.calls import Call


@dataclass(frozen=True)
class Mail:
    """One e-mail as it lies in the inbox; `at` is seconds since the epoch."""

    to: str
    from_: str
    subject: str
    body: str
    topic_arn: str
    message_id: str
    at: float


class InboxClient:
    """What the owner of the mailbox can do."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def mails(self, to: str | None = None) -> list[Mail]:
        """All mails, oldest first; those to one address when `to` is given."""
        return [
            Mail(
                to=mail["to"],
                from_=mail["from"],
                subject=mail["subject"],
                body=mail["body"],
                topic_arn=mail["topicArn"],
                message_id=mail["messageId"],
                at=mail["at"],
            )
            for mail in self._call("GET", "/inbox", {"to": to})
        ]

    def confirm(self, to: str, topic_arn: str | None = None) -> list[str]:
        """Click "Confirm subscription" in the mails to `to`; the ARNs of what that confirmed."""
        return list(self._call("POST", "/inbox/confirm", {"to": to, "topicArn": topic_arn})["confirmed"])

    def clear(self) -> None:
        """Throw every mail away (subscriptions stay)."""
        self._call("POST", "/inbox/clear")
