"""DynamoDB: transactions and conditional writes hold while many write at once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.process import RunningCloud
from tests.localcloud.hooks.conftest import run_with_hooks

WRITERS = 8
WRITES = 12


@pytest.fixture
def client(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


@pytest.fixture
def table(client: Any) -> str:
    """A table with a stream and the items `a` (count 1) and `b` (count 2)."""
    name = f"hooks-{uuid.uuid4()}"
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    for number, key in enumerate("ab", 1):
        client.put_item(TableName=name, Item=item(key, number))
    return name


def item(key: str, count: int) -> dict[str, Any]:
    return {"id": {"S": key}, "count": {"N": str(count)}}


def put(table: str, key: str, count: int, **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": item(key, count), **more}}


def update(table: str, key: str, expression: str, **values: Any) -> dict[str, Any]:
    operation = {"TableName": table, "Key": {"id": {"S": key}}, "UpdateExpression": expression}
    names = {"ExpressionAttributeNames": {"#count": "count"}, "ExpressionAttributeValues": values}
    return {"Update": {**operation, **names}}


def must_exist(table: str, key: str) -> dict[str, Any]:
    check = {"TableName": table, "Key": {"id": {"S": key}}, "ConditionExpression": "attribute_exists(id)"}
    return {"ConditionCheck": check}


def items(client: Any, table: str) -> list[dict[str, Any]]:
    return sorted(client.scan(TableName=table)["Items"], key=lambda each: str(each["id"]["S"]))


def stream_length(cloud: RunningCloud, client: Any, table: str) -> int:
    arn = client.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    streams = cloud.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return len(streams.get_records(ShardIterator=start["ShardIterator"])["Records"])


def test_applies_every_operation_of_a_transaction(client: Any, table: str) -> None:
    client.transact_write_items(
        TransactItems=[
            put(table, "c", 3, ConditionExpression="attribute_not_exists(id)"),
            update(table, "a", "SET #count = #count + :one", **{":one": {"N": "1"}}),
            {"Delete": {"TableName": table, "Key": {"id": {"S": "b"}}}},
            {
                "ConditionCheck": {
                    "TableName": table,
                    "Key": {"id": {"S": "absent"}},
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            },
        ]
    )
    assert items(client, table) == [item("a", 2), item("c", 3)]


def test_a_failed_condition_cancels_all_and_returns_the_old_item_if_asked(
    cloud: RunningCloud, client: Any, table: str
) -> None:
    absent = "attribute_not_exists(id)"
    with pytest.raises(client.exceptions.TransactionCanceledException) as canceled:
        client.transact_write_items(
            TransactItems=[
                put(table, "c", 3),
                put(table, "a", 9, ConditionExpression=absent, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
                put(table, "b", 9, ConditionExpression=absent),
            ]
        )
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    assert canceled.value.response["CancellationReasons"] == [
        {"Code": "None"},
        {**failed, "Item": item("a", 1)},
        failed,
    ]
    assert items(client, table) == [item("a", 1), item("b", 2)]
    assert stream_length(cloud, client, table) == 2


def test_undoes_the_operations_before_one_that_is_invalid(cloud: RunningCloud, client: Any, table: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        client.transact_write_items(
            TransactItems=[
                put(table, "c", 3),
                update(table, "a", "SET #count = :nine", **{":nine": {"N": "9"}}),
                {"Delete": {"TableName": table, "Key": {"id": {"S": "b"}}}},
                update(table, "d", "SET #count = #count + :one", **{":one": {"N": "1"}}),
            ]
        )
    assert items(client, table) == [item("a", 1), item("b", 2)]
    assert stream_length(cloud, client, table) == 2


def test_rejects_two_operations_on_one_item(client: Any, table: str) -> None:
    with pytest.raises(ClientError, match="cannot include multiple operations on one item"):
        client.transact_write_items(TransactItems=[put(table, "c", 3), must_exist(table, "c")])
    assert items(client, table) == [item("a", 1), item("b", 2)]


@pytest.mark.server
def test_rejects_an_item_without_its_key(client: Any, table: str) -> None:
    without_key = {"Put": {"TableName": table, "Item": {"count": {"N": "1"}}}}
    with pytest.raises(ClientError, match=r"ValidationException.*Missing the key id in the item"):
        client.transact_write_items(TransactItems=[put(table, "c", 3), without_key])
    assert len(items(client, table)) == 2


def test_copies_only_the_items_that_a_transaction_writes() -> None:
    copied = run_with_hooks(
        """
        from moto import mock_aws
        from tests.localcloud.hooks.moto_alone.account import client, copied_items
        with mock_aws():
            for table, size in (("small", 2), ("large", 200)):
                client("dynamodb").create_table(
                    TableName=table,
                    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                    BillingMode="PAY_PER_REQUEST",
                )
                print(copied_items(client("dynamodb"), table, size))
        """
    )
    assert copied.split() == ["2", "2"]


def test_a_canceled_transaction_keeps_concurrent_writes(client: Any, table: str) -> None:
    def write(writer: int) -> None:
        for number in range(WRITES):
            if writer % 2:
                with pytest.raises(client.exceptions.TransactionCanceledException):
                    client.transact_write_items(TransactItems=[put(table, "never", 0), must_exist(table, "absent")])
            else:
                client.put_item(TableName=table, Item=item(f"{writer}-{number}", 0))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))

    stored = {each["id"]["S"] for each in items(client, table)}
    assert stored == {"a", "b"} | {f"{writer}-{number}" for writer in range(0, WRITERS, 2) for number in range(WRITES)}


def test_only_one_of_many_conditional_puts_succeeds(client: Any, table: str) -> None:
    def claim(worker: int) -> int:
        try:
            client.put_item(TableName=table, Item=item("video", worker), ConditionExpression="attribute_not_exists(id)")
        except client.exceptions.ConditionalCheckFailedException:
            return 0
        return 1

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sum(pool.map(claim, range(WRITERS * 4))) == 1
