"""Mails as Amazon SNS writes them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

DEFAULT_SUBJECT = "AWS Notification Message"
CONFIRMATION_SUBJECT = "AWS Notification - Subscription Confirmation"
_SENDER_NAME = "AWS Notifications"
_SENDER_ADDRESS = "no-reply@sns.amazonaws.com"


@dataclass(frozen=True)
class Mail:
    """One mail in the inbox; `at` is seconds since the epoch."""

    to: str
    from_: str
    subject: str
    body: str
    topic_arn: str
    message_id: str
    at: float


def sender(display_name: str) -> str:
    """Return the From header, with the topic's display name if it has one."""
    return f"{display_name or _SENDER_NAME} <{_SENDER_ADDRESS}>"


def notification_body(message: str, subscription_arn: str, endpoint: str) -> str:
    """Return the message with SNS's footer, which has the link to unsubscribe."""
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
    """Return the text that asks the owner of an address to confirm a subscription."""
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
