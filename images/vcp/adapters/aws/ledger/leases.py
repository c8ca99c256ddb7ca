"""Leases: exclusive work on a video for a limited time, renewed by a heartbeat in the background."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import ClientError

from vcp.adapters.aws.errors import code_of, translate_errors
from vcp.adapters.aws.ledger.items import CONDITION_FAILED, existing_item, from_item, key, to_item
from vcp.domain.errors import LeaseHeldError, VcpError
from vcp.ports.clock import Clock
from vcp.ports.ledger import LeaseHolder
from vcp.wire.ledger_table import LEASE_SORT_KEY, PARTITION_KEY, video_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_log = logging.getLogger(__name__)


class HeldLease:
    """Implements `ports.ledger.Lease`. `check` calls no service."""

    def __init__(self, owner: str, video_id: str, clock: Clock, until: float) -> None:
        self.owner = owner
        self._video_id = video_id
        self._clock = clock
        #: Unix time up to which the lease is known to be valid.
        self.until = until
        self.lost = False

    def check(self) -> None:
        """Raise `LeaseHeldError` if another worker took the lease, or it lapsed because no heartbeat succeeded."""
        if self.lost or self._clock.now().timestamp() >= self.until:
            raise LeaseHeldError(
                "lease_lost", "Another worker has taken over this video.", f"{self._video_id}: {self.owner}"
            )


class Leases:
    """The lease items of a ledger table."""

    def __init__(
        self, client: DynamoDBClient, table: str, clock: Clock, heartbeat_seconds: float | None = None
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._heartbeat_seconds = heartbeat_seconds

    @contextmanager
    def hold(self, video_id: str, attempt: int, owner: str, seconds: float) -> Iterator[HeldLease]:
        """Hold the lease for the duration of a `with` block.

        Raises `LeaseHeldError` if it is held, also if by the same `owner`.
        """
        # An owner's name is for people and may repeat (a redelivered message); a token is unique.
        token = uuid4().hex
        lease = self._acquire(video_id, attempt, owner, token, seconds)
        stop = Event()
        interval = self._heartbeat_seconds or seconds / 3
        heartbeat = Thread(
            target=self._keep, args=(lease, video_id, token, seconds, interval, stop), name="lease", daemon=True
        )
        heartbeat.start()
        try:
            yield lease
        finally:
            stop.set()
            heartbeat.join()
            self._release(video_id, token)

    def holder(self, video_id: str) -> LeaseHolder | None:
        """Return the holder of a lease that has not lapsed."""
        with translate_errors("ledger"):
            item = self._client.get_item(
                TableName=self._table, Key=key(video_key(video_id), LEASE_SORT_KEY), ConsistentRead=True
            ).get("Item")
        if item is None:
            return None
        values = from_item(item)
        if values["expires_at"] <= self._clock.now().timestamp():
            return None
        return LeaseHolder(values["owner"], datetime.fromtimestamp(values["expires_at"], UTC))

    def _acquire(self, video_id: str, attempt: int, owner: str, token: str, seconds: float) -> HeldLease:
        now = self._clock.now().timestamp()
        values = {"owner": owner, "attempt": attempt, "token": token, "expires_at": now + seconds}
        with translate_errors("ledger"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={**key(video_key(video_id), LEASE_SORT_KEY), **to_item(values)},
                    # Our own token: botocore retries when an answer is lost.
                    ConditionExpression=f"attribute_not_exists({PARTITION_KEY}) OR expires_at <= :now "
                    "OR #token = :token",
                    ExpressionAttributeNames={"#token": "token"},
                    ExpressionAttributeValues=to_item({":now": now, ":token": token}),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if code_of(error) != CONDITION_FAILED:
                    raise
                held = existing_item(error)
                raise LeaseHeldError(
                    "lease_held",
                    "Another worker is processing this video.",
                    f"{video_id}: held by {held.get('owner', 'an unknown worker')}",
                ) from error
        return HeldLease(owner, video_id, self._clock, now + seconds)

    def _keep(self, lease: HeldLease, video_id: str, token: str, seconds: float, interval: float, stop: Event) -> None:
        while not stop.wait(interval):
            try:
                self._renew(lease, video_id, token, seconds)
            except VcpError as error:
                # The next heartbeat retries; `check` fails if none succeeds in time.
                _log.warning("heartbeat failed for %s: %s", video_id, error)
            if lease.lost:
                return

    def _renew(self, lease: HeldLease, video_id: str, token: str, seconds: float) -> None:
        until = self._clock.now().timestamp() + seconds
        with translate_errors("ledger"):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=key(video_key(video_id), LEASE_SORT_KEY),
                    UpdateExpression="SET expires_at = :until",
                    ConditionExpression="#token = :token",
                    ExpressionAttributeNames={"#token": "token"},
                    ExpressionAttributeValues=to_item({":until": until, ":token": token}),
                )
            except ClientError as error:
                if code_of(error) != CONDITION_FAILED:
                    raise
                lease.lost = True
                return
        lease.until = until

    def _release(self, video_id: str, token: str) -> None:
        """Release the lease. If that fails it lapses, and the block's result or error still counts."""
        try:
            with translate_errors("ledger"):
                try:
                    self._client.delete_item(
                        TableName=self._table,
                        Key=key(video_key(video_id), LEASE_SORT_KEY),
                        ConditionExpression="#token = :token",
                        ExpressionAttributeNames={"#token": "token"},
                        ExpressionAttributeValues=to_item({":token": token}),
                    )
                except ClientError as error:
                    if code_of(error) != CONDITION_FAILED:
                        raise
        except VcpError as error:
            _log.warning("the lease of %s was not released: %s", video_id, error)
