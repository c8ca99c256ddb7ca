"""SNS e-mail: confirmed by the owner of the address, then readable as SNS writes it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.client import ConsoleError
from localcloud.inbox.client import InboxClient
from localcloud.process import RunningCloud, running_cloud


class MailTopic:
    """A topic and an address for one test."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.sns = cloud.client("sns")
        self.inbox: InboxClient = cloud.console_client.inbox
        self.arn = self.sns.create_topic(Name=f"inbox-{uuid.uuid4()}")["TopicArn"]
        self.address = f"{uuid.uuid4()}@example.org"

    def subscribe(self, protocol: str = "email", **options: Any) -> str:
        answer = self.sns.subscribe(TopicArn=self.arn, Protocol=protocol, Endpoint=self.address, **options)
        return str(answer["SubscriptionArn"])

    def listed(self) -> list[str]:
        found = self.sns.list_subscriptions_by_topic(TopicArn=self.arn)["Subscriptions"]
        return [subscription["SubscriptionArn"] for subscription in found]

    def subjects(self) -> list[str]:
        return [mail.subject for mail in self.inbox.mails(self.address)]


@pytest.fixture
def topic(cloud: RunningCloud) -> MailTopic:
    return MailTopic(cloud)


@pytest.fixture(scope="module")
def manual_cloud(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A cloud in which people confirm subscriptions themselves."""
    with running_cloud(tmp_path_factory.mktemp("manual"), options=["--no-auto-confirm"]) as running:
        yield running


def test_mail_has_the_text_of_sns(topic: MailTopic) -> None:
    topic.subscribe()
    (subscription,) = topic.listed()

    message_id = topic.sns.publish(TopicArn=topic.arn, Message="Film ist fertig: schön", Subject="Done")["MessageId"]

    confirmation, mail = topic.inbox.mails(topic.address)
    assert confirmation.subject == "AWS Notification - Subscription Confirmation"
    assert topic.arn in confirmation.body
    assert (mail.subject, mail.topic_arn, mail.message_id) == ("Done", topic.arn, message_id)
    assert mail.from_ == "AWS Notifications <no-reply@sns.amazonaws.com>"
    assert mail.body.startswith("Film ist fertig: schön\n\n--\nIf you wish to stop receiving notifications from this")
    assert f"unsubscribe.html?SubscriptionArn={subscription}&Endpoint={topic.address}\n" in mail.body


def test_default_subject_and_display_name_of_the_topic(topic: MailTopic) -> None:
    topic.sns.set_topic_attributes(TopicArn=topic.arn, AttributeName="DisplayName", AttributeValue="Studio")
    topic.subscribe()

    topic.sns.publish(TopicArn=topic.arn, Message="x")

    mail = topic.inbox.mails(topic.address)[-1]
    assert (mail.subject, mail.from_) == ("AWS Notification Message", "Studio <no-reply@sns.amazonaws.com>")


def test_message_per_protocol(topic: MailTopic) -> None:
    topic.subscribe()

    message = json.dumps({"default": "for machines", "email": "for people"})
    topic.sns.publish(TopicArn=topic.arn, Message=message, MessageStructure="json")

    assert topic.inbox.mails(topic.address)[-1].body.startswith("for people\n")


def test_filter_policy_selects_mails(topic: MailTopic) -> None:
    topic.subscribe(Attributes={"FilterPolicy": json.dumps({"kind": ["failed"]})})

    for kind in ("completed", "failed"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        topic.sns.publish(TopicArn=topic.arn, Message="x", Subject=kind, MessageAttributes=attributes)

    assert topic.subjects()[1:] == ["failed"]


def test_unsubscribed_address_gets_no_mail(topic: MailTopic) -> None:
    arn = topic.subscribe(ReturnSubscriptionArn=True)
    topic.sns.unsubscribe(SubscriptionArn=arn)

    topic.sns.publish(TopicArn=topic.arn, Message="x")

    assert len(topic.subjects()) == 1


@pytest.mark.parametrize("subject", ["x" * 100, "für", "two\nlines", " blank first", ""])
def test_rejects_a_subject(topic: MailTopic, subject: str) -> None:
    with pytest.raises(ClientError, match=r"\(InvalidParameter\).*Invalid parameter: Subject"):
        topic.sns.publish(TopicArn=topic.arn, Message="x", Subject=subject)


def test_accepts_the_longest_subject(topic: MailTopic) -> None:
    topic.subscribe()

    topic.sns.publish(TopicArn=topic.arn, Message="x", Subject="~" + "x" * 98)

    assert len(topic.subjects()[-1]) == 99


@pytest.mark.parametrize(
    ("message", "reason"), [("", "Empty message"), ("ü" * 131_073, "Message too long"), ("x" * 262_145, "too long")]
)
def test_rejects_a_message(topic: MailTopic, message: str, reason: str) -> None:
    with pytest.raises(ClientError, match=rf"\(InvalidParameter\).*{reason}"):
        topic.sns.publish(TopicArn=topic.arn, Message=message)


def test_accepts_a_message_of_256_kib(topic: MailTopic) -> None:
    topic.sns.publish(TopicArn=topic.arn, Message="ü" * 131_072)


def test_batch_names_the_rejected_entry(topic: MailTopic) -> None:
    entries = [{"Id": "good", "Message": "x"}, {"Id": "bad", "Message": "x", "Subject": "ü"}]

    answer = topic.sns.publish_batch(TopicArn=topic.arn, PublishBatchRequestEntries=entries)

    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("bad", "InvalidParameter")]


@pytest.mark.parametrize(
    ("protocol", "endpoint", "reason"),
    [
        ("email", "anna", "InvalidParameter.*Email address"),
        ("pigeon", "a@example.org", "InvalidParameter.*does not support this protocol string: pigeon"),
        ("email-json", "a@example.org", "NotImplemented.*does not deliver to email-json"),
        ("sms", "+491700000000", "NotImplemented.*does not deliver to sms"),
    ],
)
def test_rejects_a_subscription(topic: MailTopic, protocol: str, endpoint: str, reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        topic.sns.subscribe(TopicArn=topic.arn, Protocol=protocol, Endpoint=endpoint)

    assert topic.listed() == []


def test_no_mail_before_confirmation(manual_cloud: RunningCloud) -> None:
    topic = MailTopic(manual_cloud)

    assert topic.subscribe() == "pending confirmation"
    assert topic.listed() == ["PendingConfirmation"]
    topic.sns.publish(TopicArn=topic.arn, Message="lost")
    (arn,) = topic.inbox.confirm(topic.address)
    topic.sns.publish(TopicArn=topic.arn, Message="seen", Subject="seen")

    assert topic.listed() == [arn]
    assert topic.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"
    assert topic.subjects()[1:] == ["seen"]
    assert topic.subscribe() == arn
    assert topic.inbox.confirm(topic.address) == []


def test_token_in_the_mail_confirms(manual_cloud: RunningCloud) -> None:
    topic = MailTopic(manual_cloud)
    arn = topic.subscribe(ReturnSubscriptionArn=True)
    attributes = topic.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"
    (mail,) = topic.inbox.mails(topic.address)
    token = mail.body.split("Token=")[1].split("&")[0]

    with pytest.raises(ClientError, match=r"InvalidParameter.*Token"):
        topic.sns.confirm_subscription(TopicArn=topic.arn, Token="0" * 192)
    assert topic.sns.confirm_subscription(TopicArn=topic.arn, Token=token)["SubscriptionArn"] == arn


def test_confirming_without_mail_is_not_found(manual_cloud: RunningCloud) -> None:
    inbox = manual_cloud.console_client.inbox

    with pytest.raises(ConsoleError, match=r"404: there is no mail to unknown@example\.org"):
        inbox.confirm("unknown@example.org")


def test_clears_the_inbox(manual_cloud: RunningCloud) -> None:
    topic = MailTopic(manual_cloud)
    topic.subscribe()

    topic.inbox.clear()

    assert topic.inbox.mails() == []
