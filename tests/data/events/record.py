"""Record events that no page shows, from a local cloud: `python -m tests.data.events.record`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import requests

from localcloud.lambdahost.mappings.records import stream_record
from localcloud.process import RunningCloud, running_cloud
from tests.fakes.pipeline import CONTENT, Pipeline
from vcp.adapters.aws.ledger.items import item_of_record
from vcp.wire.ledger_table import PARTITION_KEY, SORT_KEY

HERE = Path(__file__).parent


def drive_file(cloud: RunningCloud) -> dict[str, Any]:
    """Return a video with every field, as its owner sees it and n8n's Drive trigger passes it on."""
    console = cloud.console_client.drive
    token = console.person("studio@example.com")["access_token"]
    folder = console.folder("To compress", owner="studio@example.com")
    film = cloud.state_dir / "film.mov"
    film.write_bytes(CONTENT)
    file_id = console.drop(film, parent=folder["id"])["id"]
    answer = requests.get(
        f"{cloud.google}/drive/v3/files/{file_id}",
        params={"fields": "*", "supportsAllDrives": "true"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    answer.raise_for_status()
    return dict(answer.json())


def ledger_stream(cloud: RunningCloud) -> dict[str, Any]:
    """Return the first and the last change of a completed video, as consumers of the stream receive them."""
    pipeline = Pipeline().up_to_transcoding()
    pipeline.encode()
    pipeline.handle_event()
    (history,) = pipeline.ledger.history.values()
    dynamodb, streams = cloud.client("dynamodb"), cloud.client("dynamodbstreams")
    names = (PARTITION_KEY, SORT_KEY)
    made = dynamodb.create_table(
        TableName="vcp-test-ledger",
        KeySchema=[
            {"AttributeName": names[0], "KeyType": "HASH"},
            {"AttributeName": names[1], "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    arn = made["TableDescription"]["LatestStreamArn"]
    for number, record in enumerate(history, 1):
        dynamodb.put_item(TableName="vcp-test-ledger", Item=item_of_record(record, f"write-{number}"))
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    return {"Records": [stream_record(record, arn) for record in (records[0], records[-1])]}


def main() -> None:
    with tempfile.TemporaryDirectory() as directory, running_cloud(Path(directory) / "cloud") as cloud:
        (HERE / "drive_file.json").write_text(json.dumps(drive_file(cloud), indent=2) + "\n", "utf-8")
        lines = ",\n".join(json.dumps(record) for record in ledger_stream(cloud)["Records"])
        (HERE / "ledger_stream.json").write_text(f'{{"Records": [\n{lines}\n]}}\n', "utf-8")


if __name__ == "__main__":
    main()
