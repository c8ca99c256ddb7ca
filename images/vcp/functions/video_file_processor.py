"""video-file-processor, the door: what n8n calls with a file of Google Drive."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from vcp.adapters import clients
from vcp.adapters.clock import SystemClock
from vcp.adapters.drive import GoogleDrive
from vcp.adapters.ledger import DynamoLedger
from vcp.adapters.metrics import EmfMetrics
from vcp.adapters.pacing import Backoff
from vcp.adapters.queue import SqsTransferQueue
from vcp.adapters.secrets import StoredSecret
from vcp.domain.contract import Contract
from vcp.functions.edge import at_the_edge, told_to_the_caller
from vcp.interface.settings import DoorSettings, load
from vcp.services.intake import Intake

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(DoorSettings)
logger = Logger(level=settings.log_level)


@cache
def intake() -> Intake:
    clock = SystemClock()
    key = StoredSecret(clients.secretsmanager(), settings.google_key_secret_arn)
    return Intake(
        # Whoever calls waits for the answer and calls again: a few quick tries, not the patience of a worker.
        drive=GoogleDrive(key, settings.drive_endpoint, clock, Backoff(attempts=3, longest_seconds=2)),
        ledger=DynamoLedger(clients.dynamodb(), settings.ledger_table, clock),
        queue=SqsTransferQueue(clients.sqs(), settings.transfer_queue_url),
        clock=clock,
        contract=Contract(
            limit_bytes=settings.limit_bytes,
            compress_above_bytes=settings.compress_above_bytes,
            min_height=settings.min_height,
            sync_tolerance_ms=settings.sync_tolerance_ms,
        ),
        queue_patience=timedelta(seconds=settings.queue_timeout_seconds),
        metrics=EmfMetrics({"Stack": settings.stack}),
    )


@logger.inject_lambda_context(clear_state=True)
@at_the_edge
@told_to_the_caller
def handler(event: object, _: LambdaContext) -> dict[str, Any]:
    """Answer `DoorAnswer` as JSON. Raises what cannot be attributed to a file, and what may pass."""
    return intake().announce(event).to_wire()
