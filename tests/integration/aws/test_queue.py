"""The transfer queue on SQS."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from localcloud.process import RunningCloud
from vcp.adapters.aws.queue import SqsTransferQueue
from vcp.domain.errors import PermanentError
from vcp.wire.messages import TransferMessage


def test_returns_a_message_to_the_queue_at_once(cloud: RunningCloud) -> None:
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"transfers-{uuid4().hex}", Attributes={"VisibilityTimeout": "5400"})["QueueUrl"]
    queue = SqsTransferQueue(sqs, url)

    queue.send(TransferMessage(video_id="file-md5", attempt=2))
    first = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
    assert json.loads(first["Body"]) == {"schema": 1, "videoId": "file-md5", "attempt": 2}
    queue.make_visible(first["ReceiptHandle"])

    again = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
    assert again["MessageId"] == first["MessageId"]


def test_missing_queue_is_a_permanent_error(cloud: RunningCloud) -> None:
    with pytest.raises(PermanentError, match="sqs_refused"):
        SqsTransferQueue(cloud.client("sqs"), f"{cloud.aws}/123456789012/nowhere").send(
            TransferMessage(video_id="v", attempt=1)
        )
