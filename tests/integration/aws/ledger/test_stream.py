"""Records in the ledger's stream."""

from __future__ import annotations

from localcloud.process import RunningCloud
from tests.integration.aws.ledger.records import facts, new_record
from tests.integration.conftest import START
from vcp.adapters.aws.ledger.items import record_of_item
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.domain.video.states import State
from vcp.wire import ledger_table as keys


def test_stream_images_parse_to_records(ledger: DynamoLedger, cloud: RunningCloud, table: str) -> None:
    record = ledger.claim(new_record(source_facts=facts())).record
    saved = ledger.save(record.moved(State.TRANSFERRING, START))

    streams = cloud.client("dynamodbstreams")
    arn = cloud.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    changes = [found["dynamodb"] for found in streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]]
    change = next(
        found
        for found in reversed(changes)
        if found["Keys"] == {"pk": {"S": keys.video_key(record.video_id)}, "sk": {"S": keys.VIDEO_SORT_KEY}}
    )

    assert record_of_item(change["OldImage"]) == record
    assert record_of_item(change["NewImage"]) == saved
