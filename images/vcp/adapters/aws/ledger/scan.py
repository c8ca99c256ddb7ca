"""What the scan keeps in the ledger, and asks it: its own place, and which videos are known."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError
from msgspec import convert, to_builtins

from vcp.adapters.aws.errors import code_of, translated
from vcp.adapters.aws.ledger.items import (
    CONDITION_FAILED,
    WRITE_ATTRIBUTE,
    from_item,
    item_that_stands,
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

#: BatchGetItem takes up to 100 keys.
_MOST_AT_ONCE = 100
#: Of a first write; that nothing has version 0 keeps the expression's value used.
_NOT_THERE = f"attribute_not_exists({PARTITION_KEY}) OR version = :read"
_OURS = (PARTITION_KEY, SORT_KEY, WRITE_ATTRIBUTE)


class ScanLedger:
    """Fulfils `ports.ScanStore`. Its calls raise as `DynamoLedger`'s do."""

    def __init__(self, client: DynamoDBClient, table: str, backoff: Backoff | None = None) -> None:
        self._client = client
        self._table = table
        self._backoff = backoff or Backoff(attempts=8, first_seconds=0.05, longest_seconds=2)

    def load(self, folder_id: str) -> ScanState | None:
        """See `ports.ScanStore.load`."""
        with translated("ledger"):
            item = self._client.get_item(
                TableName=self._table, Key=key(scan_key(folder_id), SCAN_SORT_KEY), ConsistentRead=True
            ).get("Item")
        if item is None:
            return None
        return convert({name: value for name, value in from_item(item).items() if name not in _OURS}, ScanState)

    def save(self, state: ScanState) -> ScanState:
        """See `ports.ScanStore.save`."""
        write_id = uuid4().hex
        written = state.changed(version=state.version + 1)
        values = {**to_builtins(written), WRITE_ATTRIBUTE: write_id}
        with translated("ledger"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={**key(scan_key(state.folder_id), SCAN_SORT_KEY), **to_item(values)},
                    ConditionExpression="version = :read" if state.version else _NOT_THERE,
                    ExpressionAttributeValues=to_item({":read": state.version}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if code_of(error) != CONDITION_FAILED:
                    raise
                # The client tries again when an answer is lost: then what stands there is this very write.
                if item_that_stands(error).get(WRITE_ATTRIBUTE) != write_id:
                    raise StaleRecordError(
                        "stale_scan", "Another scan was faster; this one ends.", state.folder_id
                    ) from error
        return written

    def statuses(self, video_ids: Collection[str]) -> dict[str, VideoStatus]:
        """See `ports.ScanStore.statuses`. Read from the table as it is now, a hundred at a time."""
        found: dict[str, VideoStatus] = {}
        ahead = iter(dict.fromkeys(video_ids))
        while some := list(islice(ahead, _MOST_AT_ONCE)):
            for attempt in self._backoff.retrying():
                with attempt:
                    some = self._read(some, found)
                    if some:
                        raise RetryableError("ledger_busy", "The ledger is busy; it is asked again.", self._table)
        return found

    def _read(self, video_ids: list[str], found: dict[str, VideoStatus]) -> list[str]:
        """Add what is known of these to `found`; the ids that the table did not get to."""
        wanted: Any = {
            "Keys": [key(video_key(each), VIDEO_SORT_KEY) for each in video_ids],
            "ConsistentRead": True,
            "ProjectionExpression": "video_id, #state, #problem.#code",
            "ExpressionAttributeNames": {"#state": "state", "#problem": "problem", "#code": "code"},
        }
        with translated("ledger"):
            answer = self._client.batch_get_item(RequestItems={self._table: wanted})
        for item in answer["Responses"].get(self._table, ()):
            values = from_item(item)
            problem = values.get("problem") or {}
            found[values["video_id"]] = VideoStatus(State(values["state"]), problem.get("code"))
        left: Any = answer["UnprocessedKeys"].get(self._table, {})
        return [str(each[PARTITION_KEY]["S"]).removeprefix(video_key("")) for each in left.get("Keys", ())]
