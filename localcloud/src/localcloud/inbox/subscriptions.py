"""E-mail subscriptions of SNS: pending until the owner of the address confirms, then mails arrive."""

from __future__ import annotations

import re
import secrets
import threading
import time

from moto.sns.exceptions import InvalidParameterValue
from moto.sns.models import Subscription

from localcloud.inbox.mail import (
    CONFIRMATION_SUBJECT,
    DEFAULT_SUBJECT,
    Mail,
    confirmation_body,
    notification_body,
    sender,
)

PROTOCOL = "email"
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def is_pending(subscription: Subscription) -> bool:
    return subscription.protocol == PROTOCOL and not subscription.confirmed


class Subscriptions:
    """Confirm subscriptions and keep their mails, of all addresses, oldest first."""

    def __init__(self, auto_confirm: bool) -> None:
        self._auto_confirm = auto_confirm
        self._tokens: dict[str, Subscription] = {}
        self._mails: list[Mail] = []
        self._lock = threading.Lock()

    def request_confirmation(self, subscription: Subscription) -> None:
        """Send a confirmation mail. Raises InvalidParameter for an invalid address."""
        if not _ADDRESS.fullmatch(subscription.endpoint):
            raise InvalidParameterValue("Invalid parameter: Email address")
        token = secrets.token_hex(96)
        subscription.attributes["PendingConfirmation"] = True
        subscription.attributes["ConfirmationWasAuthenticated"] = False
        with self._lock:
            self._tokens[token] = subscription
        body = confirmation_body(subscription.topic.arn, token, subscription.endpoint)
        self._receive(subscription, CONFIRMATION_SUBJECT, body, message_id="")
        if self._auto_confirm:
            self.confirm(token, subscription.topic.arn)

    def confirm(self, token: str, topic_arn: str) -> str:
        """Confirm the subscription of a token; return its ARN. Raises InvalidParameter as SNS does."""
        with self._lock:
            subscription = self._tokens.get(token)
        if subscription is None or subscription.topic.arn != topic_arn:
            raise InvalidParameterValue("Invalid parameter: Token")
        subscription.confirmed = True
        subscription.attributes["PendingConfirmation"] = False
        return str(subscription.arn)

    def confirm_all(self, to: str) -> list[str]:
        """Click the link in every pending confirmation mail to an address; return the ARNs."""
        with self._lock:
            tokens = list(self._tokens.items())
        pending = {each.arn: (token, each) for token, each in tokens if each.endpoint == to and is_pending(each)}
        return [self.confirm(token, each.topic.arn) for token, each in pending.values()]

    def notify(self, subscription: Subscription, message: str, message_id: str, subject: str | None) -> None:
        """Receive the mail of one notification to one confirmed subscription."""
        body = notification_body(message, subscription.arn, subscription.endpoint)
        self._receive(subscription, subject or DEFAULT_SUBJECT, body, message_id)

    def _receive(self, subscription: Subscription, subject: str, body: str, message_id: str) -> None:
        topic = subscription.topic
        from_ = sender(topic.display_name)
        mail = Mail(subscription.endpoint, from_, subject, body, topic.arn, message_id, time.time())
        with self._lock:
            self._mails.append(mail)

    def mails(self, to: str | None = None) -> list[Mail]:
        with self._lock:
            return [mail for mail in self._mails if to in (None, mail.to)]

    def clear(self) -> None:
        """Delete all mails; subscriptions stay."""
        with self._lock:
            self._mails.clear()
