"""Airtable sync: keeps the Airtable table up to date from the ledger's stream."""

from __future__ import annotations

import vcp.handlers.startup  # noqa: F401 - before every other import

# isort: split

from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from vcp.adapters.airtable import AirtableTable
from vcp.adapters.aws import clients
from vcp.adapters.aws.ledger.stream import video_changes
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.aws.secrets import StoredSecret
from vcp.adapters.clock import SystemClock
from vcp.domain.reporting.airtable_rows import TABLE_FIELDS
from vcp.handlers.errors import log_errors
from vcp.services.airtable_sync import AirtableSync
from vcp.wire.environment import AirtableSyncSettings, load
from vcp.wire.links import console_link

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(AirtableSyncSettings)
logger = Logger(level=settings.log_level)


@cache
def airtable_sync() -> AirtableSync:
    clock = SystemClock()
    return AirtableSync(
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
@log_errors
def handler(event: dict[str, Any], _: LambdaContext) -> None:
    """Write the videos of a batch together, ten rows a call. The batch is delivered again if Airtable fails."""
    airtable_sync().sync(change.record.video_id for change in video_changes(event))
