"""The environment of each function as a validated model: the one description that infra and functions share.

A field `ledger_table` is the environment variable `LEDGER_TABLE`. infra builds a function's environment with
`environment_of`, which refuses a missing or a surplus variable before any resource exists; the function reads it
once, at import, with `load`. Values are text, as Lambda's environment is; durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Seconds = Annotated[float, Field(gt=0)]


class FunctionSettings(BaseSettings):
    """What every function knows."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=False)

    stack: Annotated[str, Field(description="The Pulumi stack, as it stands in job metadata and metrics.")]
    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    ledger_table: Annotated[str, Field(description="Name of the ledger's DynamoDB table.")]
    #: Powertools reads it too: loggers of services and functions then write one structured log, under this name.
    powertools_service_name: Annotated[str, Field(min_length=1)]
    #: Lambda itself sets it; infra must not (Lambda developer guide, "Reserved environment variables").
    aws_region: str = "us-east-1"


class DriveAccess(BaseSettings):
    """How Drive is reached. The key itself is in Secrets Manager."""

    google_key_secret_arn: Annotated[str, Field(description="Secret that holds the service account's JSON key.")]
    drive_endpoint: Annotated[str, Field(description="Base URL of the Drive API.")] = "https://www.googleapis.com"


class DoorSettings(FunctionSettings, DriveAccess):
    """video-file-processor."""

    transfer_queue_url: str
    limit_bytes: int
    compress_above_bytes: int
    min_height: int
    sync_tolerance_ms: int
    #: A queued video that no worker took up by then is queued again.
    queue_patience_seconds: Seconds = 900


class LeasedWork(FunctionSettings):
    """How a worker holds a video."""

    lease_seconds: Seconds = 120
    heartbeat_seconds: Seconds = 30


class JobSubmission(LeasedWork):
    """What giving MediaConvert a job needs, and reading and writing its files."""

    temp_bucket: str
    transcode_queue_arn: str
    transcode_role_arn: str
    preset_name: Annotated[str, Field(description="The house preset that the plan is merged into.")]
    #: An open job without an end for this long is looked up by the reconciler.
    transcode_patience_seconds: Seconds = 900
    #: MediaConvert accepts 10 to 600 (service model, StatusUpdateInterval).
    status_update_seconds: Annotated[int, Field(ge=10, le=600)] = 60


class TransferSettings(JobSubmission, DriveAccess):
    """video-transfer."""

    transfer_queue_url: str
    #: Handed over to a fresh invocation when less than this is left of the function's time.
    handover_margin_seconds: Seconds = 90
    #: After a passing fault the message comes again after this long, doubled at each receive.
    retry_delay_seconds: Seconds = 15
    part_bytes: Annotated[int, Field(ge=5 * 1024**2, le=512 * 1024**2)] = 32 * 1024**2
    parallel_parts: Annotated[int, Field(ge=1, le=16)] = 4


class CompletionSettings(JobSubmission):
    """completion-handler."""

    compressed_bucket: str


class LoggerSettings(FunctionSettings):
    """MetaDataLogger."""

    airtable_token_secret_arn: str
    airtable_base_id: str
    airtable_table: str = "Processed Videos"
    airtable_endpoint: str = "https://api.airtable.com"
    #: Airtable allows 5 calls a second and base (Airtable support, "Managing API call limits").
    airtable_calls_per_second: Annotated[float, Field(gt=0, le=5)] = 4
    compressed_bucket: str


class NotifierSettings(FunctionSettings):
    """notifier."""

    topic_arn: str
    compressed_bucket: str
    #: A mail claimed but not known as sent is sent again after this long.
    #: Longer than the function may run, and short: a dead sender holds up the stream for as long.
    mail_lease_seconds: Seconds = 90


class ReconcilerSettings(FunctionSettings):
    """reconciler."""

    transfer_queue_url: str
    completion_function: str
    queue_patience_seconds: Seconds = 900
    transcode_patience_seconds: Seconds = 900


#: Function key -> settings model. The keys name the modules of `vcp.functions` and infra's components.
SETTINGS_BY_FUNCTION: Mapping[str, type[FunctionSettings]] = {
    "video_file_processor": DoorSettings,
    "video_transfer": TransferSettings,
    "completion_handler": CompletionSettings,
    "metadata_logger": LoggerSettings,
    "notifier": NotifierSettings,
    "reconciler": ReconcilerSettings,
}

S = TypeVar("S", bound=FunctionSettings)


def load(model: type[S]) -> S:
    """Read the settings from the process environment. Raises `pydantic.ValidationError` naming each variable."""
    return model()


def environment_of(model: type[FunctionSettings], values: Mapping[str, Any]) -> dict[str, Any]:
    """Environment variables for `model` out of `values` (field name -> value, which may be a Pulumi output).

    Raises `ValueError` when a required field is missing or a value has no field.
    """
    fields = model.model_fields
    missing = sorted(name for name, field in fields.items() if field.is_required() and name not in values)
    surplus = sorted(set(values) - set(fields))
    if missing or surplus:
        parts = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"does not know {', '.join(surplus)}"] * bool(
            surplus
        )
        raise ValueError(f"the environment of {model.__name__} {' and '.join(parts)}")
    return {name.upper(): value if hasattr(value, "apply") else str(value) for name, value in values.items()}
