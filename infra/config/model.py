"""The keys of a stack's configuration with their types and ranges; defaults and descriptions are in Pulumi.yaml.

Ranges of values that the functions use come from `vcp.domain.model.contract` and `vcp.wire.environment`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StrictBool

from infra.config import types
from infra.config.types import bounds_of
from vcp.domain.model.contract import Contract
from vcp.domain.text.identifiers import camel_case
from vcp.wire.environment import AirtableSyncSettings, LogLevel, NotifierSettings, ReconcilerSettings, TransferSettings

#: Lambda: 128 MB to 10,240 MB.
MemoryMb = Annotated[int, Field(ge=128, le=10_240)]
#: Lambda: 900 s at most.
TimeoutSeconds = Annotated[int, Field(ge=1, le=900)]


def key_of(field: str) -> str:
    """Return the configuration key of a field: `temp_days` is `vcp:tempDays`."""
    return f"vcp:{camel_case(field)}"


class StackConfig(BaseModel):
    """What may differ from stack to stack."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=key_of, hide_input_in_errors=True)

    stack: Annotated[types.StackName, Field(alias="stack")]
    region: Annotated[types.Region, Field(alias="aws:region")]

    # Contract
    limit_bytes: Annotated[int, bounds_of(Contract, "limit_bytes")]
    compress_above_bytes: Annotated[int, bounds_of(Contract, "compress_above_bytes")]
    min_height: Annotated[int, bounds_of(Contract, "min_height")]
    sync_tolerance_ms: Annotated[int, bounds_of(Contract, "sync_tolerance_ms")]

    # Retention
    temp_days: Annotated[int, Field(ge=1, le=365)]
    compressed_cold_after_days: Annotated[int, Field(ge=1, le=3650)]
    # Classes that allow immediate access, so that links keep working. GLACIER and DEEP_ARCHIVE need a restore first,
    # ONEZONE_IA would lose the only copy with its zone.
    compressed_cold_class: Literal["INTELLIGENT_TIERING", "STANDARD_IA", "GLACIER_IR"]
    noncurrent_version_days: Annotated[int, Field(ge=1, le=3650)]
    log_days: types.LogDays
    protect_data: StrictBool

    # Images and external services
    media_image: types.Image
    core_image: types.Image
    google_service_account_key: types.ServiceAccountKey
    drive_endpoint: types.Url
    watched_folder: types.Folder
    airtable_token: SecretStr
    airtable_base_id: types.AirtableBase
    airtable_table: Annotated[str, Field(min_length=1, max_length=255)]
    airtable_endpoint: types.Url
    airtable_calls_per_second: Annotated[int, bounds_of(AirtableSyncSettings, "airtable_calls_per_second")]

    # Notifications and access
    mail_recipients: types.Emails
    alarms: StrictBool
    alarm_recipients: types.Emails
    n8n_invoker: StrictBool
    bare_names: StrictBool
    permissions_boundary: types.PolicyArn

    # Concurrency, memory and time limits
    max_concurrent_transfers: Annotated[int, Field(ge=2, le=1000)]
    # Measured peaks and the margin above them: infra.function_memory; reasons: docs/images.md.
    intake_memory_mb: MemoryMb
    transfer_memory_mb: MemoryMb
    completion_memory_mb: MemoryMb
    airtable_sync_memory_mb: MemoryMb
    notifier_memory_mb: MemoryMb
    reconciler_memory_mb: MemoryMb
    transfer_timeout_seconds: TimeoutSeconds
    completion_timeout_seconds: TimeoutSeconds
    log_level: LogLevel

    # Leases, transfers and schedules
    lease_seconds: Annotated[int, bounds_of(TransferSettings, "lease_seconds")]
    heartbeat_seconds: Annotated[int, bounds_of(TransferSettings, "heartbeat_seconds")]
    handover_margin_seconds: Annotated[int, bounds_of(TransferSettings, "handover_margin_seconds")]
    part_bytes: Annotated[int, bounds_of(TransferSettings, "part_bytes")]
    parallel_parts: Annotated[int, bounds_of(TransferSettings, "parallel_parts")]
    queue_timeout_seconds: Annotated[int, bounds_of(ReconcilerSettings, "queue_timeout_seconds")]
    transcode_timeout_seconds: Annotated[int, bounds_of(ReconcilerSettings, "transcode_timeout_seconds")]
    status_update_seconds: Annotated[int, bounds_of(TransferSettings, "status_update_seconds")]
    mail_lease_seconds: Annotated[int, bounds_of(NotifierSettings, "mail_lease_seconds")]
    reconcile_rate: types.Rate
    relist_seconds: Annotated[int, bounds_of(ReconcilerSettings, "relist_seconds")]

    # Retries; ranges are those of SQS, Lambda and EventBridge
    transfer_retry_delay_seconds: Annotated[int, bounds_of(TransferSettings, "transfer_retry_delay_seconds")]
    transfer_max_receives: Annotated[int, Field(ge=1, le=1000)]
    scan_retry_delay_seconds: Annotated[int, bounds_of(ReconcilerSettings, "scan_retry_delay_seconds")]
    async_retries: Annotated[int, Field(ge=0, le=2)]
    async_max_age_seconds: Annotated[int, Field(ge=60, le=21_600)]
    event_retries: Annotated[int, Field(ge=0, le=185)]
    event_max_age_seconds: Annotated[int, Field(ge=60, le=86_400)]
    stream_retries: Annotated[int, Field(ge=0, le=10_000)]
    stream_max_age_seconds: Annotated[int, Field(ge=60, le=86_400)]
