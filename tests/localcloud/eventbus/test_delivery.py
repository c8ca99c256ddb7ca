"""Events on the running cloud: from PutEvents, services and schedules to queues and dead-letter queues."""

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


class RuleEnvironment:
    """A rule with a unique name, and queues that it may send to."""

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
        """Return URL and ARN of a new queue."""
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
def environment(cloud: RunningCloud) -> RuleEnvironment:
    return RuleEnvironment(cloud)


def deliveries(environment: RuleEnvironment) -> list[dict[str, Any]]:
    """Return the rule's deliveries from the activity log."""
    return [each for each in environment.cloud.console_client.activity("events") if each["rule"] == environment.rule]


def test_delivers_the_documented_envelope_to_a_queue(environment: RuleEnvironment) -> None:
    url, arn = environment.queue()
    environment.put_rule()
    environment.target(Arn=arn)

    event_id = environment.send(status="COMPLETE")

    event = json.loads(environment.receive(url)["Body"])
    assert event.pop("time").endswith("Z")
    assert event == {
        "version": "0",
        "id": event_id,
        "detail-type": "Test",
        "source": environment.source,
        "account": ACCOUNT,
        "region": REGION,
        "resources": ["arn:x"],
        "detail": {"status": "COMPLETE"},
    }


def test_disabled_rule_does_not_deliver(environment: RuleEnvironment) -> None:
    url, arn = environment.queue()
    environment.put_rule(State="DISABLED")
    environment.target(Arn=arn)
    environment.send(number=1)
    environment.events.enable_rule(Name=environment.rule)

    environment.send(number=2)

    assert json.loads(environment.receive(url)["Body"])["detail"] == {"number": 2}
    assert [delivery["event"] for delivery in deliveries(environment)] == ["delivered"]


def test_scheduled_rule_sends_only_its_own_event(environment: RuleEnvironment) -> None:
    url, arn = environment.queue()
    environment.put_rule(ScheduleExpression="rate(1 day)")
    environment.target(Arn=arn)
    environment.send(number=1)

    event_id = environment.cloud.console_client.events.fire(environment.rule)

    event = json.loads(environment.receive(url)["Body"])
    assert (event["id"], event["source"], event["detail-type"]) == (event_id, "aws.events", "Scheduled Event")
    assert (event["resources"], event["detail"]) == ([environment.rule_arn], {})
    assert environment.depth(url) == 0


def test_rule_without_schedule_cannot_be_fired(environment: RuleEnvironment) -> None:
    environment.put_rule()
    console = environment.cloud.console_client.events

    with pytest.raises(ConsoleError, match="has no schedule"):
        console.fire(environment.rule)
    with pytest.raises(ConsoleError, match=r"404.*there is no rule unknown"):
        console.fire("unknown")


def test_sends_to_the_dead_letter_queue_without_permission(environment: RuleEnvironment) -> None:
    url, arn = environment.queue(permitted=False)
    letters_url, letters_arn = environment.queue()
    environment.put_rule()
    environment.target(Arn=arn, DeadLetterConfig={"Arn": letters_arn})

    event_id = environment.send(number=1)

    letter = environment.receive(letters_url)
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert json.loads(letter["Body"])["id"] == event_id
    assert (attributes["ERROR_CODE"], attributes["TARGET_ARN"]) == ("NO_PERMISSIONS", arn)
    assert environment.depth(url) == 0


def test_sends_to_the_dead_letter_queue_without_function(environment: RuleEnvironment) -> None:
    letters_url, letters_arn = environment.queue()
    environment.put_rule()
    missing = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:unknown"
    environment.target(Arn=missing, DeadLetterConfig={"Arn": letters_arn})

    environment.send(number=1)

    assert environment.receive(letters_url)["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"


def test_accepts_aws_sources_from_services_only(environment: RuleEnvironment) -> None:
    url, arn = environment.queue()
    environment.events.put_rule(
        Name=environment.rule,
        EventPattern=json.dumps({"source": ["aws.mediaconvert"], "detail": {"test": [environment.source]}}),
    )
    environment.target(Arn=arn)
    forged = {"Source": "aws.mediaconvert", "DetailType": "x", "Detail": json.dumps({"test": environment.source})}
    own = {"Source": "me", "DetailType": "x", "Detail": "{}"}

    answer = environment.events.put_events(Entries=[forged, own])
    event_id = environment.cloud.console_client.events.emit(
        {"source": "aws.mediaconvert", "detail-type": "x", "detail": {"test": environment.source}}
    )

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    assert "EventId" in answer["Entries"][1]
    assert json.loads(environment.receive(url)["Body"])["id"] == event_id
    assert environment.depth(url) == 0


def test_s3_sends_object_events_through_the_bus(environment: RuleEnvironment) -> None:
    url, arn = environment.queue()
    bucket = f"events-{uuid.uuid4()}"
    s3 = environment.cloud.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [bucket]}}}
    environment.events.put_rule(Name=environment.rule, EventPattern=json.dumps(pattern))
    environment.target(Arn=arn)

    s3.put_object(Bucket=bucket, Key="film.mp4", Body=b"abc")

    event = json.loads(environment.receive(url)["Body"])
    assert (event["detail"]["object"]["key"], event["detail"]["object"]["size"]) == ("film.mp4", 3)
    assert event["time"].endswith("Z")
    assert event["id"] != "17793124-05d4-b198-2fde-7ededc63b103"


REJECTED: dict[str, tuple[Callable[[RuleEnvironment], Any], str]] = {
    "a pattern with an unknown operator": (
        lambda environment: environment.events.put_rule(Name="x", EventPattern='{"a": [{"like": "b"}]}'),
        r"InvalidEventPatternException.*Unrecognized match type like",
    ),
    "an invalid schedule": (
        lambda environment: environment.events.put_rule(Name="x", ScheduleExpression="rate(1 minutes)"),
        "ValidationException.*ScheduleExpression is not valid",
    ),
    "a target of another service": (
        lambda environment: environment.target(Arn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:x"),
        "NotImplemented.*only Lambda and SQS",
    ),
    "a target field without effect": (
        lambda environment: environment.target(Arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:x", HttpParameters={}),
        "NotImplemented.*target field HttpParameters",
    ),
    "an input": (
        lambda environment: environment.target(Arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:x", Input="{}"),
        "NotImplemented.*target field Input",
    ),
    "a cron expression": (
        lambda environment: environment.events.put_rule(Name="x", ScheduleExpression="cron(0 10 * * ? *)"),
        "NotImplemented.*only rate",
    ),
    "more than five targets": (
        lambda environment: environment.events.put_targets(
            Rule=environment.rule,
            Targets=[{"Id": str(n), "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:x"} for n in range(6)],
        ),
        "ValidationException.*maximum number allowed: 5 targets",
    ),
}


@pytest.mark.parametrize("what", sorted(REJECTED))
def test_rejects(environment: RuleEnvironment, what: str) -> None:
    environment.put_rule()
    attempt, reason = REJECTED[what]

    with pytest.raises(ClientError, match=reason):
        attempt(environment)
