"""The poller of a queue: batches to concurrent invocations, handled messages deleted, the others left to the
queue's visibility timeout and redrive policy.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from typing import Any

from moto.sqs.models import sqs_backends

from localcloud.lambdahost.invocation import FunctionSpec
from localcloud.lambdahost.limits import SYNC_PAYLOAD_LIMIT_BYTES
from localcloud.lambdahost.mappings.filters import Pattern, passes
from localcloud.lambdahost.mappings.partial import failed_items
from localcloud.lambdahost.mappings.poller import Poller
from localcloud.lambdahost.mappings.records import sqs_record
from localcloud.lambdahost.mappings.settings import MappingSettings

#: ReceiveMessage and DeleteMessageBatch take ten messages at most.
_CALL_LIMIT = 10


class QueuePoller(Poller):
    """Receives only while an invocation may start, so that no message waits invisibly for its turn."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._slots = threading.Condition()
        self._running = 0
        self._url: str | None = None

    def turn(self, settings: MappingSettings, spec: FunctionSpec) -> bool:
        limit = settings.maximum_concurrency or self.host.limits.sqs_concurrency
        with self._slots:
            if not self._slots.wait_for(lambda: self._running < limit, self.host.limits.poll_interval_seconds):
                return True
        messages = self._collect(settings, spec)
        if not messages:
            return False
        for batch in _by_size(self._wanted(messages, settings, spec)):
            with self._slots:
                self._running += 1
            threading.Thread(
                target=self._handle, args=(batch, settings, spec), name="lambda-queue-batch", daemon=True
            ).start()
        return True

    def _collect(self, settings: MappingSettings, spec: FunctionSpec) -> list[dict[str, Any]]:
        """Up to a batch of messages, gathered for at most the window after the first."""
        messages = self._receive(settings.batch_size, spec)
        window_ends = time.monotonic() + settings.window_seconds
        while messages and len(messages) < settings.batch_size and not self.ended:
            more = self._receive(settings.batch_size - len(messages), spec)
            messages += more
            if more:
                continue
            if time.monotonic() >= window_ends:
                break
            self.wait(self.host.limits.poll_interval_seconds)
        return messages

    def _receive(self, wanted: int, spec: FunctionSpec) -> list[dict[str, Any]]:
        if not self._has_visible_messages():
            return []
        answer = (
            self.role(spec)
            .sqs()
            .receive_message(
                QueueUrl=self._queue_url(spec),
                MaxNumberOfMessages=min(wanted, _CALL_LIMIT),
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
                WaitTimeSeconds=0,
            )
        )
        return [dict(message) for message in answer.get("Messages", [])]

    def _has_visible_messages(self) -> bool:
        """A look at the queue inside this process, so that an idle mapping costs no requests."""
        _, _, _, region, account_id, name = self.mapping.event_source_arn.split(":")
        queue = sqs_backends[account_id][region].queues.get(name)
        if queue is None:
            raise LookupError(f"The queue {self.mapping.event_source_arn} does not exist")
        return bool(queue.messages)

    def _queue_url(self, spec: FunctionSpec) -> str:
        if self._url is None:
            name = self.mapping.event_source_arn.split(":")[-1]
            self._url = self.role(spec).sqs().get_queue_url(QueueName=name)["QueueUrl"]
        return self._url

    def _wanted(
        self, messages: Sequence[dict[str, Any]], settings: MappingSettings, spec: FunctionSpec
    ) -> list[dict[str, Any]]:
        """The records that pass the filters; messages that do not are deleted, as Lambda does."""
        records = [sqs_record(message, settings.source_arn) for message in messages]
        wanted = [record for record in records if passes(settings.filters, _filterable(record, settings.filters))]
        self._delete([record for record in records if record not in wanted], spec)
        return wanted

    def _handle(self, batch: list[dict[str, Any]], settings: MappingSettings, spec: FunctionSpec) -> None:
        try:
            self._delete(self._handled(batch, settings, spec), spec)
        except BaseException as failure:  # outermost edge of the thread: told, and raised
            self.activity.record("lambda", "mapping-problem", mapping=self.mapping.uuid, error=repr(failure))
            raise
        finally:
            with self._slots:
                self._running -= 1
                self._slots.notify_all()

    def _handled(
        self, batch: list[dict[str, Any]], settings: MappingSettings, spec: FunctionSpec
    ) -> list[dict[str, Any]]:
        """The records that the function has dealt with. Throttled for longer than the queue hides a message,
        the batch is dropped and comes back by itself."""
        result = self.invoke(spec, batch, within_seconds=self._visibility_seconds())
        if result is None or result.failed:
            self.result("PROBLEM: Function call failed")
            return []
        failed: list[str] | None = []
        if settings.report_failures:
            failed = failed_items(result.payload, [record["messageId"] for record in batch])
        if failed is None:
            self.result("PROBLEM: The batch item failures of the function's answer are not understood")
            return []
        self.result("OK")
        return [record for record in batch if record["messageId"] not in failed]

    def _visibility_seconds(self) -> float:
        _, _, _, region, account_id, name = self.mapping.event_source_arn.split(":")
        queue = sqs_backends[account_id][region].queues.get(name)
        return float(queue.visibility_timeout) if queue is not None else 0.0

    def _delete(self, records: Sequence[dict[str, Any]], spec: FunctionSpec) -> None:
        for start in range(0, len(records), _CALL_LIMIT):
            self.role(spec).sqs().delete_message_batch(
                QueueUrl=self._queue_url(spec),
                Entries=[
                    {"Id": str(number), "ReceiptHandle": record["receiptHandle"]}
                    for number, record in enumerate(records[start : start + _CALL_LIMIT])
                ],
            )


def _filterable(record: dict[str, Any], filters: Sequence[Pattern]) -> dict[str, Any]:
    """The record with its body parsed, when a filter looks into the body and the body is a JSON object."""
    if not any(isinstance(pattern.get("body"), dict) for pattern in filters):
        return record
    try:
        body = json.loads(record["body"])
    except ValueError:
        return record
    return {**record, "body": body if isinstance(body, dict) else record["body"]}


def _by_size(records: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Batches that each stay below the size of one invocation's payload."""
    batches: list[list[dict[str, Any]]] = []
    size = 0
    for record in records:
        length = len(json.dumps(record)) + 2
        if not batches or size + length > SYNC_PAYLOAD_LIMIT_BYTES - 1024:
            batches.append([])
            size = 0
        batches[-1].append(record)
        size += length
    return batches
