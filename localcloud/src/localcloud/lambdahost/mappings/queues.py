"""The poller of a queue: batches go to concurrent invocations and handled messages are deleted; the others are left to
the queue's visibility timeout and redrive policy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from moto.sqs.models import sqs_backends

from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.invocation import FunctionSpec
from localcloud.lambdahost.mappings.poller import Poller
from localcloud.lambdahost.mappings.records import failed_items, sqs_record
from localcloud.lambdahost.mappings.settings import MappingSettings


class QueuePoller(Poller):
    """Receives only while an invocation may start, so that no message is hidden while it waits."""

    def __init__(self, mapping: Any, host: LambdaHost, exists: Callable[[], bool]) -> None:
        super().__init__(mapping, host, exists)
        self._slots = threading.Condition()
        self._running = 0
        self._url: str | None = None

    def turn(self, settings: MappingSettings, spec: FunctionSpec) -> bool:
        limit = settings.maximum_concurrency or self.host.limits.sqs_concurrency
        with self._slots:
            if not self._slots.wait_for(lambda: self._running < limit, self.host.limits.poll_interval_seconds):
                return True
        batch = self._receive(settings, spec)
        if not batch:
            return False
        with self._slots:
            self._running += 1
        threading.Thread(
            target=self._handle, args=(batch, settings, spec), name="lambda-queue-batch", daemon=True
        ).start()
        return True

    def _receive(self, settings: MappingSettings, spec: FunctionSpec) -> list[dict[str, Any]]:
        if not self._queue().messages:  # read inside this process, so that an idle mapping makes no requests
            return []
        answer = (
            self.role(spec)
            .sqs()
            .receive_message(
                QueueUrl=self._queue_url(spec),
                MaxNumberOfMessages=settings.batch_size,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
                WaitTimeSeconds=0,
            )
        )
        return [sqs_record(message, settings.source_arn) for message in answer.get("Messages", [])]

    def _queue(self) -> Any:
        _, _, _, region, account_id, name = self.mapping.event_source_arn.split(":")
        queue = sqs_backends[account_id][region].queues.get(name)
        if queue is None:
            raise LookupError(f"The queue {self.mapping.event_source_arn} does not exist")
        return queue

    def _queue_url(self, spec: FunctionSpec) -> str:
        if self._url is None:
            name = self.mapping.event_source_arn.split(":")[-1]
            self._url = self.role(spec).sqs().get_queue_url(QueueName=name)["QueueUrl"]
        return self._url

    def _handle(self, batch: list[dict[str, Any]], settings: MappingSettings, spec: FunctionSpec) -> None:
        try:
            if handled := self._handled(batch, settings, spec):
                self._delete(handled, spec)
        except BaseException as failure:  # outermost edge of the thread
            self.report(failure)
            raise
        finally:
            with self._slots:
                self._running -= 1
                self._slots.notify_all()

    def _handled(
        self, batch: list[dict[str, Any]], settings: MappingSettings, spec: FunctionSpec
    ) -> list[dict[str, Any]]:
        """Invoke and return the records that were handled. A batch that is throttled for longer than the visibility
        timeout is dropped: its messages become visible again."""
        result = self.invoke(spec, batch, within_seconds=float(self._queue().visibility_timeout))
        if result is None or result.failed:
            return []
        if not settings.report_failures:
            return batch
        failed = failed_items(result.payload, [record["messageId"] for record in batch])
        return [] if failed is None else [record for record in batch if record["messageId"] not in failed]

    def _delete(self, records: Sequence[dict[str, Any]], spec: FunctionSpec) -> None:
        self.role(spec).sqs().delete_message_batch(
            QueueUrl=self._queue_url(spec),
            Entries=[
                {"Id": str(number), "ReceiptHandle": record["receiptHandle"]} for number, record in enumerate(records)
            ],
        )
