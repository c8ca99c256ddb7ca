"""Event source mappings: how work and the ledger's changes reach functions, and where failures go."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.function import ImageFunction
from infra.ledger import Ledger
from infra.queues import FailureQueue, Patience, WorkQueue
from vcp.wire.ledger_table import STREAM_FILTER

#: The function says which records failed; the others are done.
PARTIAL_ANSWERS = ["ReportBatchItemFailures"]


class WorkMapping(pulumi.ComponentResource):
    """One message an invocation, a bounded number at a time. Failures: the queue's dead letters."""

    def __init__(
        self,
        name: str,
        function: ImageFunction,
        queue: WorkQueue,
        *,
        max_concurrency: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("vcp:mappings:WorkMapping", name, None, opts)
        queue.grant_consume(function)
        aws.lambda_.EventSourceMapping(
            f"{name}-mapping",
            function_name=function.arn,
            event_source_arn=queue.arn,
            batch_size=1,
            # Not reserved concurrency: that must leave 100 unreserved, which new accounts do not have.
            scaling_config={"maximum_concurrency": max_concurrency},
            function_response_types=PARTIAL_ANSWERS,
            # Lambda checks the role when the mapping is made.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(function.grants)),
        )
        self.register_outputs({})


@dataclass(frozen=True)
class StreamMappingArgs:
    """How changes of the ledger are gathered and how long they are tried."""

    failure_queue_name: str
    batch_size: int
    #: Wait so long for a batch to fill.
    window_seconds: int
    patience: Patience


class StreamMapping(pulumi.ComponentResource):
    """Changes of videos, in order, from the table's first; a poisoned one is singled out and put aside."""

    def __init__(
        self,
        name: str,
        function: ImageFunction,
        ledger: Ledger,
        args: StreamMappingArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("vcp:mappings:StreamMapping", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.failures = FailureQueue(f"{name}-failures", args.failure_queue_name, opts=child)
        self.failures.grant_send(function, "failures")
        ledger.grant_stream(function)
        aws.lambda_.EventSourceMapping(
            f"{name}-mapping",
            function_name=function.arn,
            event_source_arn=ledger.stream_arn,
            # A new mapping sees the last 24 hours again; both consumers are idempotent, and nothing is missed.
            starting_position="TRIM_HORIZON",
            batch_size=args.batch_size,
            maximum_batching_window_in_seconds=args.window_seconds,
            filter_criteria={"filters": [{"pattern": json.dumps(STREAM_FILTER)}]},
            function_response_types=PARTIAL_ANSWERS,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=args.patience.retries,
            maximum_record_age_in_seconds=args.patience.max_age_seconds,
            destination_config={"on_failure": {"destination_arn": self.failures.arn}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(function.grants)),
        )
        self.register_outputs({"failures": self.failures.arn})
