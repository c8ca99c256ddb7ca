"""Time of one submission to the ledger as the table grows: 20 and 200 videos, each submitted twice.

Every submission runs the real ledger adapter against a local cloud; the second one is a new revision, so that its
transaction also marks the older video. The time per submission should not depend on the number of videos.

    python -m benchmarks.transactions --videos 20 200
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from localcloud.process import running_cloud
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.domain.model.contract import Contract
from vcp.domain.video.record import SourceFile, VideoRecord
from vcp.domain.video.states import State
from vcp.wire.ledger_table import PARTITION_KEY, SORT_KEY, STREAM_VIEW_TYPE

#: The largest ratio between the slowest and the fastest size that counts as "does not depend on the size".
MAX_RATIO = 1.5


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def _record(number: int, revision: str) -> VideoRecord:
    now = datetime.now(UTC)
    source = SourceFile(
        file_id=f"file-{number}",
        name=f"Film {number}.mov",
        size_bytes=10**9,
        head_revision_id=revision,
        web_url="",
        uploader="anna@example.org",
    )
    return VideoRecord(
        video_id=f"file-{number}-{revision}",
        state=State.QUEUED,
        source=source,
        contract=Contract(),
        created_at=now,
        updated_at=now,
        due_at=now,
    )


def _create_table(dynamodb: Any, name: str) -> None:
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in (PARTITION_KEY, SORT_KEY)],
        KeySchema=[
            {"AttributeName": PARTITION_KEY, "KeyType": "HASH"},
            {"AttributeName": SORT_KEY, "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": STREAM_VIEW_TYPE},
    )


def seconds_per_submission(dynamodb: Any, videos: int) -> float:
    """Submit each video twice to a table of its own and return the mean time of a submission."""
    name = f"ledger-{videos}"
    _create_table(dynamodb, name)
    ledger = DynamoLedger(dynamodb, name, _SystemClock())
    start = time.perf_counter()
    for revision in ("a", "b"):
        for number in range(videos):
            ledger.claim(_record(number, revision))
    return (time.perf_counter() - start) / (2 * videos)


def main() -> None:
    """Print the time per submission for each size, and the ratio of the extremes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--videos", type=int, nargs="+", default=[20, 200])
    given = parser.parse_args()
    with TemporaryDirectory() as directory, running_cloud(Path(directory)) as cloud:
        dynamodb = cloud.client("dynamodb")
        seconds_per_submission(dynamodb, 1)  # loads the services
        times = {videos: seconds_per_submission(dynamodb, videos) for videos in given.videos}
    for videos, seconds in times.items():
        print(f"{videos:>6} videos, each twice: {seconds * 1000:6.1f} ms per submission")
    ratio = max(times.values()) / min(times.values())
    print(f"ratio {ratio:.2f}{f'   above {MAX_RATIO}' if ratio > MAX_RATIO else ''}")


if __name__ == "__main__":
    main()
