"""What video-transfer and completion-handler both put together: the ledger of a worker, the way to MediaConvert."""

from __future__ import annotations

from datetime import timedelta

from vcp.adapters.aws import clients
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.aws.mediaconvert import MediaConvertTranscoder
from vcp.ports.clock import Clock
from vcp.ports.ledger import Ledger
from vcp.services.job_submission import Submission
from vcp.wire.environment import JobSubmission, LeasedWork


def workers_ledger(settings: LeasedWork, clock: Clock) -> DynamoLedger:
    """The ledger of somebody who holds leases."""
    return DynamoLedger(clients.dynamodb(), settings.ledger_table, clock, heartbeat_seconds=settings.heartbeat_seconds)


def submission(settings: JobSubmission, ledger: Ledger, clock: Clock) -> Submission:
    """Submits plans to the stack's own queue, under the house preset."""
    return Submission(
        ledger=ledger,
        transcoder=MediaConvertTranscoder(
            clients.mediaconvert(),
            queue_arn=settings.transcode_queue_arn,
            role_arn=settings.transcode_role_arn,
            preset_name=settings.preset_name,
            status_update_seconds=settings.status_update_seconds,
        ),
        clock=clock,
        stack=settings.stack,
        temp_bucket=settings.temp_bucket,
        patience=timedelta(seconds=settings.transcode_timeout_seconds),
    )
