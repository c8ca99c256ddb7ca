"""The environment of each function as a validated model: the one description that infra and functions share.

A field `ledger_table` is the environment variable `VCP_LEDGER_TABLE`; the prefix tells ours from those of Lambda and
of libraries, so that one too many is noticed as well as one too few. infra builds a function's environment with
`environment_of`, the function reads it once, at import, with `load`; both refuse what is missing, surplus or empty.
No field has a default: defaults stand in Pulumi.yaml. Values are text, as Lambda's environment is; durations are
seconds.
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
#: Lambda sets it itself and refuses a function that brings it (Lambda developer guide, "Reserved environment
#: variables").
SET_BY_LAMBDA = frozenset({"AWS_REGION"})
#: The longest pause before a transfer is tried again: from then on the reconciler looks after it as well.
LONGEST_RETRY_DELAY_SECONDS = 900
#: How long the notifier may run.
NOTIFIER_TIMEOUT_SECONDS = 60

#: Stands for the folder's id where no folder is watched: no variable may be empty.
NOTHING_WATCHED = "none"

#: A day at most: nothing that was lost stays so for longer.
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class WrongEnvironmentError(Exception):
    """A function's environment is not what its settings model asks for; one sentence names function and variables."""

    def __init__(self, function: str, problems: Sequence[str]) -> None:
        super().__init__(f"the environment of {function} is wrong: {'; '.join(problems)}")


#: The key itself is in Secrets Manager.
GoogleKeySecretArn = Annotated[str, Meta(description="Secret that holds the service account's JSON key.")]
DriveEndpoint = Annotated[str, Meta(description="Base URL of the Drive API.")]


def _variable(name: str) -> str:
    return PREFIX + name.upper()


class FunctionSettings(Value, rename=_variable):
    """What every function knows. Made by `load` alone, which checks each value and that there is nothing else."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]
    ledger_table: Annotated[str, Meta(description="Name of the ledger's DynamoDB table.")]
    #: Powertools reads it too: loggers of services and functions then write one structured log, under this name.
    powertools_service_name: str = field(name="POWERTOOLS_SERVICE_NAME")


class StackMember(FunctionSettings):
    """Of those who sign with the stack's name."""

    stack: Annotated[str, Meta(description="The Pulumi stack, as it stands in job metadata and metrics.")]


class ResultLinks(FunctionSettings):
    """Of those who tell people where a result is."""

    compressed_bucket: str
    aws_region: str = field(name="AWS_REGION")


class IntakeSettings(StackMember):
    """video-file-processor. The ranges of the contract stand in `vcp.domain.model.contract`."""

    google_key_secret_arn: GoogleKeySecretArn
    drive_endpoint: DriveEndpoint
    transfer_queue_url: str
    limit_bytes: int
    compress_above_bytes: int
    min_height: int
    sync_tolerance_ms: int
    #: A queued video that no worker took up by then is queued again.
    queue_timeout_seconds: Seconds


class LeasedWork(StackMember):
    """How a worker holds a video."""

    lease_seconds: Seconds
    heartbeat_seconds: Seconds


class JobSubmission(LeasedWork):
    """What giving MediaConvert a job needs, and reading and writing its files."""

    temp_bucket: str
    transcode_queue_arn: str
    transcode_role_arn: str
    preset_name: Annotated[str, Meta(description="The house preset that the plan is merged into.")]
    #: An open job without an end for this long is looked up by the reconciler.
    transcode_timeout_seconds: Seconds
    #: MediaConvert accepts 10 to 600 (service model, StatusUpdateInterval).
    status_update_seconds: Annotated[int, Meta(ge=10, le=600)]


class TransferSettings(JobSubmission):
    """video-transfer."""

    google_key_secret_arn: GoogleKeySecretArn
    drive_endpoint: DriveEndpoint
    transfer_queue_url: str
    #: Handed over to a fresh invocation when less than this is left of the function's time.
    handover_margin_seconds: Seconds
    #: After a passing fault the message comes again after this long, doubled at each receive.
    retry_delay_seconds: Annotated[float, Meta(gt=0, le=LONGEST_RETRY_DELAY_SECONDS)]
    #: S3 takes parts from 5 MiB (S3 user guide, "Multipart upload limits").
    part_bytes: Annotated[int, Meta(ge=5 * 1024**2, le=512 * 1024**2)]
    parallel_parts: Annotated[int, Meta(ge=1, le=16)]


class CompletionSettings(JobSubmission):
    """completion-handler."""

    compressed_bucket: str


class AirtableSyncSettings(ResultLinks):
    """MetaDataLogger."""

    airtable_token_secret_arn: str
    airtable_base_id: str
    airtable_table: str
    airtable_endpoint: str
    #: Airtable allows 5 calls a second and base (Airtable support, "Managing API call limits").
    airtable_calls_per_second: Annotated[float, Meta(gt=0, le=5)]


class NotifierSettings(ResultLinks):
    """notifier."""

    topic_arn: str
    #: A mail claimed but not known as sent is sent again after this long.
    #: Longer than the function may run, and short: a dead sender holds up the stream for as long.
    mail_lease_seconds: Annotated[float, Meta(gt=NOTIFIER_TIMEOUT_SECONDS, le=86_400)]


class ReconcilerSettings(StackMember):
    """reconciler."""

    google_key_secret_arn: GoogleKeySecretArn
    drive_endpoint: DriveEndpoint
    transfer_queue_url: str
    completion_function: str
    queue_timeout_seconds: Seconds
    transcode_timeout_seconds: Seconds
    #: Id of the Drive folder whose tree is looked through, or `NOTHING_WATCHED`.
    watched_folder_id: str
    intake_function: str
    #: A file that the door failed for is announced again after this long, doubled each time.
    retry_delay_seconds: Annotated[float, Meta(gt=0, le=LONGEST_RETRY_DELAY_SECONDS)]
    #: Drive's log of changes is trusted for so long; then the whole tree is listed again.
    relist_seconds: Seconds


#: Function key -> settings model. The keys name the modules of `vcp.handlers` and infra's components.
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
    """Read the settings from the process environment. Raises `WrongEnvironmentError` with every problem."""
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
    """Raises ValueError with the clause that tells what is wrong."""
    if variable not in given:
        raise ValueError(f"{variable} is missing")
    text = given[variable]
    if not text:
        raise ValueError(f"{variable} is empty")
    try:
        return read(text, kind, strict=False)
    except ValidationError:
        from vcp.domain.text.constraints import allowed_words  # only where something is wrong: start-up time

        raise ValueError(f"{variable} is {text!r}, it must be {allowed_words([kind])}") from None


def environment_of(function: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Environment variables of a function out of `values` (field name -> value, which may be a Pulumi output).

    Raises `WrongEnvironmentError` when a variable is missing, surplus or empty. An output is looked at as soon as its
    value is known.
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
