"""A queue invokes a function: batches, partial failures, bounded concurrency, redrive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

RECORDER = """
    import json, os, pathlib, tempfile

    def handler(event, context):
        # one file per batch, written atomically: batches may end at the same time
        directory = pathlib.Path({directory!r})
        partial = directory / (context.aws_request_id + ".partial")
        partial.write_text(json.dumps(event))
        partial.rename(directory / (context.aws_request_id + ".json"))
        return {answer}
"""

#: Makes the bad messages visible at once and reports them, as a worker does that continues in its next invocation.
HANDS_BACK = """
    import json, pathlib
    import boto3

    def handler(event, context):
        bad = [record for record in event["Records"] if record["body"] == "bad"]
        for record in bad:
            boto3.client("sqs").change_message_visibility(
                QueueUrl={url!r}, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0
            )
        file = pathlib.Path({directory!r}) / (context.aws_request_id + ".json")
        file.write_text(json.dumps(event))
        return {{"batchItemFailures": [{{"itemIdentifier": record["messageId"]}} for record in bad]}}
"""


def _recorder(workshop: Any, directory: Path, answer: str = "None", **settings: Any) -> Any:
    directory.mkdir(exist_ok=True)
    return workshop.function(RECORDER.format(directory=str(directory), answer=answer), **settings)


def _batches(directory: Path) -> list[list[dict[str, Any]]]:
    files = sorted(directory.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    return [json.loads(file.read_text())["Records"] for file in files]


def _bodies(directory: Path) -> list[str]:
    return [record["body"] for batch in _batches(directory) for record in batch]


def _left(workshop: Any, url: str) -> int:
    attributes = workshop.cloud.client("sqs").get_queue_attributes(
        QueueUrl=url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(value) for value in attributes.values())


def test_message_arrives_in_the_documented_shape_and_is_deleted(workshop: Any, eventually: Any, tmp_path: Path) -> None:
    function = _recorder(workshop, tmp_path / "out")
    url, arn = workshop.queue(VisibilityTimeout="30")
    workshop.client.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn)

    sent = workshop.cloud.client("sqs").send_message(
        QueueUrl=url,
        MessageBody="hello",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "test"}},
    )

    ((record,),) = eventually(lambda: _batches(tmp_path / "out"))
    receipt, attributes = record.pop("receiptHandle"), record.pop("attributes")
    assert receipt
    assert attributes["ApproximateReceiveCount"] == "1"
    assert {"SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} <= attributes.keys()
    assert record.pop("md5OfMessageAttributes") == sent["MD5OfMessageAttributes"]
    assert record == {
        "messageId": sent["MessageId"],
        "body": "hello",
        "messageAttributes": {
            "kind": {
                "stringValue": "test",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            }
        },
        "md5OfBody": sent["MD5OfMessageBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": "us-east-1",
    }
    eventually(lambda: _left(workshop, url) == 0)


def test_only_reported_messages_are_redelivered_and_dead_lettered(
    workshop: Any, eventually: Any, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    dead_url, dead_arn = workshop.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = workshop.queue(VisibilityTimeout="120", RedrivePolicy=redrive)
    function = workshop.function(HANDS_BACK.format(directory=str(tmp_path / "out"), url=url))
    workshop.cloud.client("sqs").send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": body, "MessageBody": body} for body in ("good", "bad", "fine")],
    )

    workshop.client.create_event_source_mapping(
        FunctionName=function.name, EventSourceArn=arn, FunctionResponseTypes=["ReportBatchItemFailures"]
    )

    (dead,) = eventually(lambda: workshop.received(dead_url))
    assert dead["Body"] == "bad"
    bodies = _bodies(tmp_path / "out")
    assert (bodies.count("good"), bodies.count("fine"), bodies.count("bad")) == (1, 1, 2)
    eventually(lambda: _left(workshop, url) == 0)


def test_ignores_reported_failures_without_the_setting(workshop: Any, eventually: Any, tmp_path: Path) -> None:
    answer = "{'batchItemFailures': [{'itemIdentifier': event['Records'][0]['messageId']}]}"
    function = _recorder(workshop, tmp_path / "out", answer)
    url, arn = workshop.queue()
    workshop.client.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn)

    workshop.cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x")

    eventually(lambda: _batches(tmp_path / "out"))
    eventually(lambda: _left(workshop, url) == 0)


def test_failed_batch_returns_after_the_visibility_timeout(workshop: Any, eventually: Any, tmp_path: Path) -> None:
    function = _recorder(workshop, tmp_path / "out", "1 / 0", Timeout=1)
    url, arn = workshop.queue(VisibilityTimeout="1")
    workshop.client.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn)

    workshop.cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x")

    eventually(lambda: len(_batches(tmp_path / "out")) >= 2)
    counts = [batch[0]["attributes"]["ApproximateReceiveCount"] for batch in _batches(tmp_path / "out")]
    assert {"1", "2"} <= set(counts)


def test_maximum_concurrency_leaves_waiting_messages_visible(workshop: Any, eventually: Any, tmp_path: Path) -> None:
    function = workshop.function(
        f"""
        import pathlib, time

        def handler(event, context):
            directory = pathlib.Path({str(tmp_path)!r})
            (directory / ("started-" + context.aws_request_id)).touch()
            while not (directory / "go").exists():
                time.sleep(0.01)
        """
    )
    url, arn = workshop.queue()
    workshop.client.create_event_source_mapping(
        FunctionName=function.name, EventSourceArn=arn, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2}
    )
    sqs = workshop.cloud.client("sqs")
    for number in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))

    eventually(lambda: len(list(tmp_path.glob("started-*"))) == 2)
    visible = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    busy = [
        each
        for each in workshop.cloud.console_client.functions.environments()
        if each.function == function.name and each.state == "busy"
    ]

    assert len(busy) == 2
    assert visible["Attributes"]["ApproximateNumberOfMessages"] == "3"
    (tmp_path / "go").touch()
    eventually(lambda: _left(workshop, url) == 0)
    assert len(function.runs()) == 5
    assert len({run.pid for run in function.runs()}) == 2


def test_disabled_and_deleted_mappings_do_not_invoke(workshop: Any, eventually: Any, tmp_path: Path) -> None:
    function = _recorder(workshop, tmp_path / "out")
    witness = _recorder(workshop, tmp_path / "witness")
    sqs = workshop.cloud.client("sqs")
    url, arn = workshop.queue()
    create, update = workshop.client.create_event_source_mapping, workshop.client.update_event_source_mapping
    mapping = create(FunctionName=function.name, EventSourceArn=arn, Enabled=False)
    other_url, other_arn = workshop.queue()
    create(FunctionName=witness.name, EventSourceArn=other_arn)

    def witnessed(number: int) -> bool:
        return len(_bodies(tmp_path / "witness")) == number

    sqs.send_message(QueueUrl=url, MessageBody="first")
    sqs.send_message(QueueUrl=other_url, MessageBody="a later message on a live mapping")
    eventually(lambda: witnessed(1))
    assert mapping["State"] == "Disabled"
    assert function.runs() == []

    update(UUID=mapping["UUID"], Enabled=True)
    eventually(lambda: _bodies(tmp_path / "out") == ["first"])
    eventually(lambda: _left(workshop, url) == 0)

    workshop.client.delete_event_source_mapping(UUID=mapping["UUID"])
    sqs.send_message(QueueUrl=url, MessageBody="second")
    sqs.send_message(QueueUrl=other_url, MessageBody="another")
    eventually(lambda: witnessed(2))
    assert _left(workshop, url) == 1
    assert _bodies(tmp_path / "out") == ["first"]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"BatchSize": 11}, "batch window"),
        ({"ScalingConfig": {"MaximumConcurrency": 1001}}, "less than or equal to 1000"),
        ({"BisectBatchOnFunctionError": True}, "BisectBatchOnFunctionError"),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"body": ["x"]}'}]}}, "does not implement FilterCriteria"),
        ({"MaximumBatchingWindowInSeconds": 5}, "does not implement MaximumBatchingWindowInSeconds"),
    ],
)
def test_rejects_settings_that_a_queue_does_not_support(workshop: Any, settings: dict[str, Any], why: str) -> None:
    function = workshop.function("def handler(event, context): ...")
    _, arn = workshop.queue()

    with pytest.raises(ClientError, match=why):
        workshop.client.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn, **settings)


def test_rejects_a_visibility_timeout_below_the_function_timeout(workshop: Any) -> None:
    function = workshop.function("def handler(event, context): ...", Timeout=31)
    _, arn = workshop.queue(VisibilityTimeout="30")

    with pytest.raises(
        workshop.client.exceptions.InvalidParameterValueException,
        match="30 seconds is less than Function timeout: 31 seconds",
    ):
        workshop.client.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn)


def test_rejects_a_second_mapping_of_the_same_queue_and_function(workshop: Any) -> None:
    function = workshop.function("def handler(event, context): ...")
    _, arn = workshop.queue()
    first = workshop.client.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn)

    with pytest.raises(workshop.client.exceptions.ResourceConflictException, match=first["UUID"]):
        workshop.client.create_event_source_mapping(FunctionName=function.arn, EventSourceArn=arn)
