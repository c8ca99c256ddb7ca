"""The functions read their environment when they are imported: here stands one for all of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

import pytest

ENVIRONMENT = {
    "STACK": "test",
    "POWERTOOLS_SERVICE_NAME": "test",
    "LEDGER_TABLE": "ledger",
    "AWS_REGION": "us-east-1",
    "GOOGLE_KEY_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:google",
    "TRANSFER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/transfers",
    "TEMP_BUCKET": "temp",
    "COMPRESSED_BUCKET": "compressed",
    "TRANSCODE_QUEUE_ARN": "arn:aws:mediaconvert:us-east-1:123456789012:queues/test",
    "TRANSCODE_ROLE_ARN": "arn:aws:iam::123456789012:role/transcode",
    "PRESET_NAME": "preset",
    "LIMIT_BYTES": "200000000",
    "COMPRESS_ABOVE_BYTES": "200000000",
    "MIN_HEIGHT": "720",
    "SYNC_TOLERANCE_MS": "40",
    "RETRY_DELAY_SECONDS": "15",
    "AIRTABLE_TOKEN_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:airtable",
    "AIRTABLE_BASE_ID": "appX",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:mails",
    "COMPLETION_FUNCTION": "completion-handler",
}


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports a function as Lambda does, with its environment set."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return lambda key: importlib.import_module(f"vcp.functions.{key}")
