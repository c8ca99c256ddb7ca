"""Asynchronous invocation: accepted, retried, and its failure sent to the destination."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

FAILS = """
    import pathlib

    def handler(event, context):
        tries = pathlib.Path(event["tries"])
        with tries.open("a") as file:
            file.write(context.aws_request_id + "\\n")
        if len(tries.read_text().splitlines()) < event["succeed_at"]:
            raise RuntimeError("not yet")
        return {"done": True}
"""


def _tries(event: dict[str, Any]) -> list[str]:
    with open(event["tries"], encoding="utf-8") as file:  # noqa: PTH123
        return file.read().splitlines()


def _configure(workshop: Any, function: Any, attempts: int, **destinations: str) -> None:
    workshop.client.put_function_event_invoke_config(
        FunctionName=function.name,
        MaximumRetryAttempts=attempts,
        DestinationConfig={name: {"Destination": arn} for name, arn in destinations.items()},
    )


def test_retries_an_error_twice_then_sends_it_to_the_destination(workshop: Any, eventually: Any, tmp_path: Any) -> None:
    function = workshop.function(FAILS)
    url, arn = workshop.queue()
    _configure(workshop, function, 2, OnFailure=arn)
    event = {"tries": str(tmp_path / "tries"), "succeed_at": 99}

    accepted = function.invoke(event, InvocationType="Event")

    assert (accepted.status, accepted.body) == (202, None)
    (message,) = eventually(lambda: workshop.received(url))
    record = json.loads(message["Body"])
    request_id = accepted.headers["x-amzn-requestid"]
    assert _tries(event) == [request_id] * 3
    assert record["version"] == "1.0"
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"{function.arn}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == event
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "not yet"


def test_retry_that_succeeds_reaches_no_destination(workshop: Any, eventually: Any, tmp_path: Any) -> None:
    function = workshop.function(FAILS)
    url, arn = workshop.queue()
    _configure(workshop, function, 1, OnFailure=arn)
    event = {"tries": str(tmp_path / "tries"), "succeed_at": 2}

    function.invoke(event, InvocationType="Event")

    eventually(lambda: [run.outcome for run in function.runs()] == ["error", "ok"])
    assert workshop.received(url) == []


def test_throttled_event_waits_without_counting_as_attempt(workshop: Any, eventually: Any, tmp_path: Any) -> None:
    function = workshop.function(FAILS)
    url, arn = workshop.queue()
    _configure(workshop, function, 0, OnFailure=arn)
    workshop.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    function.invoke({"tries": str(tmp_path / "tries"), "succeed_at": 99}, InvocationType="Event")
    assert function.runs() == []

    workshop.client.delete_function_concurrency(FunctionName=function.name)

    (message,) = eventually(lambda: workshop.received(url))
    assert json.loads(message["Body"])["requestContext"]["approximateInvokeCount"] == 1


def test_records_a_missing_destination(workshop: Any, eventually: Any, tmp_path: Any) -> None:
    function = workshop.function(FAILS)
    url, arn = workshop.queue()
    _configure(workshop, function, 0, OnFailure=arn)
    workshop.cloud.client("sqs").delete_queue(QueueUrl=url)

    function.invoke({"tries": str(tmp_path / "tries"), "succeed_at": 99}, InvocationType="Event")

    def failed() -> list[dict[str, Any]]:
        journal = workshop.cloud.console_client.activity("lambda")
        return [each for each in journal if each["event"] == "destination-failed" and each["destination"] == arn]

    (entry,) = eventually(failed)
    assert entry["function"] == function.name


def test_rejects_invocation_by_s3_and_sns(workshop: Any) -> None:
    function = workshop.function(FAILS)
    s3, sns = workshop.cloud.client("s3"), workshop.cloud.client("sns")
    bucket, topic = workshop.name("bucket"), sns.create_topic(Name=workshop.name("topic"))["TopicArn"]
    s3.create_bucket(Bucket=bucket)
    notification = {"LambdaFunctionArn": function.arn, "Events": ["s3:ObjectCreated:*"]}

    with pytest.raises(ClientError, match="does not implement"):
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [notification]}
        )
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function.arn)
    with pytest.raises(ClientError, match="does not implement"):
        sns.publish(TopicArn=topic, Message="hello")


@pytest.mark.parametrize(
    ("destination", "arn"),
    [("OnFailure", "arn:aws:s3:::bucket"), ("OnSuccess", "arn:aws:sqs:us-east-1:123456789012:queue")],
)
def test_rejects_other_destinations(workshop: Any, destination: str, arn: str) -> None:
    function = workshop.function(FAILS)

    with pytest.raises(workshop.client.exceptions.InvalidParameterValueException, match="does not implement"):
        _configure(workshop, function, 0, **{destination: arn})
