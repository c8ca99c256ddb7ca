"""Completion: handles MediaConvert job events from EventBridge."""

from __future__ import annotations

import vcp.handlers.startup  # noqa: F401 - before every other import

# isort: split

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from vcp.adapters.aws import clients
from vcp.adapters.aws.metrics import EmfMetrics
from vcp.adapters.aws.s3.objects import S3Objects
from vcp.adapters.clock import SystemClock
from vcp.adapters.encoder_tables import load_tables
from vcp.adapters.probe.ffprobe import FfprobeProbe
from vcp.adapters.probe.mp4_boxes import fast_start
from vcp.domain.mediaconvert.job_event import parse_job_event
from vcp.handlers.errors import log_errors
from vcp.handlers.wiring import job_submission, worker_ledger
from vcp.services.completion import Completion
from vcp.wire.environment import CompletionSettings, load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(CompletionSettings)
logger = Logger(level=settings.log_level)


@cache
def completion() -> Completion:
    clock = SystemClock()
    ledger = worker_ledger(settings, clock)
    return Completion(
        ledger=ledger,
        temp=S3Objects(clients.s3(), settings.temp_bucket),
        compressed=S3Objects(clients.s3(), settings.compressed_bucket),
        probe=FfprobeProbe(),
        fast_start=fast_start,
        submission=job_submission(settings, ledger, clock),
        tables=load_tables(),
        clock=clock,
        metrics=EmfMetrics({"Stack": settings.stack}),
        stack=settings.stack,
        lease=timedelta(seconds=settings.lease_seconds),
    )


@logger.inject_lambda_context(clear_state=True)
@log_errors
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Handle one event. Lambda retries what is raised, then the reconciler recovers it."""
    job_event = parse_job_event(event)
    logger.append_keys(video_id=job_event.video_id, job_id=job_event.job_id)
    completion().handle(job_event, owner=context.aws_request_id)
