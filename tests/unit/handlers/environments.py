"""The environment variables of each function."""

from __future__ import annotations

from vcp.wire.environment import SETTINGS_BY_FUNCTION, variables_of

_ARN = "arn:aws:{}:us-east-1:123456789012:{}"
_VALUES = {
    "POWERTOOLS_SERVICE_NAME": "test",
    "AWS_REGION": "us-east-1",
    "VCP_STACK": "test",
    "VCP_LOG_LEVEL": "INFO",
    "VCP_LEDGER_TABLE": "ledger",
    "VCP_GOOGLE_KEY_SECRET_ARN": _ARN.format("secretsmanager", "secret:google"),
    "VCP_DRIVE_ENDPOINT": "https://www.googleapis.com",
    "VCP_TRANSFER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/transfers",
    "VCP_TEMP_BUCKET": "temp",
    "VCP_COMPRESSED_BUCKET": "compressed",
    "VCP_TRANSCODE_QUEUE_ARN": _ARN.format("mediaconvert", "queues/test"),
    "VCP_TRANSCODE_ROLE_ARN": "arn:aws:iam::123456789012:role/transcode",
    "VCP_PRESET_NAME": "preset",
    "VCP_LIMIT_BYTES": "200000000",
    "VCP_COMPRESS_ABOVE_BYTES": "200000000",
    "VCP_MIN_HEIGHT": "720",
    "VCP_SYNC_TOLERANCE_MS": "40",
    "VCP_LEASE_SECONDS": "120",
    "VCP_HEARTBEAT_SECONDS": "30",
    "VCP_HANDOVER_MARGIN_SECONDS": "90",
    "VCP_TRANSFER_RETRY_DELAY_SECONDS": "15",
    "VCP_SCAN_RETRY_DELAY_SECONDS": "15",
    "VCP_PART_BYTES": "33554432",
    "VCP_PARALLEL_PARTS": "4",
    "VCP_QUEUE_TIMEOUT_SECONDS": "900",
    "VCP_TRANSCODE_TIMEOUT_SECONDS": "900",
    "VCP_STATUS_UPDATE_SECONDS": "60",
    "VCP_MAIL_LEASE_SECONDS": "90",
    "VCP_AIRTABLE_TOKEN_SECRET_ARN": _ARN.format("secretsmanager", "secret:airtable"),
    "VCP_AIRTABLE_BASE_ID": "app0123456789ABCD",
    "VCP_AIRTABLE_TABLE": "Processed Videos",
    "VCP_AIRTABLE_ENDPOINT": "https://api.airtable.com",
    "VCP_AIRTABLE_CALLS_PER_SECOND": "4",
    "VCP_TOPIC_ARN": _ARN.format("sns", "mails"),
    "VCP_COMPLETION_FUNCTION": "completion-handler",
    "VCP_INTAKE_FUNCTION": "video-file-processor",
    "VCP_WATCHED_FOLDER_ID": "none",
    "VCP_RELIST_SECONDS": "86400",
}


def environment(key: str) -> dict[str, str]:
    """Return the variables of a function, and no others."""
    return {variable: _VALUES[variable] for variable in variables_of(SETTINGS_BY_FUNCTION[key]).values()}
