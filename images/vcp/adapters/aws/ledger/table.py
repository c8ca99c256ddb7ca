"""The ledger on DynamoDB: every change is a conditional write."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from vcp.adapters.aws.errors import code_of, translate_errors
from vcp.adapters.aws.ledger.items import (
    CONDITION_FAILED,
    WRITE_ATTRIBUTE,
    Item,
    existing_item,
    from_item,
    item_of_record,
    key,
    record_of_item,
    sortable,
    to_item,
)
from vcp.adapters.aws.ledger.leases import HeldLease, Leases
from vcp.adapters.retry import Backoff
from vcp.domain.errors import LeaseHeldError, RetryableError, StaleRecordError
from vcp.domain.video.record import VideoRecord
from vcp.ports.clock import Clock
from vcp.ports.ledger import Claim, LeaseHolder, Progress
from vcp.wire.ledger_table import (
    DUE_INDEX,
    DUE_PARTITION,
    DUE_PARTITION_KEY,
    DUE_SORT_KEY,
    LATEST_SORT_KEY,
    PARTITION_KEY,
    PROGRESS_SORT_KEY,
    SORT_KEY,
    VIDEO_SORT_KEY,
    file_key,
    mail_sort_key,
    video_key,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_PROGRESS_FIELDS = ("stage", "percent", "at", "detail")


class DynamoLedger:
    """Implements `ports.ledger.Ledger`. Thread-safe.

    Args:
        clock: for leases; the times in records come from the services.
        heartbeat_seconds: interval between renewals of a held lease; a third of the lease by default.
        backoff: for claims that collide.

    Every method raises `RetryableError` if DynamoDB throttles or does not answer, `PermanentError` if it rejects a
    request.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        clock: Clock,
        *,
        heartbeat_seconds: float | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._client = client
        self._table = table
        self._leases = Leases(client, table, clock, heartbeat_seconds)
        self._backoff = backoff or Backoff(attempts=8, first_seconds=0.05, max_seconds=2)

    def claim(self, record: VideoRecord) -> Claim:
        """See `ports.ledger.Ledger.claim`. Exactly one of concurrent callers gets `created`."""
        write_id = uuid4().hex
        for attempt in self._backoff.retrying():
            with attempt:
                known = self._read(video_key(record.video_id), VIDEO_SORT_KEY)
                if known is not None:
                    # Our own write, if the answer to a first try was lost.
                    return Claim(record_of_item(known), created=from_item(known).get(WRITE_ATTRIBUTE) == write_id)
                return self._create(record, write_id)
        raise AssertionError("unreachable: the last attempt raises or returns")

    def get(self, video_id: str) -> VideoRecord | None:
        item = self._read(video_key(video_id), VIDEO_SORT_KEY)
        return record_of_item(item) if item is not None else None

    def save(self, record: VideoRecord) -> VideoRecord:
        write_id = uuid4().hex
        written = record.but(version=record.version + 1)
        with translate_errors("ledger"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=item_of_record(written, write_id),
                    ConditionExpression="version = :read",
                    ExpressionAttributeValues=to_item({":read": record.version}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if code_of(error) != CONDITION_FAILED:
                    raise
                stored = existing_item(error)
                # botocore retries when an answer is lost: then the stored item is our own write.
                if stored.get(WRITE_ATTRIBUTE) != write_id:
                    raise StaleRecordError(
                        "stale_record",
                        "Another worker changed this video; the step will be retried.",
                        f"{record.video_id}: read version {record.version}, stored is {stored.get('version')}",
                    ) from error
        return written

    def lease(self, video_id: str, attempt: int, owner: str, seconds: float) -> AbstractContextManager[HeldLease]:
        return self._leases.hold(video_id, attempt, owner, seconds)

    def lease_holder(self, video_id: str) -> LeaseHolder | None:
        return self._leases.holder(video_id)

    def due(self, before: datetime, limit: int = 100) -> list[VideoRecord]:
        """Return active videos whose `due_at` is at or before `before`, the longest due first.

        The index may be stale and holds keys only, so each record is read from the table.
        """
        with translate_errors("ledger"):
            found = self._client.query(
                TableName=self._table,
                IndexName=DUE_INDEX,
                KeyConditionExpression=f"{DUE_PARTITION_KEY} = :active AND {DUE_SORT_KEY} <= :before",
                ExpressionAttributeValues=to_item({":active": DUE_PARTITION, ":before": sortable(before)}),
                ProjectionExpression=f"{PARTITION_KEY}, {SORT_KEY}",
                Limit=limit,
            )["Items"]
        items = (self._read(item[PARTITION_KEY]["S"], item[SORT_KEY]["S"]) for item in found)
        records = (record_of_item(item) for item in items if item is not None and DUE_PARTITION_KEY in item)
        return [record for record in records if record.due_at is not None and record.due_at <= before]

    def put_progress(self, video_id: str, progress: Progress) -> None:
        values = {name: getattr(progress, name) for name in _PROGRESS_FIELDS}
        values["at"] = sortable(progress.at)
        with translate_errors("ledger"):
            self._client.put_item(
                TableName=self._table,
                Item={**key(video_key(video_id), PROGRESS_SORT_KEY), **to_item(values)},
            )

    def get_progress(self, video_id: str) -> Progress | None:
        """Return the progress that was last put."""
        item = self._read(video_key(video_id), PROGRESS_SORT_KEY)
        if item is None:
            return None
        values = from_item(item)
        return Progress(
            values["stage"],
            float(values["percent"]),
            datetime.fromisoformat(values["at"]),
            values["detail"],
        )

    def claim_mail(self, video_id: str, attempt: int, kind: str, now: datetime, lease_seconds: float) -> bool:
        item = {
            **key(video_key(video_id), mail_sort_key(attempt, kind)),
            **to_item({"claimed_at": sortable(now), "expires_at": now.timestamp() + lease_seconds}),
        }
        with translate_errors("ledger"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression=f"attribute_not_exists({PARTITION_KEY}) "
                    "OR (attribute_not_exists(sent_at) AND expires_at <= :now)",
                    ExpressionAttributeValues=to_item({":now": now.timestamp()}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if code_of(error) != CONDITION_FAILED:
                    raise
                if "sent_at" in existing_item(error):
                    return False
                raise LeaseHeldError(
                    "mail_claimed", "Another worker is sending this mail.", f"{video_id}, attempt {attempt}: {kind}"
                ) from error
        return True

    def release_mail(self, video_id: str, attempt: int, kind: str, now: datetime) -> None:
        self._set_on_mail(video_id, attempt, kind, "expires_at", now.timestamp())

    def mail_sent(self, video_id: str, attempt: int, kind: str, now: datetime) -> None:
        self._set_on_mail(video_id, attempt, kind, "sent_at", sortable(now))

    def _set_on_mail(self, video_id: str, attempt: int, kind: str, attribute: str, value: str | float) -> None:
        with translate_errors("ledger"):
            self._client.update_item(
                TableName=self._table,
                Key=key(video_key(video_id), mail_sort_key(attempt, kind)),
                UpdateExpression=f"SET {attribute} = :value",
                ExpressionAttributeValues=to_item({":value": value}),
            )

    def _create(self, record: VideoRecord, write_id: str) -> Claim:
        """Write the video, the pointer to the newest version and the mark on the older version in one transaction.

        A record without a version supersedes none: a file that is briefly not visible is still the same file.
        """
        if not record.source.names_a_version:
            return self._create_alone(record, write_id)
        pointer = file_key(record.source.file_id)
        latest = self._read(pointer, LATEST_SORT_KEY)
        previous_id = from_item(latest)["video_id"] if latest is not None else None
        previous = self.get(previous_id) if previous_id is not None else None
        if previous is not None and previous.video_id == record.video_id:
            raise _collided("claimed between two reads")
        supersedes = previous_id if previous_id != record.video_id else None
        created = record.but(supersedes=supersedes)
        writes: list[TransactWriteItemTypeDef] = [
            self._put(item_of_record(created, write_id), f"attribute_not_exists({PARTITION_KEY})"),
            self._put(
                {**key(pointer, LATEST_SORT_KEY), **to_item({"video_id": record.video_id})},
                "video_id = :previous" if previous_id is not None else f"attribute_not_exists({PARTITION_KEY})",
                {":previous": previous_id} if previous_id is not None else None,
            ),
        ]
        if previous is not None:
            marked = previous.changed(record.created_at, superseded_by=record.video_id, version=previous.version + 1)
            writes.append(
                self._put(item_of_record(marked, uuid4().hex), "version = :read", {":read": previous.version})
            )
        self._write_all(writes)
        return Claim(created, created=True)

    def _create_alone(self, record: VideoRecord, write_id: str) -> Claim:
        self._write_all([self._put(item_of_record(record, write_id), f"attribute_not_exists({PARTITION_KEY})")])
        return Claim(record, created=True)

    def _write_all(self, writes: list[TransactWriteItemTypeDef]) -> None:
        with translate_errors("ledger"):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except ClientError as error:
                if code_of(error) != "TransactionCanceledException":
                    raise
                # Another caller changed this video, its file's pointer or the older version first: read again.
                raise _collided(str(error)) from error

    def _put(self, item: Item, condition: str, values: dict[str, Any] | None = None) -> TransactWriteItemTypeDef:
        put: TransactWriteItemTypeDef = {
            "Put": {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        }
        if values:
            put["Put"]["ExpressionAttributeValues"] = to_item(values)
        return put

    def _read(self, partition: str, sort: str) -> Item | None:
        with translate_errors("ledger"):
            return self._client.get_item(TableName=self._table, Key=key(partition, sort), ConsistentRead=True).get(
                "Item"
            )


def _collided(detail: str) -> RetryableError:
    return RetryableError("claim_collided", "Another call claimed this file first; the step will be retried.", detail)
