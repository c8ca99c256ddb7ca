"""SNS e-mail: confirmed by its owner, then readable as SNS writes it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.client import ConsoleError
from localcloud.inbox.client import InboxClient
from localcloud.process import RunningCloud, running_cloud


class World:
    """A topic and an address of their own."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.sns = cloud.client("sns")
        self.inbox: InboxClient = cloud.console_client.inbox
        self.topic = self.sns.create_topic(Name=f"inbox-{uuid.uuid4()}")["TopicArn"]
        self.address = f"{uuid.uuid4()}@example.org"

    def subscribe(self, protocol: str = "email", **options: Any) -> str:
        answer = self.sns.subscribe(TopicArn=self.topic, Protocol=protocol, Endpoint=self.address, **options)
        return str(answer["SubscriptionArn"])

    def listed(self) -> list[str]:
        found = self.sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"]
        return [subscription["SubscriptionArn"] for subscription in found]

    def subjects(self) -> list[str]:
        return [mail.subject for mail in self.inbox.mails(self.address)]


@pytest.fixture
def world(cloud: RunningCloud) -> World:
    return World(cloud)


@pytest.fixture(scope="module")
def hesitant(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A cloud where people click themselves."""
    with running_cloud(tmp_path_factory.mktemp("hesitant"), options=["--no-auto-confirm"]) as running:
        yield running


def test_a_mail_reads_as_sns_writes_it(world: World) -> None:
    world.subscribe()
    (subscription,) = world.listed()

    message_id = world.sns.publish(TopicArn=world.topic, Message="Film ist fertig: schön", Subject="Done")["MessageId"]

    confirmation, mail = world.inbox.mails(world.address)
    assert confirmation.subject == "AWS Notification - Subscription Confirmation"
    assert world.topic in confirmation.body
    assert (mail.subject, mail.topic_arn, mail.message_id) == ("Done", world.topic, message_id)
    assert mail.from_ == "AWS Notifications <no-reply@sns.amazonaws.com>"
    assert mail.body.startswith("Film ist fertig: schön\n\n--\nIf you wish to stop receiving notifications from this")
    assert f"unsubscribe.html?SubscriptionArn={subscription}&Endpoint={world.address}\n" in mail.body


def test_subject_and_sender_have_defaults_and_a_display_name(world: World) -> None:
    world.sns.set_topic_attributes(TopicArn=world.topic, AttributeName="DisplayName", AttributeValue="Studio")
    world.subscribe()

    world.sns.publish(TopicArn=world.topic, Message="x")

    mail = world.inbox.mails(world.address)[-1]
    assert (mail.subject, mail.from_) == ("AWS Notification Message", "Studio <no-reply@sns.amazonaws.com>")


def test_email_json_is_the_notification_as_json(world: World) -> None:
    world.subscribe("email-json")

    world.sns.publish(TopicArn=world.topic, Message="x", Subject="s")

    body = json.loads(world.inbox.mails(world.address)[-1].body)
    assert (body["Type"], body["Message"], body["Subject"]) == ("Notification", "x", "s")


def test_a_message_per_protocol(world: World) -> None:
    world.subscribe()

    message = json.dumps({"default": "for machines", "email": "for people"})
    world.sns.publish(TopicArn=world.topic, Message=message, MessageStructure="json")

    assert world.inbox.mails(world.address)[-1].body.startswith("for people\n")


def test_a_filter_policy_keeps_mails_away(world: World) -> None:
    world.subscribe(Attributes={"FilterPolicy": json.dumps({"kind": ["failed"]})})

    for kind in ("completed", "failed"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        world.sns.publish(TopicArn=world.topic, Message="x", Subject=kind, MessageAttributes=attributes)

    assert world.subjects()[1:] == ["failed"]


def test_who_unsubscribes_gets_no_more(world: World) -> None:
    arn = world.subscribe(ReturnSubscriptionArn=True)
    world.sns.unsubscribe(SubscriptionArn=arn)

    world.sns.publish(TopicArn=world.topic, Message="x")

    assert len(world.subjects()) == 1


@pytest.mark.parametrize("subject", ["x" * 100, "für", "two\nlines", " blank first", ""])
def test_a_subject_that_sns_does_not_take_is_refused(world: World, subject: str) -> None:
    with pytest.raises(ClientError, match=r"\(InvalidParameter\).*Invalid parameter: Subject"):
        world.sns.publish(TopicArn=world.topic, Message="x", Subject=subject)


def test_the_longest_subject_is_taken(world: World) -> None:
    world.subscribe()

    world.sns.publish(TopicArn=world.topic, Message="x", Subject="~" + "x" * 98)

    assert len(world.subjects()[-1]) == 99


@pytest.mark.parametrize(
    ("message", "reason"), [("", "Empty message"), ("ü" * 131_073, "Message too long"), ("x" * 262_145, "too long")]
)
def test_a_message_that_sns_does_not_take_is_refused(world: World, message: str, reason: str) -> None:
    with pytest.raises(ClientError, match=rf"\(InvalidParameter\).*{reason}"):
        world.sns.publish(TopicArn=world.topic, Message=message)


def test_a_message_of_256_kib_is_taken(world: World) -> None:
    world.sns.publish(TopicArn=world.topic, Message="ü" * 131_072)


def test_a_batch_tells_which_entry_is_wrong(world: World) -> None:
    entries = [{"Id": "good", "Message": "x"}, {"Id": "bad", "Message": "x", "Subject": "ü"}]

    answer = world.sns.publish_batch(TopicArn=world.topic, PublishBatchRequestEntries=entries)

    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("bad", "InvalidParameter")]


@pytest.mark.parametrize(
    ("protocol", "endpoint", "reason"),
    [
        ("email", "nobody", "InvalidParameter.*Email address"),
        ("pigeon", "a@example.org", "InvalidParameter.*does not support this protocol string: pigeon"),
        ("sms", "+491700000000", "NotImplemented.*does not deliver to sms"),
    ],
)
def test_a_subscription_that_cannot_be_is_refused(world: World, protocol: str, endpoint: str, reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        world.sns.subscribe(TopicArn=world.topic, Protocol=protocol, Endpoint=endpoint)

    assert world.listed() == []


def test_nothing_arrives_before_the_owner_confirmed(hesitant: RunningCloud) -> None:
    world = World(hesitant)

    assert world.subscribe() == "pending confirmation"
    assert world.listed() == ["PendingConfirmation"]
    world.sns.publish(TopicArn=world.topic, Message="lost")
    (arn,) = world.inbox.confirm(world.address)
    world.sns.publish(TopicArn=world.topic, Message="seen", Subject="seen")

    assert world.listed() == [arn]
    assert world.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"
    assert world.subjects()[1:] == ["seen"]
    assert world.subscribe() == arn
    assert world.inbox.confirm(world.address) == []


def test_the_link_in_the_mail_confirms(hesitant: RunningCloud) -> None:
    world = World(hesitant)
    arn = world.subscribe(ReturnSubscriptionArn=True)
    attributes = world.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"
    (mail,) = world.inbox.mails(world.address)
    token = mail.body.split("Token=")[1].split("&")[0]

    with pytest.raises(ClientError, match=r"InvalidParameter.*Token"):
        world.sns.confirm_subscription(TopicArn=world.topic, Token="0" * 192)
    assert world.sns.confirm_subscription(TopicArn=world.topic, Token=token)["SubscriptionArn"] == arn


def test_confirming_for_nobody_is_not_found(hesitant: RunningCloud) -> None:
    inbox = hesitant.console_client.inbox

    with pytest.raises(ConsoleError, match=r"404: there is no mail to nobody@example\.org"):
        inbox.confirm("nobody@example.org")
    with pytest.raises(ConsoleError, match=r"400: say whose mails"):
        inbox.confirm("")


def test_an_inbox_can_be_emptied(hesitant: RunningCloud) -> None:
    world = World(hesitant)
    world.subscribe()

    world.inbox.clear()

    assert world.inbox.mails() == []
