"""A ledger on a table as infra defines it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from localcloud.process import RunningCloud
from tests.fakes.clock import ManualClock
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.wire import ledger_table as keys


@pytest.fixture(scope="module")
def table(cloud: RunningCloud) -> str:
    """One table per module. Its index projects keys only, as in infra."""
    name = f"ledger-{uuid4().hex}"
    names = (keys.PARTITION_KEY, keys.SORT_KEY, keys.DUE_PARTITION_KEY, keys.DUE_SORT_KEY)
    cloud.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
        KeySchema=[
            {"AttributeName": keys.PARTITION_KEY, "KeyType": "HASH"},
            {"AttributeName": keys.SORT_KEY, "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": keys.DUE_INDEX,
                "KeySchema": [
                    {"AttributeName": keys.DUE_PARTITION_KEY, "KeyType": "HASH"},
                    {"AttributeName": keys.DUE_SORT_KEY, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": keys.STREAM_VIEW_TYPE},
    )
    return name


@pytest.fixture
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


@pytest.fixture
def ledger(dynamodb: Any, table: str, clock: ManualClock) -> DynamoLedger:
    # No heartbeat during a test.
    return DynamoLedger(dynamodb, table, clock, heartbeat_seconds=3600)
