"""Let moto's SNS deliver e-mail to the inbox, and reject what the service rejects.

Source of the rules: Publish, Subscribe and ConfirmSubscription in the Amazon SNS API Reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.exceptions import InvalidParameterValue
from moto.sns.models import SNSBackend, Subscription
from moto.sns.responses import SNSResponse

from localcloud.hooks.patching import replace_function
from localcloud.inbox.subscriptions import PROTOCOL, Subscriptions, is_pending

_MESSAGE_LIMIT_BYTES = 262_144  # 256 KiB
#: "ASCII text that begins with a letter, number, or punctuation mark; must not include line breaks or control
#: characters; and must be less than 100 characters long".
_SUBJECT = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,98}")
_DELIVERED = {PROTOCOL, "http", "https", "lambda", "sqs"}
_KNOWN = {*_DELIVERED, "application", "email-json", "firehose", "sms"}
_PENDING_ARN = "pending confirmation"
_PENDING_LISTED_ARN = "PendingConfirmation"


def _check_message(message: str | None, subject: str | None) -> None:
    if not message:
        raise InvalidParameterValue("Invalid parameter: Empty message")
    if len(message.encode()) > _MESSAGE_LIMIT_BYTES:
        raise InvalidParameterValue("Invalid parameter: Message too long")
    if subject is not None and not _SUBJECT.fullmatch(subject):
        raise InvalidParameterValue("Invalid parameter: Subject")


def _publish_checked(original: Callable[..., str]) -> Callable[..., str]:
    def publish(self: Any, message: str, arn: str | None, *rest: Any, **named: Any) -> str:
        if rest:
            raise NotImplementedError("SNS publish with positional arguments")
        _check_message(message, named.get("subject"))
        return original(self, message, arn, **named)

    return publish


def _subscribe_answered(original: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """Subscribe returns the ARN of an unconfirmed e-mail subscription only when asked to."""

    def subscribe(self: Any) -> ActionResult:
        existing = self.backend._find_subscription(
            self._get_param("TopicArn"), self._get_param("Endpoint"), self._get_param("Protocol")
        )
        confirmed_before = existing is not None and not is_pending(existing)
        answer = original(self)
        by_mail = self._get_param("Protocol") == PROTOCOL
        if by_mail and not confirmed_before and not self._get_bool_param("ReturnSubscriptionArn", False):
            answer.result["SubscriptionArn"] = _PENDING_ARN
        return answer

    return subscribe


def _listed(original: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """Lists contain `PendingConfirmation` instead of the ARN of an unconfirmed subscription."""

    def listed(self: Any) -> ActionResult:
        answer = original(self)
        answer.result["Subscriptions"] = [
            {
                "SubscriptionArn": _PENDING_LISTED_ARN if is_pending(subscription) else subscription.arn,
                "Owner": subscription.owner,
                "Protocol": subscription.protocol,
                "Endpoint": subscription.endpoint,
                "TopicArn": subscription.topic_arn,
            }
            for subscription in answer.result["Subscriptions"]
        ]
        return answer

    return listed


def install(subscriptions: Subscriptions) -> None:
    """Connect moto's SNS with the inbox. Raises MotoChanged."""

    def delivered(original: Callable[..., None]) -> Callable[..., None]:
        def publish(self: Subscription, message: str, message_id: str, **named: Any) -> None:
            if self.protocol != PROTOCOL:
                original(self, message, message_id, **named)
                return
            matcher = self._filter_policy_matcher
            matches = matcher is None or matcher.matches(named.get("message_attributes"), message)
            if not self.confirmed or not matches:
                return
            if named.get("message_structure") == "json":
                message = self._parse_message_structure(message, self.protocol)
            subscriptions.notify(self, message, message_id, named.get("subject"))

        return publish

    def subscribed(original: Callable[..., Any]) -> Callable[..., Any]:
        def subscribe(self: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
            if protocol not in _KNOWN:
                raise InvalidParameterValue(
                    f"Invalid parameter: Amazon SNS does not support this protocol string: {protocol}"
                )
            if protocol not in _DELIVERED:
                raise NotImplementedError(f"SNS does not deliver to {protocol} here")
            subscription = original(self, topic_arn, endpoint, protocol)
            if is_pending(subscription):
                try:
                    subscriptions.request_confirmation(subscription)
                except InvalidParameterValue:
                    self.unsubscribe(subscription.arn)
                    raise
            return subscription

        return subscribe

    def confirmed(_: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
        def confirm_subscription(self: Any) -> ActionResult:
            topic = self.backend.get_topic(self._get_param("TopicArn"))
            return ActionResult({"SubscriptionArn": subscriptions.confirm(self._get_param("Token"), topic.arn)})

        return confirm_subscription

    replace_function(
        Subscription,
        "publish",
        "self message message_id subject message_attributes group_id deduplication_id message_structure",
        delivered,
    )
    replace_function(
        SNSBackend,
        "publish",
        "self message arn phone_number subject message_attributes group_id deduplication_id message_structure",
        _publish_checked,
    )
    replace_function(SNSBackend, "subscribe", "self topic_arn endpoint protocol", subscribed)
    replace_function(SNSResponse, "subscribe", "self", _subscribe_answered)
    replace_function(SNSResponse, "confirm_subscription", "self", confirmed)
    for operation in ("list_subscriptions", "list_subscriptions_by_topic"):
        replace_function(SNSResponse, operation, "self", _listed)
