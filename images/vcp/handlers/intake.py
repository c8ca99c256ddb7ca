"""Intake: called by n8n, or by the folder scan, with a file of Google Drive."""

from __future__ import annotations

import vcp.handlers.startup  # noqa: F401 - before every other import

# isort: split

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from vcp.adapters.aws import clients
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.aws.metrics import EmfMetrics
from vcp.adapters.aws.queue import SqsTransferQueue
from vcp.adapters.aws.secrets import StoredSecret
from vcp.adapters.clock import SystemClock
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.retry import Backoff
from vcp.domain.model.contract import Contract
from vcp.handlers.errors import log_errors, wrap_unexpected_errors
from vcp.services.intake import Intake
from vcp.wire.environment import IntakeSettings, load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(IntakeSettings)
logger = Logger(level=settings.log_level)


@cache
def intake() -> Intake:
    clock = SystemClock()
    key = StoredSecret(clients.secretsmanager(), settings.google_key_secret_arn)
    return Intake(
        # The caller waits for the answer and calls again: a few quick tries.
        drive=GoogleDrive(key, settings.drive_endpoint, clock, Backoff(attempts=3, max_seconds=2)),
        ledger=DynamoLedger(clients.dynamodb(), settings.ledger_table, clock),
        queue=SqsTransferQueue(clients.sqs(), settings.transfer_queue_url),
        clock=clock,
        contract=Contract(
            limit_bytes=settings.limit_bytes,
            compress_above_bytes=settings.compress_above_bytes,
            min_height=settings.min_height,
            sync_tolerance_ms=settings.sync_tolerance_ms,
        ),
        queue_timeout=timedelta(seconds=settings.queue_timeout_seconds),
        metrics=EmfMetrics({"Stack": settings.stack}),
    )


@logger.inject_lambda_context(clear_state=True)
@log_errors
@wrap_unexpected_errors
def handler(event: object, _: LambdaContext) -> dict[str, Any]:
    """Return `IntakeAnswer` as JSON. Raises for a call that names no file, and for transient faults."""
    return intake().submit(event).to_wire()
