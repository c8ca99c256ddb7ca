"""Notifier: mails people the outcomes of their videos, from the ledger's stream."""

from __future__ import annotations

import vcp.handlers.startup  # noqa: F401 - before every other import

# isort: split

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from vcp.adapters.aws import clients
from vcp.adapters.aws.ledger.stream import video_changes
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.aws.mail import SnsMailer
from vcp.adapters.clock import SystemClock
from vcp.domain.errors import VcpError
from vcp.handlers.errors import log_errors
from vcp.services.notifier import Notifier
from vcp.wire.environment import NotifierSettings, load
from vcp.wire.links import console_link

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(NotifierSettings)
logger = Logger(level=settings.log_level)


@cache
def notifier() -> Notifier:
    clock = SystemClock()
    return Notifier(
        ledger=DynamoLedger(clients.dynamodb(), settings.ledger_table, clock),
        mailer=SnsMailer(clients.sns(), settings.topic_arn),
        clock=clock,
        result_url=lambda result: console_link(settings.compressed_bucket, result.key, settings.aws_region),
        mail_lease=timedelta(seconds=settings.mail_lease_seconds),
    )


@logger.inject_lambda_context(clear_state=True)
@log_errors
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Return from where the stream has to deliver again (`batchItemFailures`: the first change that failed)."""
    for change in video_changes(event):
        try:
            notifier().notify(change.before, change.record)
        except VcpError as error:
            logger.warning(
                "not notified; the stream delivers again",
                extra={"video_id": change.record.video_id, "problem": str(error)},
            )
            return {"batchItemFailures": [{"itemIdentifier": change.sequence_number}]}
    return {"batchItemFailures": []}
