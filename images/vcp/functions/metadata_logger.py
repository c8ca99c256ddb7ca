"""MetaDataLogger: keeps the Airtable table in step with the ledger, from the ledger's stream."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from vcp.adapters import clients
from vcp.adapters.airtable import AirtableTable
from vcp.adapters.clock import SystemClock
from vcp.adapters.ledger import DynamoLedger
from vcp.adapters.ledger_stream import video_changes
from vcp.adapters.secrets import StoredSecret
from vcp.domain.rows import TABLE_FIELDS
from vcp.functions.edge import at_the_edge
from vcp.interface.links import console_link
from vcp.interface.settings import LoggerSettings, load
from vcp.services.projecting import Projecting

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(LoggerSettings)
logger = Logger(level=settings.log_level)


@cache
def projecting() -> Projecting:
    clock = SystemClock()
    return Projecting(
        ledger=DynamoLedger(clients.dynamodb(), settings.ledger_table, clock),
        table=AirtableTable(
            StoredSecret(clients.secretsmanager(), settings.airtable_token_secret_arn),
            base_id=settings.airtable_base_id,
            table=settings.airtable_table,
            fields=TABLE_FIELDS,
            clock=clock,
            endpoint=settings.airtable_endpoint,
            calls_per_second=settings.airtable_calls_per_second,
        ),
        result_url=lambda result: console_link(settings.compressed_bucket, result.key, settings.aws_region),
    )


@logger.inject_lambda_context(clear_state=True)
@at_the_edge
def handler(event: dict[str, Any], _: LambdaContext) -> None:
    """Project every video of a batch at once: ten rows a call, and the batch comes again when Airtable fails."""
    projecting().project(change.record.video_id for change in video_changes(event))
