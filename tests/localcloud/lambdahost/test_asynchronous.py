"""Asynchronous invocation: accepted, tried again, and its end sent where the function says."""

from __future__ import annotations

import json
from typing import Any

import pytest

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


def _on_end(workshop: Any, function: Any, attempts: int, **destinations: str) -> None:
    workshop.client.put_function_event_invoke_config(
        FunctionName=function.name,
        MaximumRetryAttempts=attempts,
        DestinationConfig={name: {"Destination": arn} for name, arn in destinations.items()},
    )


def test_an_error_is_tried_twice_more_and_then_goes_to_the_failure_destination(
    workshop: Any, eventually: Any, tmp_path: Any
) -> None:
    function = workshop.function(FAILS)
    url, arn = workshop.queue()
    _on_end(workshop, function, 2, OnFailure=arn)
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


def test_a_retry_that_succeeds_goes_to_the_success_destination(workshop: Any, eventually: Any, tmp_path: Any) -> None:
    function = workshop.function(FAILS)
    url, arn = workshop.queue()
    failed_url, failed_arn = workshop.queue()
    _on_end(workshop, function, 1, OnSuccess=arn, OnFailure=failed_arn)
    event = {"tries": str(tmp_path / "tries"), "succeed_at": 2}

    function.invoke(event, InvocationType="Event")

    (message,) = eventually(lambda: workshop.received(url))
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responsePayload"] == {"done": True}
    assert "functionError" not in record["responseContext"]
    assert workshop.received(failed_url) == []


def test_a_dead_letter_queue_gets_the_event_itself(workshop: Any, eventually: Any, tmp_path: Any) -> None:
    url, arn = workshop.queue()
    function = workshop.function(FAILS, DeadLetterConfig={"TargetArn": arn})
    _on_end(workshop, function, 0)
    event = {"tries": str(tmp_path / "tries"), "succeed_at": 99}

    accepted = function.invoke(event, InvocationType="Event")

    (message,) = eventually(lambda: workshop.received(url))
    assert json.loads(message["Body"]) == event
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes == {
        "RequestID": accepted.headers["x-amzn-requestid"],
        "ErrorCode": "200",
        "ErrorMessage": "not yet",
    }
    assert len(_tries(event)) == 1


def test_a_function_as_destination_is_invoked_with_the_record(workshop: Any, eventually: Any, tmp_path: Any) -> None:
    function = workshop.function(FAILS)
    heir = workshop.function(
        f"""
        import json, pathlib
        def handler(event, context):
            pathlib.Path({str(tmp_path / "heir")!r}).write_text(json.dumps(event))
        """
    )
    _on_end(workshop, function, 0, OnFailure=heir.arn)

    function.invoke({"tries": str(tmp_path / "tries"), "succeed_at": 99}, InvocationType="Event")

    record = json.loads(eventually(lambda: (tmp_path / "heir").exists() and (tmp_path / "heir").read_text()))
    assert record["requestContext"]["condition"] == "RetriesExhausted"


def test_a_throttled_event_waits_and_is_not_counted_as_tried(workshop: Any, eventually: Any, tmp_path: Any) -> None:
    function = workshop.function(FAILS)
    url, arn = workshop.queue()
    _on_end(workshop, function, 0, OnSuccess=arn)
    workshop.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    event = {"tries": str(tmp_path / "tries"), "succeed_at": 1}
    function.invoke(event, InvocationType="Event")
    assert function.runs() == []

    workshop.client.delete_function_concurrency(FunctionName=function.name)

    (message,) = eventually(lambda: workshop.received(url))
    assert json.loads(message["Body"])["requestContext"]["approximateInvokeCount"] == 1


def test_a_destination_that_is_gone_is_told_in_the_journal(workshop: Any, eventually: Any, tmp_path: Any) -> None:
    function = workshop.function(FAILS)
    url, arn = workshop.queue()
    _on_end(workshop, function, 0, OnFailure=arn)
    workshop.cloud.client("sqs").delete_queue(QueueUrl=url)

    function.invoke({"tries": str(tmp_path / "tries"), "succeed_at": 99}, InvocationType="Event")

    def told() -> list[dict[str, Any]]:
        journal = workshop.cloud.console_client.activity("lambda")
        return [each for each in journal if each["event"] == "destination-failed" and each["destination"] == arn]

    (entry,) = eventually(told)
    assert entry["function"] == function.name


def test_an_object_in_s3_invokes_a_function_that_allows_it(workshop: Any, eventually: Any, tmp_path: Any) -> None:
    seen = tmp_path / "seen"
    source = f"""
        import json
        def handler(event, context):
            with open({str(seen)!r}, "a") as file:
                print(json.dumps(event), file=file)
    """
    allowing, other = workshop.function(source), workshop.function(source)
    s3, bucket = workshop.cloud.client("s3"), workshop.name("bucket")
    s3.create_bucket(Bucket=bucket)
    workshop.client.add_permission(
        FunctionName=allowing.name,
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{bucket}",
    )
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {"LambdaFunctionArn": fn.arn, "Events": ["s3:ObjectCreated:*"]} for fn in (other, allowing)
            ]
        },
    )

    s3.put_object(Bucket=bucket, Key="a.mov", Body=b"x")

    (event,) = map(json.loads, eventually(lambda: seen.exists() and seen.read_text().splitlines()))
    assert event["Records"][0]["s3"]["object"]["key"] == "a.mov"
    assert [run.source for run in allowing.runs()] == ["s3.amazonaws.com"]
    assert other.runs() == []


def test_a_notification_invokes_a_function_with_the_documented_event(
    workshop: Any, eventually: Any, tmp_path: Any
) -> None:
    seen = tmp_path / "seen"
    function = workshop.function(
        f"""
        import json, pathlib
        def handler(event, context):
            pathlib.Path({str(seen)!r}).write_text(json.dumps(event))
        """
    )
    sns = workshop.cloud.client("sns")
    topic = sns.create_topic(Name=workshop.name("topic"))["TopicArn"]
    workshop.client.add_permission(
        FunctionName=function.name,
        StatementId="sns",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    subscription = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function.arn, ReturnSubscriptionArn=True)

    published = sns.publish(
        TopicArn=topic,
        Message="hello",
        Subject="news",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "test"}},
    )

    (record,) = json.loads(eventually(lambda: seen.exists() and seen.read_text()))["Records"]
    assert record["EventSource"] == "aws:sns"
    assert record["EventSubscriptionArn"] == subscription["SubscriptionArn"]
    told = record["Sns"]
    assert (told["Message"], told["Subject"], told["TopicArn"]) == ("hello", "news", topic)
    assert told["MessageId"] == published["MessageId"]
    assert told["MessageAttributes"] == {"kind": {"Type": "String", "Value": "test"}}


def test_a_destination_that_is_not_implemented_is_refused(workshop: Any) -> None:
    function = workshop.function(FAILS)

    with pytest.raises(workshop.client.exceptions.InvalidParameterValueException, match="s3"):
        _on_end(workshop, function, 0, OnFailure="arn:aws:s3:::bucket")
