"""video-transfer: takes messages of the transfers queue, copies from Drive to the temp bucket, submits jobs."""

from __future__ import annotations

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
from vcp.handlers.wiring import submission, workers_ledger
from vcp.services.copying import HandOver
from vcp.services.transfer import Transfer, TransferLimits
from vcp.wire.environment import LONGEST_RETRY_DELAY_SECONDS, TransferSettings, load
from vcp.wire.messages import TransferMessage

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(TransferSettings)
logger = Logger(level=settings.log_level)
#: A hand-over or a passing fault is no fault of the function: the message comes again, and the queue counts.
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@cache
def queue() -> SqsTransferQueue:
    return SqsTransferQueue(clients.sqs(), settings.transfer_queue_url)


@cache
def transfer() -> Transfer:
    clock = SystemClock()
    ledger = workers_ledger(settings, clock)
    key = StoredSecret(clients.secretsmanager(), settings.google_key_secret_arn)
    return Transfer(
        ledger=ledger,
        drive=GoogleDrive(key, settings.drive_endpoint, clock),
        temp=S3Objects(clients.s3(), settings.temp_bucket),
        probe=FfprobeProbe(),
        submission=submission(settings, ledger, clock),
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


def take(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Work on one message. Whatever it raises makes the message visible again, sooner than its timeout would.

    The edge of one message: what is raised here is only counted by the batch's answer, so it is logged here.
    """
    try:
        message = msgspec.json.decode(record.body, type=TransferMessage)
        logger.append_keys(video_id=message.video_id, attempt=message.attempt)
        transfer().work(
            message,
            owner=lambda_context.aws_request_id,
            time_left=lambda: timedelta(milliseconds=lambda_context.get_remaining_time_in_millis()),
        )
    except HandOver:
        logger.info("handing over to a fresh invocation")
        queue().make_visible(record.receipt_handle)
        raise
    except RetryableError as error:
        delay = _delay(record)
        logger.warning("trying again", extra={"delay_seconds": delay, "problem": str(error)})
        queue().make_visible(record.receipt_handle, after_seconds=delay)
        raise
    except Exception:
        delay = _delay(record)
        logger.exception("an unforeseen fault; trying again", extra={"delay_seconds": delay})
        queue().make_visible(record.receipt_handle, after_seconds=delay)
        raise


def _delay(record: SQSRecord) -> float:
    """Seconds; doubled at each receive, up to a limit: hand-overs, which are no faults, count as receives too."""
    receives = int(record.attributes.approximate_receive_count)
    doublings: int = min(receives - 1, 20)
    return min(settings.retry_delay_seconds * 2.0**doublings, LONGEST_RETRY_DELAY_SECONDS)


@logger.inject_lambda_context(clear_state=True)
@log_errors
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Answer the messages that did not come to their end (`batchItemFailures`)."""
    return process_partial_response(event=event, record_handler=take, processor=processor, context=context)
