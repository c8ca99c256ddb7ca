"""reconciler: on a schedule, takes up what was lost on the way."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from vcp.adapters import clients
from vcp.adapters.clock import SystemClock
from vcp.adapters.invoker import LambdaInvoker
from vcp.adapters.ledger import DynamoLedger
from vcp.adapters.metrics import EmfMetrics
from vcp.adapters.queue import SqsTransferQueue
from vcp.adapters.transcoder import JobLookup
from vcp.functions.edge import at_the_edge
from vcp.interface.settings import ReconcilerSettings, load
from vcp.services.reconciling import Reconciling

settings = load(ReconcilerSettings)
logger = Logger(level=settings.log_level)


@cache
def reconciling() -> Reconciling:
    clock = SystemClock()
    return Reconciling(
        ledger=DynamoLedger(clients.dynamodb(), settings.ledger_table, clock),
        queue=SqsTransferQueue(clients.sqs(), settings.transfer_queue_url),
        transcoder=JobLookup(clients.mediaconvert()),
        completion=LambdaInvoker(clients.functions(), settings.completion_function),
        clock=clock,
        metrics=EmfMetrics({"Stack": settings.stack}),
        stack=settings.stack,
        queue_patience=timedelta(seconds=settings.queue_patience_seconds),
        transcode_patience=timedelta(seconds=settings.transcode_patience_seconds),
    )


@logger.inject_lambda_context(clear_state=True)
@at_the_edge
def handler(_: object, __: LambdaContext) -> dict[str, int]:
    """Answer how many videos were taken up, by state: for the log, nobody depends on it."""
    return reconciling().tick()
