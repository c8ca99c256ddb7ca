"""notifier: mails people what became of their videos, from the ledger's stream."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from vcp.adapters import clients
from vcp.adapters.clock import SystemClock
from vcp.adapters.ledger import DynamoLedger
from vcp.adapters.ledger_stream import video_changes
from vcp.adapters.mail import SnsMailer
from vcp.domain.errors import VcpError
from vcp.functions.edge import at_the_edge
from vcp.interface.links import console_link
from vcp.interface.settings import NotifierSettings, load
from vcp.services.notifying import Notifying

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(NotifierSettings)
logger = Logger(level=settings.log_level)


@cache
def notifying() -> Notifying:
    clock = SystemClock()
    return Notifying(
        ledger=DynamoLedger(clients.dynamodb(), settings.ledger_table, clock),
        mailer=SnsMailer(clients.sns(), settings.topic_arn),
        clock=clock,
        result_url=lambda result: console_link(settings.compressed_bucket, result.key, settings.aws_region),
        mail_lease=timedelta(seconds=settings.mail_lease_seconds),
    )


@logger.inject_lambda_context(clear_state=True)
@at_the_edge
def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Answer where the stream has to come again (`batchItemFailures`: from the first change that failed)."""
    for change in video_changes(event):
        try:
            notifying().changed(change.before, change.record)
        except VcpError as error:
            logger.warning("the stream comes again", extra={"video_id": change.record.video_id, "problem": str(error)})
            return {"batchItemFailures": [{"itemIdentifier": change.sequence_number}]}
    return {"batchItemFailures": []}
