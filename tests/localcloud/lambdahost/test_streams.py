"""A table's stream invokes a function: in order, with retries, splits and a failure destination."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

RECORDER = """
    import json, pathlib

    def ids(event):
        return [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]

    def handler(event, context):
        with pathlib.Path({file!r}).open("a") as file:
            print(json.dumps(event), file=file)
        {body}
"""


def _recorder(workshop: Any, file: Path, body: str = "return None") -> Any:
    return workshop.function(RECORDER.format(file=str(file), body=body))


def _batches(file: Path) -> list[list[dict[str, Any]]]:
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line)["Records"] for line in lines]


def _ids(records: list[dict[str, Any]]) -> str:
    return "".join(record["dynamodb"]["Keys"]["id"]["S"] for record in records)


def _seen(file: Path) -> list[str]:
    return [_ids(batch) for batch in _batches(file)]


class Table:
    """A table with a stream of new and old images."""

    def __init__(self, workshop: Any) -> None:
        self.client = workshop.cloud.client("dynamodb")
        self.name = workshop.name("table")
        made = self.client.create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        self.stream_arn = made["TableDescription"]["LatestStreamArn"]

    def put(self, ids: str, **attributes: Any) -> None:
        for each in ids:
            self.client.put_item(TableName=self.name, Item={"id": {"S": each}, **attributes})


@pytest.fixture
def table(workshop: Any) -> Table:
    return Table(workshop)


def _map(workshop: Any, function: Any, table: Table, **settings: Any) -> Any:
    given = {"StartingPosition": "TRIM_HORIZON", **settings}
    given = {name: value for name, value in given.items() if value is not None}
    return workshop.client.create_event_source_mapping(
        FunctionName=function.name, EventSourceArn=table.stream_arn, **given
    )


def test_changes_arrive_in_order_in_the_documented_shape(
    workshop: Any, table: Table, eventually: Any, tmp_path: Path
) -> None:
    function = _recorder(workshop, tmp_path / "out")
    table.put("a", blob={"B": b"\x00\x01"})
    table.put("a", size={"N": "2"})
    table.client.delete_item(TableName=table.name, Key={"id": {"S": "a"}})

    _map(workshop, function, table)

    (batch,) = eventually(lambda: _batches(tmp_path / "out"))
    assert [record["eventName"] for record in batch] == ["INSERT", "MODIFY", "REMOVE"]
    insert, modify, remove = (record["dynamodb"] for record in batch)
    assert insert["Keys"] == {"id": {"S": "a"}}
    assert insert["NewImage"] == {"id": {"S": "a"}, "blob": {"B": "AAE="}}
    assert "OldImage" not in insert
    assert (modify["OldImage"], modify["NewImage"]) == (
        insert["NewImage"],
        {"id": {"S": "a"}, "size": {"N": "2"}},
    )
    assert remove["OldImage"] == modify["NewImage"]
    assert "NewImage" not in remove
    assert insert["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert isinstance(insert["ApproximateCreationDateTime"], float)
    sequence = [int(each["SequenceNumber"]) for each in (insert, modify, remove)]
    assert sequence == sorted(set(sequence))
    assert batch[0]["eventSource"] == "aws:dynamodb"
    assert batch[0]["eventSourceARN"] == table.stream_arn
    assert batch[0]["awsRegion"] == "us-east-1"
    assert batch[0]["eventID"]


def test_batches_are_bounded_and_in_order(workshop: Any, table: Table, eventually: Any, tmp_path: Path) -> None:
    function = _recorder(workshop, tmp_path / "out")
    table.put("abcdefg")

    _map(workshop, function, table, BatchSize=3)

    eventually(lambda: _seen(tmp_path / "out") == ["abc", "def", "g"])


def test_latest_starts_with_the_next_change(workshop: Any, table: Table, eventually: Any, tmp_path: Path) -> None:
    function = _recorder(workshop, tmp_path / "out")
    table.put("old")
    _map(workshop, function, table, StartingPosition="LATEST")

    table.put("n")

    eventually(lambda: _seen(tmp_path / "out"))
    assert _seen(tmp_path / "out") == ["n"]


def test_failing_record_is_isolated_retried_and_sent_to_the_destination(
    workshop: Any, table: Table, eventually: Any, tmp_path: Path
) -> None:
    function = _recorder(workshop, tmp_path / "out", "assert 'x' not in ids(event), 'poison'")
    url, arn = workshop.queue()
    table.put("abxd")

    _map(
        workshop,
        function,
        table,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )

    (message,) = eventually(lambda: workshop.received(url))
    eventually(lambda: _seen(tmp_path / "out")[-1] == "d")
    assert _seen(tmp_path / "out") == ["abxd", "ab", "xd", "x", "x", "d"]
    record = json.loads(message["Body"])
    poison = _batches(tmp_path / "out")[3][0]["dynamodb"]["SequenceNumber"]
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["functionArn"] == function.arn
    assert record["requestContext"]["approximateInvokeCount"] == 4
    assert record["responseContext"]["functionError"] == "Unhandled"
    info = record["DDBStreamBatchInfo"]
    assert (info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"]) == (poison, poison, 1)
    assert info["streamArn"] == table.stream_arn
    assert "requestPayload" not in record


def test_partial_failure_continues_at_the_first_failed_record(
    workshop: Any, table: Table, eventually: Any, tmp_path: Path
) -> None:
    body = """first = len(pathlib.Path({file!r}).read_text().splitlines()) == 1
        failed = [r for r in event["Records"] if first and r["dynamodb"]["Keys"]["id"]["S"] == "c"]
        return {{"batchItemFailures": [{{"itemIdentifier": r["dynamodb"]["SequenceNumber"]}} for r in failed]}}"""
    file = tmp_path / "out"
    function = _recorder(workshop, file, body.format(file=str(file)))
    table.put("abcd")

    _map(workshop, function, table, FunctionResponseTypes=["ReportBatchItemFailures"])
    eventually(lambda: len(_seen(file)) == 2)
    table.put("e")

    eventually(lambda: len(_seen(file)) == 3)
    assert _seen(file) == ["abcd", "cd", "e"]


def test_discards_old_records_with_the_reason(workshop: Any, table: Table, eventually: Any, tmp_path: Path) -> None:
    function = _recorder(workshop, tmp_path / "out", "raise RuntimeError('always')")
    url, arn = workshop.queue()
    table.put("a")

    _map(
        workshop,
        function,
        table,
        MaximumRecordAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    eventually(lambda: _seen(tmp_path / "out"))
    mapping = workshop.client.list_event_source_mappings(FunctionName=function.name)["EventSourceMappings"][0]
    workshop.client.update_event_source_mapping(UUID=mapping["UUID"], MaximumRecordAgeInSeconds=0)

    (message,) = eventually(lambda: workshop.received(url))
    assert json.loads(message["Body"])["requestContext"]["condition"] == "RecordAgeExceeded"


def test_skips_filtered_records(workshop: Any, table: Table, eventually: Any, tmp_path: Path) -> None:
    function = _recorder(workshop, tmp_path / "out")
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"state": {"S": [{"prefix": "fail"}]}}}}
    filters = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    table.put("a", state={"S": "done"})
    table.put("b", state={"S": "failed"})
    table.put("b", state={"S": "failing"})

    _map(workshop, function, table, FilterCriteria=filters)
    eventually(lambda: _seen(tmp_path / "out"))
    table.put("c", state={"S": "failed"})

    eventually(lambda: len(_seen(tmp_path / "out")) == 2)
    assert _seen(tmp_path / "out") == ["b", "c"]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, "ScalingConfig"),
        ({"ParallelizationFactor": 2}, "ParallelizationFactor"),
        ({"StartingPosition": None}, "StartingPosition is required"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::bucket"}}}, "arn:aws:s3:::bucket"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "Invalid filter pattern definition"),
        ({"TumblingWindowInSeconds": 5}, "TumblingWindowInSeconds"),
    ],
)
def test_rejects_settings_that_a_stream_does_not_support(
    workshop: Any, table: Table, settings: dict[str, Any], why: str
) -> None:
    function = workshop.function("def handler(event, context): ...")

    with pytest.raises(workshop.client.exceptions.InvalidParameterValueException, match=why):
        _map(workshop, function, table, **settings)


def test_missing_destination_does_not_block_the_stream(
    workshop: Any, table: Table, eventually: Any, tmp_path: Path
) -> None:
    function = _recorder(workshop, tmp_path / "out", "assert 'x' not in ids(event), 'poison'")
    url, arn = workshop.queue()
    settings = {"MaximumRetryAttempts": 0, "DestinationConfig": {"OnFailure": {"Destination": arn}}}
    _map(workshop, function, table, BatchSize=1, **settings)
    workshop.cloud.client("sqs").delete_queue(QueueUrl=url)

    table.put("xa")

    eventually(lambda: _seen(tmp_path / "out") == ["x", "a"])
    journal = workshop.cloud.console_client.activity("lambda")
    assert [each["function"] for each in journal if each.get("destination") == arn][-1] == function.name
