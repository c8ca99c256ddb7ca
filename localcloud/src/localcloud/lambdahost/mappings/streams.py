"""The poller of a table's stream: batches in order, one at a time; a failing batch blocks the following ones.

In moto a stream has one shard, so one poller reads all of it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from localcloud.event_patterns import matches
from localcloud.lambdahost.destinations import envelope, send_record
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.invocation import FunctionSpec, InvocationResult
from localcloud.lambdahost.mappings.poller import Poller
from localcloud.lambdahost.mappings.records import failed_items, stream_record
from localcloud.lambdahost.mappings.settings import MappingSettings

#: GetRecords returns at most a thousand records.
_CALL_LIMIT = 1_000


@dataclass(frozen=True)
class Chunk:
    """Records of one invocation. `attempts` counts failures against MaximumRetryAttempts (a split does not count),
    `invocations` all runs that contained them."""

    records: Sequence[dict[str, Any]]
    attempts: int = 0
    invocations: int = 0


class StreamPoller(Poller):
    """Reads from the starting position and never skips a record that is neither handled nor discarded."""

    def __init__(self, mapping: Any, host: LambdaHost, exists: Callable[[], bool]) -> None:
        super().__init__(mapping, host, exists)
        shard = self._shard()
        first = int(shard.starting_sequence_number)
        latest = self.mapping.starting_position == "LATEST"
        self._position = first + len(shard.items) if latest else first

    def turn(self, settings: MappingSettings, spec: FunctionSpec) -> bool:
        records = self._collect(settings, spec)
        if not records:
            return False
        filters = settings.filters
        wanted = [record for record in records if not filters or any(matches(each, record) for each in filters)]
        if wanted:
            self._work(Chunk(wanted), spec)
        if not self.ended:
            self._position = _sequence(records[-1]) + 1
        return True

    def _shard(self) -> Any:
        _, _, _, region, account_id, resource = self.mapping.event_source_arn.split(":", 5)
        _, table_name, _, label = resource.split("/", 3)
        table = dynamodb_backends[account_id][region].tables.get(table_name)
        if table is None or table.latest_stream_label != label or table.stream_shard is None:
            raise LookupError(f"The stream {self.mapping.event_source_arn} does not exist or is closed")
        return table.stream_shard

    def _collect(self, settings: MappingSettings, spec: FunctionSpec) -> list[dict[str, Any]]:
        """Return up to a batch of records, collected during at most the window after the first."""
        records = self._read(self._position, settings.batch_size, spec)
        window_ends = time.monotonic() + settings.window_seconds
        while records and len(records) < settings.batch_size and not self.ended:
            if time.monotonic() >= window_ends:
                break
            self.wait(self.host.limits.poll_interval_seconds)
            records += self._read(_sequence(records[-1]) + 1, settings.batch_size - len(records), spec)
        return records

    def _read(self, position: int, wanted: int, spec: FunctionSpec) -> list[dict[str, Any]]:
        shard = self._shard()
        if position >= int(shard.starting_sequence_number) + len(shard.items):
            return []  # known inside this process, so that an idle mapping makes no requests
        client = self.role(spec).streams()
        iterator = client.get_shard_iterator(
            StreamArn=self.mapping.event_source_arn,
            ShardId=shard.id,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=str(position),
        )["ShardIterator"]
        answer = client.get_records(ShardIterator=iterator, Limit=min(wanted, _CALL_LIMIT))
        return [stream_record(record, self.mapping.event_source_arn) for record in answer["Records"]]

    def _work(self, whole: Chunk, spec: FunctionSpec) -> None:
        """Handle or discard every record of a batch, in order."""
        waiting = deque([whole])
        while waiting and not self.ended:
            settings = self.settings()
            chunk = self._drop_aged(waiting.popleft(), settings, spec)
            if not chunk.records:
                continue
            result = self.invoke(spec, list(chunk.records))
            if result is None:
                waiting.appendleft(chunk)
                continue
            chunk = replace(chunk, invocations=chunk.invocations + 1)
            waiting.extendleft(reversed(self._after(chunk, result, settings, spec)))

    def _after(
        self, chunk: Chunk, result: InvocationResult, settings: MappingSettings, spec: FunctionSpec
    ) -> list[Chunk]:
        """Return the batches that remain after one invocation."""
        failed_at = _first_failure(chunk, result, settings)
        if failed_at is None:
            return []
        if failed_at > 0:
            counted = chunk.attempts if settings.bisect else chunk.attempts + 1
            left = replace(chunk, records=chunk.records[failed_at:], attempts=counted)
        elif settings.bisect and len(chunk.records) > 1:
            middle = len(chunk.records) // 2
            return [
                replace(chunk, records=chunk.records[:middle]),
                replace(chunk, records=chunk.records[middle:]),
            ]
        else:
            left = replace(chunk, attempts=chunk.attempts + 1)
        if 0 <= settings.maximum_retry_attempts < left.attempts:
            self._discard(left, "RetryAttemptsExhausted", result, settings, spec)
            return []
        self._back_off(left.attempts)
        return [left]

    def _back_off(self, attempts: int) -> None:
        limits = self.host.limits
        delay = limits.stream_retry_delay_seconds * 2.0 ** max(attempts - 1, 0)
        self.wait(min(delay, limits.stream_retry_delay_cap_seconds))

    def _drop_aged(self, chunk: Chunk, settings: MappingSettings, spec: FunctionSpec) -> Chunk:
        limit = settings.maximum_record_age_seconds
        if limit < 0:
            return chunk
        now = time.time()
        aged = [record for record in chunk.records if now - _created(record) > limit]
        if aged:
            self._discard(replace(chunk, records=aged), "RecordAgeExceeded", None, settings, spec)
        return replace(chunk, records=[record for record in chunk.records if record not in aged])

    def _discard(
        self,
        chunk: Chunk,
        condition: str,
        result: InvocationResult | None,
        settings: MappingSettings,
        spec: FunctionSpec,
    ) -> None:
        self.host.context.activity.record(
            "lambda",
            "stream-records-discarded",
            function=spec.function_name,
            condition=condition,
            records=len(chunk.records),
            destination=settings.on_failure,
        )
        if settings.on_failure is None:
            return
        request_id = result.request_id if result else self.mapping.uuid
        record = envelope(spec, condition, chunk.invocations, result, request_id)
        record["requestContext"]["functionArn"] = spec.function_arn
        record["DDBStreamBatchInfo"] = {
            "shardId": self._shard().id,
            "startSequenceNumber": str(_sequence(chunk.records[0])),
            "endSequenceNumber": str(_sequence(chunk.records[-1])),
            "approximateArrivalOfFirstRecord": _iso(chunk.records[0]),
            "approximateArrivalOfLastRecord": _iso(chunk.records[-1]),
            "batchSize": len(chunk.records),
            "streamArn": self.mapping.event_source_arn,
        }
        send_record(self.host, spec, settings.on_failure, record)


def _first_failure(chunk: Chunk, result: InvocationResult, settings: MappingSettings) -> int | None:
    """Return the index of the first record that is not handled, None when all are."""
    if result.failed:
        return 0
    if not settings.report_failures:
        return None
    identifiers = [str(_sequence(record)) for record in chunk.records]
    failed = failed_items(result.payload, identifiers)
    if failed is None:
        return 0
    return identifiers.index(failed[0]) if failed else None


def _sequence(record: dict[str, Any]) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def _created(record: dict[str, Any]) -> float:
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def _iso(record: dict[str, Any]) -> str:
    return datetime.fromtimestamp(_created(record), UTC).isoformat().replace("+00:00", "Z")
