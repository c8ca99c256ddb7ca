"""E-mail subscriptions of SNS: pending until the owner of the address confirms, then mails arrive."""

from __future__ import annotations

import json
import re
import secrets
import threading
from typing import Any

from moto.sns.exceptions import InvalidParameterValue
from moto.sns.models import Subscription, sns_backends

from localcloud.inbox.mailbox import (
    CONFIRMATION_SUBJECT,
    DEFAULT_SUBJECT,
    Mailbox,
    confirmation_body,
    notification_body,
    sender,
)

PROTOCOLS = ("email", "email-json")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NO_MESSAGE = ""


def is_pending(subscription: Subscription) -> bool:
    return subscription.protocol in PROTOCOLS and not subscription.confirmed


class Subscriptions:
    """Confirms subscriptions and writes their mails into the mailbox."""

    def __init__(self, mailbox: Mailbox, auto_confirm: bool) -> None:
        self._mailbox = mailbox
        self._auto_confirm = auto_confirm
        self._tokens: dict[str, Subscription] = {}
        self._lock = threading.Lock()

    def ask(self, subscription: Subscription) -> None:
        """Send the confirmation mail of a subscription that is not confirmed; a new one for each request."""
        if not _ADDRESS.fullmatch(subscription.endpoint):
            raise InvalidParameterValue("Invalid parameter: Email address")
        token = secrets.token_hex(96)
        subscription.attributes["PendingConfirmation"] = True
        subscription.attributes["ConfirmationWasAuthenticated"] = False
        with self._lock:
            self._tokens[token] = subscription
        self._mailbox.receive(
            to=subscription.endpoint,
            sender=sender(subscription.topic.display_name),
            subject=CONFIRMATION_SUBJECT,
            body=confirmation_body(subscription.topic.arn, token, subscription.endpoint),
            topic_arn=subscription.topic.arn,
            message_id=_NO_MESSAGE,
        )
        if self._auto_confirm:
            self.confirm(token)

    def confirm(self, token: str, topic_arn: str | None = None) -> str:
        """Confirm what a token stands for; the ARN of the subscription. Raises InvalidParameter as SNS does."""
        with self._lock:
            subscription = self._tokens.get(token)
        if subscription is None or (topic_arn is not None and subscription.topic.arn != topic_arn):
            raise InvalidParameterValue("Invalid parameter: Token")
        subscription.confirmed = True
        subscription.attributes["PendingConfirmation"] = False
        return str(subscription.arn)

    def confirm_all(self, to: str, topic_arn: str | None) -> list[str]:
        """Click the link in every confirmation mail to an address that is still of use; the ARNs."""
        with self._lock:
            waiting = {
                subscription.arn: token
                for token, subscription in self._tokens.items()
                if subscription.endpoint == to
                and topic_arn in (None, subscription.topic.arn)
                and not subscription.confirmed
                and _exists(subscription)
            }
        return [self.confirm(token) for token in waiting.values()]

    def notify(
        self, subscription: Subscription, message: str, message_id: str, subject: str | None, attributes: Any
    ) -> None:
        """The mail of one notification to one confirmed subscription."""
        if subscription.protocol == "email-json":
            post = subscription.get_post_data(message, message_id, subject, message_attributes=attributes)
            body = json.dumps(post, indent=2)
        else:
            body = notification_body(message, subscription.arn, subscription.endpoint)
        self._mailbox.receive(
            to=subscription.endpoint,
            sender=sender(subscription.topic.display_name),
            subject=subject or DEFAULT_SUBJECT,
            body=body,
            topic_arn=subscription.topic.arn,
            message_id=message_id,
        )


def _exists(subscription: Subscription) -> bool:
    region = subscription.topic.sns_backend.region_name
    return subscription.arn in sns_backends[subscription.account_id][region].subscriptions
