"""A function as a target: invoked with the event if its policy allows the rule."""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from localcloud.process import RunningCloud

HANDLER = """
import os
import boto3, json

def handle(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(event))
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class FunctionTarget:
    """A function that sends what it receives to a queue, a rule that targets it, and a dead-letter queue."""

    def __init__(self, cloud: RunningCloud, directory: Path) -> None:
        self.cloud = cloud
        self.name = f"target-{uuid.uuid4()}"
        self.sqs = cloud.client("sqs")
        self.seen = self.sqs.create_queue(QueueName=f"{self.name}-seen")["QueueUrl"]
        self.letters = self.sqs.create_queue(QueueName=f"{self.name}-letters")["QueueUrl"]
        self.function_arn = self._function(directory)
        self.rule_arn = self._rule()

    def _function(self, directory: Path) -> str:
        (directory / "target.py").write_text(HANDLER)
        uri = f"target@sha256:{hashlib.sha256(self.name.encode()).hexdigest()}"
        image = {"uri": uri, "python": sys.executable, "workingDirectory": str(directory), "environment": {}}
        self.cloud.console_client.call("POST", "/lambda/images", image)
        role = self.cloud.client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(TRUST))
        made = self.cloud.client("lambda").create_function(
            FunctionName=self.name,
            PackageType="Image",
            Code={"ImageUri": uri},
            ImageConfig={"Command": ["target.handle"]},
            Role=role["Role"]["Arn"],
            Environment={"Variables": {"QUEUE_URL": self.seen}},
            Timeout=30,
        )
        return str(made["FunctionArn"])

    def _rule(self) -> str:
        events = self.cloud.client("events")
        pattern = json.dumps({"source": [self.name]})
        rule_arn = str(events.put_rule(Name=self.name, EventPattern=pattern)["RuleArn"])
        letters_arn = f"arn:aws:sqs:us-east-1:123456789012:{self.name}-letters"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": letters_arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.letters, Attributes={"Policy": policy})
        target = {"Id": "1", "Arn": self.function_arn, "DeadLetterConfig": {"Arn": letters_arn}}
        events.put_targets(Rule=self.name, Targets=[target])
        return rule_arn

    def permit(self, source_arn: str) -> None:
        self.cloud.client("lambda").add_permission(
            FunctionName=self.name,
            StatementId="events",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=source_arn,
        )

    def send(self) -> str:
        entry = {"Source": self.name, "DetailType": "Test", "Detail": '{"number": 1}'}
        return str(self.cloud.client("events").put_events(Entries=[entry])["Entries"][0]["EventId"])

    def receive(self, url: str) -> dict[str, Any]:
        for _ in range(3):  # a cold function may take longer than one long poll
            answer = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=15, MessageAttributeNames=["All"])
            if "Messages" in answer:
                return dict(answer["Messages"][0])
        raise AssertionError(f"nothing arrived in {url}")


@pytest.fixture
def environment(cloud: RunningCloud, tmp_path: Path) -> FunctionTarget:
    return FunctionTarget(cloud, tmp_path)


def test_invokes_the_function_with_the_event(environment: FunctionTarget) -> None:
    environment.permit(environment.rule_arn)

    event_id = environment.send()

    event = json.loads(environment.receive(environment.seen)["Body"])
    assert (event["id"], event["detail"]) == (event_id, {"number": 1})
    journal = environment.cloud.console_client.activity("events")
    assert [each["event"] for each in journal if each["rule"] == environment.name] == ["delivered"]


@pytest.mark.parametrize("permitted", [None, "arn:aws:events:us-east-1:123456789012:rule/another"])
def test_does_not_invoke_without_permission_for_the_rule(environment: FunctionTarget, permitted: str | None) -> None:
    if permitted is not None:
        environment.permit(permitted)

    environment.send()

    letter = environment.receive(environment.letters)
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert environment.function_arn in letter["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
