"""What transfer and completion have in common: the ledger with leases, and job submission."""

from __future__ import annotations

from datetime import timedelta

from vcp.adapters.aws import clients
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.aws.mediaconvert import MediaConvertTranscoder
from vcp.ports.clock import Clock
from vcp.ports.ledger import Ledger
from vcp.services.job_submission import JobSubmission
from vcp.wire.environment import JobSubmissionSettings, WorkerSettings


def worker_ledger(settings: WorkerSettings, clock: Clock) -> DynamoLedger:
    return DynamoLedger(clients.dynamodb(), settings.ledger_table, clock, heartbeat_seconds=settings.heartbeat_seconds)


def job_submission(settings: JobSubmissionSettings, ledger: Ledger, clock: Clock) -> JobSubmission:
    return JobSubmission(
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
        timeout=timedelta(seconds=settings.transcode_timeout_seconds),
    )
