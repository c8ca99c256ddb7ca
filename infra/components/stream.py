"""Functions that follow the ledger's changes."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.alarms import Alarm
from infra.components.failure_queue import FailureQueue
from infra.components.function import ImageFunction
from infra.components.table import Ledger
from infra.components.trigger import PARTIAL_RESPONSES, RetryPolicy, Trigger
from vcp.wire.ledger_table import STREAM_FILTER

#: Above this, rows or mails are too far behind the ledger.
MAX_AGE_MS = 15 * 60 * 1000


def changes(ledger: Ledger, retry: RetryPolicy, *, batch_size: int, window_seconds: int = 0) -> Trigger:
    """Invoke a function with the changes of videos, in order; wait `window_seconds` for a batch to fill."""

    def connect(function: ImageFunction) -> StreamConsumer:
        args = StreamConsumerArgs(ledger, function, retry, batch_size, window_seconds)
        return StreamConsumer(f"{function.name}-changes", args)

    return Trigger([ledger.read_stream()], needs_failure_queue=True, connect=connect)


@dataclass(frozen=True)
class StreamConsumerArgs:
    """The ledger, the function that follows it, and how changes are batched and retried."""

    ledger: Ledger
    function: ImageFunction
    retry: RetryPolicy
    batch_size: int
    window_seconds: int


class StreamConsumer(pulumi.ComponentResource):
    """All changes in the stream, in order. A failing batch is bisected; its bad record goes to the queue."""

    def __init__(self, name: str, args: StreamConsumerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:stream:StreamConsumer", name, None, opts)
        function = args.function
        aws.lambda_.EventSourceMapping(
            f"{name}-mapping",
            function_name=function.arn,
            event_source_arn=args.ledger.stream_arn,
            # A new mapping reads the last 24 hours again; the consumers are idempotent and miss nothing.
            starting_position="TRIM_HORIZON",
            batch_size=args.batch_size,
            maximum_batching_window_in_seconds=args.window_seconds,
            filter_criteria={"filters": [{"pattern": json.dumps(STREAM_FILTER)}]},
            function_response_types=PARTIAL_RESPONSES,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=args.retry.retries,
            maximum_record_age_in_seconds=args.retry.max_age_seconds,
            destination_config={"on_failure": {"destination_arn": function.failure_queue.arn}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function]),
        )
        self.failure_queues: dict[str, FailureQueue] = {}
        self.alarms = [
            Alarm(
                f"{function.name}-late",
                "Changes of the ledger wait for this function.",
                ("AWS/Lambda", "IteratorAge", "Maximum", MAX_AGE_MS),
                {"FunctionName": function.function_name},
            )
        ]
        self.register_outputs({})
