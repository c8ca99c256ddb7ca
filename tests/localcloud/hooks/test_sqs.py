"""SQS: the attributes of a queue are correct, and computed only when read."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from localcloud.hooks.sqs import QueueAttributes
from localcloud.process import RunningCloud


@pytest.fixture
def sqs(cloud: RunningCloud) -> Any:
    return cloud.client("sqs")


def test_counts_are_right(sqs: Any) -> None:
    queue = sqs.create_queue(QueueName=f"hooks-{uuid.uuid4()}")["QueueUrl"]
    for number in range(3):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=900)
    sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1)

    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]

    assert attributes["ApproximateNumberOfMessages"] == "2"
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "1"
    assert attributes["ApproximateNumberOfMessagesDelayed"] == "1"
    assert attributes["QueueArn"].endswith(queue.rsplit("/", 1)[1])


def test_a_fifo_queue_with_content_based_deduplication_keeps_one_of_two(sqs: Any) -> None:
    queue = sqs.create_queue(
        QueueName=f"hooks-{uuid.uuid4()}.fifo",
        Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"},
    )["QueueUrl"]
    for _ in range(2):
        sqs.send_message(QueueUrl=queue, MessageBody="the same", MessageGroupId="one")

    wanted = ["ApproximateNumberOfMessages", "ContentBasedDeduplication"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=wanted)["Attributes"]

    assert attributes == {"ApproximateNumberOfMessages": "1", "ContentBasedDeduplication": "true"}


class Queue:
    """The part of moto's queue that the attributes need."""

    def __init__(self, fifo: bool) -> None:
        self.fifo_queue = fifo
        self.content_based_deduplication = True
        self.computed = 0

    def compute(self) -> dict[str, Any]:
        self.computed += 1
        return {"DelaySeconds": 0, "ContentBasedDeduplication": "true"}


@pytest.mark.parametrize(("fifo", "expected"), [(True, "true"), (False, None)])
def test_sending_reads_an_attribute_without_counting(fifo: bool, expected: str | None) -> None:
    queue = Queue(fifo)
    attributes = QueueAttributes(queue, lambda asked: asked.compute())

    assert attributes.get("ContentBasedDeduplication") == expected
    assert queue.computed == 0


def test_computes_all_other_attributes_once() -> None:
    queue = Queue(fifo=True)
    attributes = QueueAttributes(queue, lambda asked: asked.compute())

    assert attributes["DelaySeconds"] == attributes.get("DelaySeconds") == 0
    assert list(attributes) == list(attributes.keys()) == ["DelaySeconds", "ContentBasedDeduplication"]
    assert len(attributes) == len(attributes.items()) == len(attributes.values()) == 2
    assert "DelaySeconds" in attributes
    assert queue.computed == 1


def test_a_queue_keeps_its_policy_when_another_attribute_is_set(sqs: Any) -> None:
    url = sqs.create_queue(QueueName=f"kept-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy, allow = {"Version": "2012-10-17", "Statement": [statement]}, '{"redrivePermission": "denyAll"}'

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": allow})
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(attributes["Policy"]) == policy
    assert attributes["RedriveAllowPolicy"] == allow

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": "", "RedriveAllowPolicy": ""})
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert not attributes.get("Policy")
    assert "RedriveAllowPolicy" not in attributes
