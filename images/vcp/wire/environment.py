"""The environment of each function as a validated model, shared by infra and functions.

The field `ledger_table` is the environment variable `VCP_LEDGER_TABLE`. The prefix separates our variables from those
of Lambda and of libraries, so that a surplus variable is noticed as well as a missing one. infra builds an environment
with `environment_of`; a function reads it once, at import, with `load`. Both reject missing, surplus and empty
variables. Fields have no defaults: those are in Pulumi.yaml. Durations are seconds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from msgspec import Meta, ValidationError, convert, field
from msgspec.structs import fields

from vcp.domain.value import Value, read

PREFIX = "VCP_"
#: Lambda sets these itself and rejects a function that defines them (Lambda developer guide, "Reserved environment
#: variables").
SET_BY_LAMBDA = frozenset({"AWS_REGION"})
#: The longest delay before a transfer is retried; by then the reconciler checks it as well.
MAX_RETRY_DELAY_SECONDS = 900
#: Time limit of the notifier.
NOTIFIER_TIMEOUT_SECONDS = 60

#: The folder's id if no folder is watched: no variable may be empty.
NOTHING_WATCHED = "none"

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

#: At most a day: lost work is recovered within that time.
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class WrongEnvironmentError(Exception):
    """A function's environment does not match its settings model. The message names function and variables."""

    def __init__(self, function: str, problems: Sequence[str]) -> None:
        super().__init__(f"the environment of {function} is wrong: {'; '.join(problems)}")


#: The key itself is in Secrets Manager.
GoogleKeySecretArn = Annotated[str, Meta(description="Secret that holds the service account's JSON key.")]
DriveEndpoint = Annotated[str, Meta(description="Base URL of the Drive API.")]


def _variable(name: str) -> str:
    return PREFIX + name.upper()


class FunctionSettings(Value, rename=_variable):
    """Settings of every function. Only `load` creates them; it checks every value."""

    log_level: LogLevel
    ledger_table: Annotated[str, Meta(description="Name of the ledger's DynamoDB table.")]
    #: Read by Powertools: all loggers of a function write one structured log under this name.
    powertools_service_name: str = field(name="POWERTOOLS_SERVICE_NAME")


class StackSettings(FunctionSettings):
    """Of functions that write the stack's name."""

    stack: Annotated[str, Meta(description="The Pulumi stack, as in job metadata and metrics.")]


class ResultLinkSettings(FunctionSettings):
    """Of functions that link to results."""

    compressed_bucket: str
    aws_region: str = field(name="AWS_REGION")


class IntakeSettings(StackSettings):
    """The ranges of the contract are in `vcp.domain.model.contract`."""

    google_key_secret_arn: GoogleKeySecretArn
    drive_endpoint: DriveEndpoint
    transfer_queue_url: str
    limit_bytes: int
    compress_above_bytes: int
    min_height: int
    sync_tolerance_ms: int
    #: A queued video that no worker has started by then is queued again.
    queue_timeout_seconds: Seconds


class WorkerSettings(StackSettings):
    """Of functions that hold leases."""

    lease_seconds: Seconds
    heartbeat_seconds: Seconds


class JobSubmissionSettings(WorkerSettings):
    """Of functions that submit jobs."""

    temp_bucket: str
    transcode_queue_arn: str
    transcode_role_arn: str
    preset_name: Annotated[str, Meta(description="The house preset that the plan is merged into.")]
    #: A job that is open for this long is checked by the reconciler.
    transcode_timeout_seconds: Seconds
    #: MediaConvert accepts 10 to 600 (service model, StatusUpdateInterval).
    status_update_seconds: Annotated[int, Meta(ge=10, le=600)]


class TransferSettings(JobSubmissionSettings):
    google_key_secret_arn: GoogleKeySecretArn
    drive_endpoint: DriveEndpoint
    transfer_queue_url: str
    #: With less than this left of the function's time, another invocation takes over.
    handover_margin_seconds: Seconds
    #: Delay before a message is delivered again after a transient fault, doubled at each receive.
    transfer_retry_delay_seconds: Annotated[float, Meta(gt=0, le=MAX_RETRY_DELAY_SECONDS)]
    #: S3 takes parts from 5 MiB (S3 user guide, "Multipart upload limits").
    part_bytes: Annotated[int, Meta(ge=5 * 1024**2, le=512 * 1024**2)]
    parallel_parts: Annotated[int, Meta(ge=1, le=16)]


class CompletionSettings(JobSubmissionSettings):
    compressed_bucket: str


class AirtableSyncSettings(ResultLinkSettings):
    airtable_token_secret_arn: str
    airtable_base_id: str
    airtable_table: str
    airtable_endpoint: str
    #: Airtable allows 5 calls a second and base (Airtable support, "Managing API call limits").
    airtable_calls_per_second: Annotated[float, Meta(gt=0, le=5)]


class NotifierSettings(ResultLinkSettings):
    topic_arn: str
    #: A mail that was claimed but not sent is sent again after this. Longer than the function may run, but short: a
    #: sender that died blocks the stream for as long.
    mail_lease_seconds: Annotated[float, Meta(gt=NOTIFIER_TIMEOUT_SECONDS, le=86_400)]


class ReconcilerSettings(StackSettings):
    google_key_secret_arn: GoogleKeySecretArn
    drive_endpoint: DriveEndpoint
    transfer_queue_url: str
    completion_function: str
    queue_timeout_seconds: Seconds
    transcode_timeout_seconds: Seconds
    #: Id of the watched Drive folder, or `NOTHING_WATCHED`.
    watched_folder_id: str
    intake_function: str
    #: Delay before a file that intake failed for is submitted again, doubled each time.
    scan_retry_delay_seconds: Annotated[float, Meta(gt=0, le=MAX_RETRY_DELAY_SECONDS)]
    #: How long Drive's change log is relied on before the whole tree is listed again.
    relist_seconds: Seconds


#: Function -> settings model. The keys are the modules of `vcp.handlers`.
SETTINGS_BY_FUNCTION: Mapping[str, type[FunctionSettings]] = {
    "intake": IntakeSettings,
    "transfer": TransferSettings,
    "completion": CompletionSettings,
    "airtable_sync": AirtableSyncSettings,
    "notifier": NotifierSettings,
    "reconciler": ReconcilerSettings,
}

S = TypeVar("S", bound=FunctionSettings)


def variables_of(model: type[FunctionSettings]) -> dict[str, str]:
    """Field -> environment variable."""
    return {field.name: field.encode_name for field in fields(model)}


def load(model: type[S]) -> S:
    """Read the settings from the environment. Raises `WrongEnvironmentError` with every problem."""
    wanted = fields(model)
    known = {each.encode_name for each in wanted}
    ours = {name: text.strip() for name, text in os.environ.items() if name in known or name.startswith(PREFIX)}
    values: dict[str, Any] = {}
    problems: list[str] = []
    for each in wanted:
        try:
            values[each.encode_name] = _value(each.encode_name, ours, each.type)
        except ValueError as problem:
            problems.append(str(problem))
    problems += [_surplus(variable) for variable in sorted(ours.keys() - known)]
    if problems:
        raise WrongEnvironmentError(_function_of(model), problems)
    return convert(values, model)


def _value(variable: str, given: Mapping[str, str], kind: Any) -> Any:
    """Raise ValueError with a clause that says what is wrong."""
    if variable not in given:
        raise ValueError(f"{variable} is missing")
    text = given[variable]
    if not text:
        raise ValueError(f"{variable} is empty")
    try:
        return read(text, kind, strict=False)
    except ValidationError:
        from vcp.domain.text.constraints import allowed_words  # only after an error: start-up time

        raise ValueError(f"{variable} is {text!r}, it must be {allowed_words(kind)}") from None


def environment_of(function: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a function's environment variables from `values` (field -> value, which may be a Pulumi output).

    Raises `WrongEnvironmentError` if a variable is missing, surplus or empty; of an output once its value is known.
    """
    variables = variables_of(SETTINGS_BY_FUNCTION[function])
    ours = {name: variable for name, variable in variables.items() if variable not in SET_BY_LAMBDA}
    problems = [f"{variable} is missing" for name, variable in ours.items() if name not in values]
    problems += [_surplus(variables.get(name, PREFIX + name.upper())) for name in sorted(values.keys() - ours)]
    if problems:
        raise WrongEnvironmentError(function, problems)
    return {ours[name]: _given(partial(_text, function, ours[name]), value) for name, value in values.items()}


def _given(text: Any, value: Any) -> Any:
    return value.apply(text) if hasattr(value, "apply") else text(value)


def _surplus(variable: str) -> str:
    return f"{variable} is {'set by Lambda itself' if variable in SET_BY_LAMBDA else 'not one of its variables'}"


def _text(function: str, variable: str, value: Any) -> str:
    text = "" if value is None else str(value)
    if not text.strip():
        raise WrongEnvironmentError(function, [f"{variable} is empty"])
    return text


def _function_of(model: type[FunctionSettings]) -> str:
    return next((key for key, known in SETTINGS_BY_FUNCTION.items() if known is model), model.__name__)
