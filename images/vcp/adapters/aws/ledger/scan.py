"""Store the scan's state in the ledger, and look up the status of videos."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError
from msgspec import convert, to_builtins

from vcp.adapters.aws.errors import code_of, translate_errors
from vcp.adapters.aws.ledger.items import (
    CONDITION_FAILED,
    WRITE_ATTRIBUTE,
    existing_item,
    from_item,
    key,
    to_item,
)
from vcp.adapters.retry import Backoff
from vcp.domain.errors import RetryableError, StaleRecordError
from vcp.domain.intake.scan_state import ScanState
from vcp.domain.video.states import State
from vcp.ports.scan import VideoStatus
from vcp.wire.ledger_table import PARTITION_KEY, SCAN_SORT_KEY, SORT_KEY, VIDEO_SORT_KEY, scan_key, video_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: BatchGetItem accepts up to 100 keys.
_MAX_KEYS_PER_BATCH = 100
#: Condition of a first write. No item has version 0; DynamoDB rejects a value that no expression uses.
_NOT_STORED = f"attribute_not_exists({PARTITION_KEY}) OR version = :read"
_ITEM_ONLY = (PARTITION_KEY, SORT_KEY, WRITE_ATTRIBUTE)


class ScanLedger:
    """Implements `ports.scan.ScanStore`. Raises as `DynamoLedger` does."""

    def __init__(self, client: DynamoDBClient, table: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._table = table
        self._backoff = backoff or Backoff(attempts=8, first_seconds=0.05, max_seconds=2)

    def load(self, folder_id: str) -> ScanState | None:
        """See `ports.scan.ScanStore.load`."""
        with translate_errors("ledger"):
            item = self._client.get_item(
                TableName=self._table, Key=key(scan_key(folder_id), SCAN_SORT_KEY), ConsistentRead=True
            ).get("Item")
        if item is None:
            return None
        return convert({name: value for name, value in from_item(item).items() if name not in _ITEM_ONLY}, ScanState)

    def save(self, state: ScanState) -> ScanState:
        """See `ports.scan.ScanStore.save`."""
        write_id = uuid4().hex
        written = state.changed(version=state.version + 1)
        values = {**to_builtins(written), WRITE_ATTRIBUTE: write_id}
        with translate_errors("ledger"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={**key(scan_key(state.folder_id), SCAN_SORT_KEY), **to_item(values)},
                    ConditionExpression="version = :read" if state.version else _NOT_STORED,
                    ExpressionAttributeValues=to_item({":read": state.version}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if code_of(error) != CONDITION_FAILED:
                    raise
                # botocore retries when an answer is lost: then the stored item is our own write.
                if existing_item(error).get(WRITE_ATTRIBUTE) != write_id:
                    raise StaleRecordError(
                        "stale_scan", "Another scan was faster; this one ends.", state.folder_id
                    ) from error
        return written

    def statuses(self, video_ids: Collection[str]) -> dict[str, VideoStatus]:
        """See `ports.scan.ScanStore.statuses`. Consistent reads of a hundred videos at a time."""
        found: dict[str, VideoStatus] = {}
        ahead = iter(dict.fromkeys(video_ids))
        while some := list(islice(ahead, _MAX_KEYS_PER_BATCH)):
            for attempt in self._backoff.retrying():
                with attempt:
                    some = self._read(some, found)
                    if some:
                        raise RetryableError(
                            "ledger_busy", "The ledger is busy; the step will be retried.", self._table
                        )
        return found

    def _read(self, video_ids: list[str], found: dict[str, VideoStatus]) -> list[str]:
        """Add the status of known videos to `found`. Return the ids that DynamoDB did not process."""
        wanted: Any = {
            "Keys": [key(video_key(each), VIDEO_SORT_KEY) for each in video_ids],
            "ConsistentRead": True,
            "ProjectionExpression": "video_id, #state, #problem.#code",
            "ExpressionAttributeNames": {"#state": "state", "#problem": "problem", "#code": "code"},
        }
        with translate_errors("ledger"):
            answer = self._client.batch_get_item(RequestItems={self._table: wanted})
        for item in answer["Responses"].get(self._table, ()):
            values = from_item(item)
            problem = values.get("problem") or {}
            found[values["video_id"]] = VideoStatus(State(values["state"]), problem.get("code"))
        left: Any = answer["UnprocessedKeys"].get(self._table, {})
        return [str(each[PARTITION_KEY]["S"]).removeprefix(video_key("")) for each in left.get("Keys", ())]
