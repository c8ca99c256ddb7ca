"""Reconciler: on a schedule, recovers lost work and scans the watched folder."""

from __future__ import annotations

import vcp.handlers.startup  # noqa: F401 - before every other import

# isort: split

from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from vcp.adapters.aws import clients
from vcp.adapters.aws.completion_function import CompletionFunction
from vcp.adapters.aws.intake_function import IntakeFunction
from vcp.adapters.aws.ledger.scan import ScanLedger
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.aws.mediaconvert import JobLookup
from vcp.adapters.aws.metrics import EmfMetrics
from vcp.adapters.aws.queue import SqsTransferQueue
from vcp.adapters.aws.secrets import StoredSecret
from vcp.adapters.clock import SystemClock
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.google.folder_tree import DriveTree
from vcp.adapters.retry import Backoff
from vcp.handlers.errors import log_errors
from vcp.services.folder_scanner import FolderScanner
from vcp.services.reconciler import Reconciler
from vcp.wire.environment import NOTHING_WATCHED, ReconcilerSettings, load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(ReconcilerSettings)
logger = Logger(level=settings.log_level)


@cache
def reconciler() -> Reconciler:
    clock = SystemClock()
    return Reconciler(
        ledger=DynamoLedger(clients.dynamodb(), settings.ledger_table, clock),
        queue=SqsTransferQueue(clients.sqs(), settings.transfer_queue_url),
        transcoder=JobLookup(clients.mediaconvert()),
        completion=CompletionFunction(clients.functions(), settings.completion_function),
        clock=clock,
        metrics=EmfMetrics({"Stack": settings.stack}),
        stack=settings.stack,
        queue_timeout=timedelta(seconds=settings.queue_timeout_seconds),
        transcode_timeout=timedelta(seconds=settings.transcode_timeout_seconds),
    )


@cache
def folder_scanner() -> FolderScanner | None:
    """Return None if no folder is watched."""
    if settings.watched_folder_id == NOTHING_WATCHED:
        return None
    clock = SystemClock()
    key = StoredSecret(clients.secretsmanager(), settings.google_key_secret_arn)
    return FolderScanner(
        # A few tries: the next run is soon.
        drive=DriveTree(GoogleDrive(key, settings.drive_endpoint, clock, Backoff(attempts=3, max_seconds=5))),
        store=ScanLedger(clients.dynamodb(), settings.ledger_table),
        intake=IntakeFunction(clients.answering_functions(), settings.intake_function),
        clock=clock,
        metrics=EmfMetrics({"Stack": settings.stack}),
        folder_id=settings.watched_folder_id,
        relist_after=timedelta(seconds=settings.relist_seconds),
        retry_delay=timedelta(seconds=settings.scan_retry_delay_seconds),
    )


@logger.inject_lambda_context(clear_state=True)
@log_errors
def handler(_: object, context: LambdaContext) -> dict[str, int]:
    """Return how many videos were recovered, by state, and how many files submitted: for the log only.

    Neither task stops the other; the first fault is raised after both.
    """
    counts: dict[str, int] = {}
    faults: list[Exception] = []
    for task in (_recover, partial(_scan, context)):
        try:
            counts |= task()
        except Exception as fault:  # noqa: BLE001 - the outermost edge: raised below, after the other task
            faults.append(fault)
    if len(faults) > 1:
        logger.error("the other task failed as well", exc_info=faults[1])
    if faults:
        raise faults[0]
    return counts


def _recover() -> dict[str, int]:
    return reconciler().run()


def _scan(context: LambdaContext) -> dict[str, int]:
    if (scanner := folder_scanner()) is None:
        return {}
    submitted = scanner.run(lambda: timedelta(milliseconds=context.get_remaining_time_in_millis()))
    return {"submitted": submitted} if submitted else {}
