"""Transfer: consumes the transfer queue; copies videos from Drive to the temp bucket and submits their jobs."""

from __future__ import annotations

import vcp.handlers.startup  # noqa: F401 - before every other import

# isort: split

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from vcp.adapters.aws import clients
from vcp.adapters.aws.metrics import EmfMetrics
from vcp.adapters.aws.queue import SqsTransferQueue
from vcp.adapters.aws.s3.objects import S3Objects
from vcp.adapters.aws.secrets import StoredSecret
from vcp.adapters.clock import SystemClock
from vcp.adapters.encoder_tables import load_tables
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.probe.ffprobe import FfprobeProbe
from vcp.domain.errors import RetryableError
from vcp.handlers.errors import log_errors
from vcp.handlers.wiring import job_submission, worker_ledger
from vcp.services.copying import HandOver
from vcp.services.transfer import Transfer, TransferLimits
from vcp.wire.environment import MAX_RETRY_DELAY_SECONDS, TransferSettings, load
from vcp.wire.messages import TransferMessage

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(TransferSettings)
logger = Logger(level=settings.log_level)
#: A hand-over or a transient fault is not an error of the function: SQS delivers the message again and counts.
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@cache
def queue() -> SqsTransferQueue:
    return SqsTransferQueue(clients.sqs(), settings.transfer_queue_url)


@cache
def transfer() -> Transfer:
    clock = SystemClock()
    ledger = worker_ledger(settings, clock)
    key = StoredSecret(clients.secretsmanager(), settings.google_key_secret_arn)
    return Transfer(
        ledger=ledger,
        drive=GoogleDrive(key, settings.drive_endpoint, clock),
        temp=S3Objects(clients.s3(), settings.temp_bucket),
        probe=FfprobeProbe(),
        submission=job_submission(settings, ledger, clock),
        tables=load_tables(),
        clock=clock,
        metrics=EmfMetrics({"Stack": settings.stack}),
        limits=TransferLimits(
            part_bytes=settings.part_bytes,
            parallel_parts=settings.parallel_parts,
            lease=timedelta(seconds=settings.lease_seconds),
            handover_margin=timedelta(seconds=settings.handover_margin_seconds),
        ),
    )


def process_message(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Process one message. If that raises, make the message visible again before its timeout.

    Errors are logged here, since the batch processor only counts them.
    """
    try:
        message = msgspec.json.decode(record.body, type=TransferMessage)
        logger.append_keys(video_id=message.video_id, attempt=message.attempt)
        transfer().process(
            message,
            owner=lambda_context.aws_request_id,
            time_left=lambda: timedelta(milliseconds=lambda_context.get_remaining_time_in_millis()),
        )
    except HandOver:
        logger.info("handing over to another invocation")
        queue().make_visible(record.receipt_handle)
        raise
    except RetryableError as error:
        delay = _delay(record)
        logger.warning("retrying", extra={"delay_seconds": delay, "problem": str(error)})
        queue().make_visible(record.receipt_handle, after_seconds=delay)
        raise
    except Exception:
        delay = _delay(record)
        logger.exception("unexpected error; retrying", extra={"delay_seconds": delay})
        queue().make_visible(record.receipt_handle, after_seconds=delay)
        raise


def _delay(record: SQSRecord) -> float:
    """Return seconds, doubled at each receive up to a limit. Hand-overs count as receives too."""
    receives = int(record.attributes.approximate_receive_count)
    doublings: int = min(receives - 1, 20)
    return min(settings.transfer_retry_delay_seconds * 2.0**doublings, MAX_RETRY_DELAY_SECONDS)


@logger.inject_lambda_context(clear_state=True)
@log_errors
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Return the messages that are not done (`batchItemFailures`)."""
    return process_partial_response(event=event, record_handler=process_message, processor=processor, context=context)
