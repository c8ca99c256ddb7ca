"""Events on the running cloud: from PutEvents, services and schedules into queues, topics and dead letters."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.client import ConsoleError
from localcloud.process import RunningCloud

ACCOUNT, REGION = "123456789012", "us-east-1"
LIMIT_SECONDS = 10


class World:
    """A rule of its own name, and queues that it may send to."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.rule = f"rule-{uuid.uuid4()}"
        self.rule_arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{self.rule}"
        self.source = f"test.{uuid.uuid4()}"
        self.events = cloud.client("events")
        self.sqs = cloud.client("sqs")

    def put_rule(self, **options: Any) -> None:
        pattern = {"EventPattern": json.dumps({"source": [self.source]})} if "ScheduleExpression" not in options else {}
        assert self.events.put_rule(Name=self.rule, **pattern, **options)["RuleArn"] == self.rule_arn

    def queue(self, permitted: bool = True) -> tuple[str, str]:
        """URL and ARN of a new queue."""
        name = f"events-{uuid.uuid4()}"
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        if permitted:
            self.permit(url, arn)
        return url, arn

    def permit(self, url: str, arn: str) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.rule_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def target(self, **target: Any) -> None:
        answer = self.events.put_targets(Rule=self.rule, Targets=[{"Id": "1", **target}])
        assert answer["FailedEntryCount"] == 0

    def send(self, **detail: Any) -> str:
        entry = {"Source": self.source, "DetailType": "Test", "Detail": json.dumps(detail), "Resources": ["arn:x"]}
        return str(self.events.put_events(Entries=[entry])["Entries"][0]["EventId"])

    def receive(self, url: str) -> dict[str, Any]:
        answer = self.sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=LIMIT_SECONDS, MessageAttributeNames=["All"], MaxNumberOfMessages=1
        )
        return dict(answer["Messages"][0])

    def depth(self, url: str) -> int:
        wanted = "ApproximateNumberOfMessages"
        return int(self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[wanted])["Attributes"][wanted])


@pytest.fixture
def world(cloud: RunningCloud) -> World:
    return World(cloud)


def test_a_queue_receives_the_documented_envelope(world: World) -> None:
    url, arn = world.queue()
    world.put_rule()
    world.target(Arn=arn)

    event_id = world.send(status="COMPLETE")

    event = json.loads(world.receive(url)["Body"])
    assert event.pop("time").endswith("Z")
    assert event == {
        "version": "0",
        "id": event_id,
        "detail-type": "Test",
        "source": world.source,
        "account": ACCOUNT,
        "region": REGION,
        "resources": ["arn:x"],
        "detail": {"status": "COMPLETE"},
    }


def test_a_disabled_rule_does_not_deliver(world: World) -> None:
    url, arn = world.queue()
    world.put_rule(State="DISABLED")
    world.target(Arn=arn)
    world.send(number=1)
    world.events.enable_rule(Name=world.rule)

    world.send(number=2)

    assert json.loads(world.receive(url)["Body"])["detail"] == {"number": 2}
    assert [record["outcome"] for record in world.cloud.console_client.events.deliveries(world.rule)] == ["delivered"]


def test_a_scheduled_rule_is_not_for_other_events_and_fires_its_own(world: World) -> None:
    url, arn = world.queue()
    world.put_rule(ScheduleExpression="rate(1 day)")
    world.target(Arn=arn)
    world.send(number=1)

    event_id = world.cloud.console_client.events.fire(world.rule)

    event = json.loads(world.receive(url)["Body"])
    assert (event["id"], event["source"], event["detail-type"]) == (event_id, "aws.events", "Scheduled Event")
    assert (event["resources"], event["detail"]) == ([world.rule_arn], {})
    assert world.depth(url) == 0


def test_what_has_no_schedule_does_not_fire(world: World) -> None:
    world.put_rule()
    console = world.cloud.console_client.events

    with pytest.raises(ConsoleError, match="has no schedule"):
        console.fire(world.rule)
    with pytest.raises(ConsoleError, match=r"404.*there is no rule nobody"):
        console.fire("nobody")


def test_an_input_transformer_makes_the_message(world: World) -> None:
    url, arn = world.queue()
    world.put_rule()
    transformer = {"InputPathsMap": {"video": "$.detail.id"}, "InputTemplate": '{"schema": 1, "videoId": <video>}'}
    world.target(Arn=arn, InputTransformer=transformer)

    world.send(id="v1")

    assert json.loads(world.receive(url)["Body"]) == {"schema": 1, "videoId": "v1"}


def test_without_permission_the_event_goes_to_the_dead_letter_queue(world: World) -> None:
    url, arn = world.queue(permitted=False)
    letters_url, letters_arn = world.queue()
    world.put_rule()
    world.target(Arn=arn, DeadLetterConfig={"Arn": letters_arn})

    event_id = world.send(number=1)

    letter = world.receive(letters_url)
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert json.loads(letter["Body"])["id"] == event_id
    assert (attributes["ERROR_CODE"], attributes["TARGET_ARN"]) == ("NO_PERMISSIONS", arn)
    assert world.depth(url) == 0


def test_a_function_that_may_not_be_invoked_or_is_gone_leaves_a_dead_letter(world: World) -> None:
    letters_url, letters_arn = world.queue()
    world.put_rule()
    missing = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:nobody"
    world.target(Arn=missing, DeadLetterConfig={"Arn": letters_arn})

    world.send(number=1)

    assert world.receive(letters_url)["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"


def test_a_topic_receives_what_its_policy_lets_in(world: World) -> None:
    url, arn = world.queue()
    sns = world.cloud.client("sns")
    topic = sns.create_topic(Name=f"events-{uuid.uuid4()}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    world.put_rule()
    world.target(Arn=topic, InputPath="$.detail")

    world.send(number=1)

    assert json.loads(world.receive(url)["Body"]) == {"number": 1}


def test_services_emit_events_and_customers_cannot_pretend_to(world: World) -> None:
    url, arn = world.queue()
    world.events.put_rule(
        Name=world.rule, EventPattern=json.dumps({"source": ["aws.mediaconvert"], "detail": {"test": [world.source]}})
    )
    world.target(Arn=arn)
    pretended = {"Source": "aws.mediaconvert", "DetailType": "x", "Detail": json.dumps({"test": world.source})}
    own = {"Source": "me", "DetailType": "x", "Detail": "{}"}

    answer = world.events.put_events(Entries=[pretended, own])
    event_id = world.cloud.console_client.events.emit(
        {"source": "aws.mediaconvert", "detail-type": "x", "detail": {"test": world.source}}
    )

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    assert "EventId" in answer["Entries"][1]
    assert json.loads(world.receive(url)["Body"])["id"] == event_id
    assert world.depth(url) == 0


def test_s3_announces_objects_through_the_bus(world: World) -> None:
    url, arn = world.queue()
    bucket = f"events-{uuid.uuid4()}"
    s3 = world.cloud.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [bucket]}}}
    world.events.put_rule(Name=world.rule, EventPattern=json.dumps(pattern))
    world.target(Arn=arn)

    s3.put_object(Bucket=bucket, Key="film.mp4", Body=b"abc")

    event = json.loads(world.receive(url)["Body"])
    assert (event["detail"]["object"]["key"], event["detail"]["object"]["size"]) == ("film.mp4", 3)
    assert event["time"].endswith("Z")
    assert event["id"] != "17793124-05d4-b198-2fde-7ededc63b103"


REFUSED: dict[str, tuple[Callable[[World], Any], str]] = {
    "a pattern with an unknown operator": (
        lambda world: world.events.put_rule(Name="x", EventPattern='{"a": [{"like": "b"}]}'),
        r"InvalidEventPatternException.*Unrecognized match type like",
    ),
    "a schedule that is none": (
        lambda world: world.events.put_rule(Name="x", ScheduleExpression="rate(1 minutes)"),
        "ValidationException.*ScheduleExpression is not valid",
    ),
    "a target of another service": (
        lambda world: world.target(Arn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:x"),
        "NotImplemented.*only Lambda, SQS and SNS",
    ),
    "a target field without effect": (
        lambda world: world.target(Arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:x", HttpParameters={}),
        "NotImplemented.*HttpParameters has no effect",
    ),
    "two inputs": (
        lambda world: world.target(Arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:x", Input="{}", InputPath="$"),
        "ValidationException.*Only one of",
    ),
    "more than five targets": (
        lambda world: world.events.put_targets(
            Rule=world.rule,
            Targets=[{"Id": str(n), "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:x"} for n in range(6)],
        ),
        "ValidationException.*maximum number allowed: 5 targets",
    ),
}


@pytest.mark.parametrize("what", sorted(REFUSED))
def test_refuses(world: World, what: str) -> None:
    world.put_rule()
    attempt, reason = REFUSED[what]

    with pytest.raises(ClientError, match=reason):
        attempt(world)
