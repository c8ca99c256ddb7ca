"""DynamoDB: transactions and conditional writes hold while many write at once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.process import RunningCloud

WRITERS = 8
WRITES = 12


@pytest.fixture
def table(cloud: RunningCloud) -> str:
    name = f"hooks-{uuid.uuid4()}"
    cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def fail_a_transaction(client: Any, table: str) -> None:
    """A transaction whose second item fails, so that the first must be rolled back."""
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": {"id": {"S": "never"}}}},
                {
                    "ConditionCheck": {
                        "TableName": table,
                        "Key": {"id": {"S": "absent"}},
                        "ConditionExpression": "attribute_exists(id)",
                    }
                },
            ]
        )


def test_a_transaction_rolled_back_loses_nobody_elses_items(cloud: RunningCloud, table: str) -> None:
    client = cloud.client("dynamodb")

    def write(writer: int) -> None:
        for number in range(WRITES):
            if writer % 2:
                fail_a_transaction(client, table)
            else:
                client.put_item(TableName=table, Item={"id": {"S": f"{writer}-{number}"}})

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))

    stored = {item["id"]["S"] for item in client.scan(TableName=table)["Items"]}
    assert stored == {f"{writer}-{number}" for writer in range(0, WRITERS, 2) for number in range(WRITES)}


def test_of_many_claims_one_wins(cloud: RunningCloud, table: str) -> None:
    client = cloud.client("dynamodb")

    def claim(worker: int) -> int:
        try:
            client.put_item(
                TableName=table,
                Item={"id": {"S": "video"}, "worker": {"N": str(worker)}},
                ConditionExpression="attribute_not_exists(id)",
            )
        except client.exceptions.ConditionalCheckFailedException:
            return 0
        return 1

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sum(pool.map(claim, range(WRITERS * 4))) == 1
