"""The mailbox that stands for every e-mail address, and the mails as Amazon SNS writes them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

DEFAULT_SUBJECT = "AWS Notification Message"
CONFIRMATION_SUBJECT = "AWS Notification - Subscription Confirmation"
_SENDER_NAME = "AWS Notifications"
_SENDER_ADDRESS = "no-reply@sns.amazonaws.com"


@dataclass(frozen=True)
class StoredMail:
    """One mail; `at` is seconds since the epoch."""

    to: str
    sender: str
    subject: str
    body: str
    topic_arn: str
    message_id: str
    at: float

    def as_json(self) -> dict[str, Any]:
        return {
            "to": self.to,
            "from": self.sender,
            "subject": self.subject,
            "body": self.body,
            "topicArn": self.topic_arn,
            "messageId": self.message_id,
            "at": self.at,
        }


class Mailbox:
    """All mails of a running cloud, oldest first."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._mails: list[StoredMail] = []

    def receive(self, to: str, sender: str, subject: str, body: str, topic_arn: str, message_id: str) -> None:
        with self._lock:
            self._mails.append(StoredMail(to, sender, subject, body, topic_arn, message_id, self._clock()))

    def mails(self, to: str | None = None) -> list[StoredMail]:
        with self._lock:
            return [mail for mail in self._mails if to is None or mail.to == to]

    def clear(self) -> None:
        with self._lock:
            self._mails.clear()


def sender(display_name: str) -> str:
    """The From header: the topic's display name, where it has one."""
    return f"{display_name or _SENDER_NAME} <{_SENDER_ADDRESS}>"


def notification_body(message: str, subscription_arn: str, endpoint: str) -> str:
    """The text of a notification: the message, then SNS's footer with the link to unsubscribe."""
    region = subscription_arn.split(":")[3]
    link = (
        f"https://sns.{region}.amazonaws.com/unsubscribe.html?SubscriptionArn={subscription_arn}"
        f"&Endpoint={quote(endpoint, safe='@')}"
    )
    return (
        f"{message}\n\n--\n"
        "If you wish to stop receiving notifications from this topic, please click or visit the link below to "
        f"unsubscribe:\n{link}\n\n"
        "Please do not reply directly to this email. If you have any questions or comments regarding this email, "
        "please contact us at https://aws.amazon.com/support\n"
    )


def confirmation_body(topic_arn: str, token: str, endpoint: str) -> str:
    """The text that asks the owner of an address to confirm a subscription."""
    region = topic_arn.split(":")[3]
    link = (
        f"https://sns.{region}.amazonaws.com/confirmation.html?TopicArn={topic_arn}&Token={token}"
        f"&Endpoint={quote(endpoint, safe='@')}"
    )
    return (
        f"You have chosen to subscribe to the topic:\n{topic_arn}\n\n"
        "To confirm this subscription, click or visit the link below (If this was in error no action is "
        f"necessary):\n{link}\n\n"
        "Please do not reply directly to this email. If you wish to remove yourself from receiving all future SNS "
        "subscription confirmation requests please send an email to sns-opt-out.\n"
    )
