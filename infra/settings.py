"""The stack's configuration as one frozen model. The only place that reads Pulumi's configuration.

Keys, defaults and descriptions stand in Pulumi.yaml; here stand the types and ranges. A value that goes into a
function's environment is also held against that function's settings model (`vcp.wire.environment`), and what
belongs to the contract against `vcp.domain.model.contract`, so that no range is written twice. What must hold between
values stands in `infra.agreements`; how a refusal reads, in `infra.refusals`.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, get_origin

from pulumi.runtime import config
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from infra import agreements, allowed, refusals
from infra.refusals import SettingsError
from vcp.domain.intake.drive_links import parse_file_reference
from vcp.domain.model.contract import Contract
from vcp.domain.text.names import camel_case
from vcp.domain.value import kinds_of
from vcp.wire.environment import NOTHING_WATCHED, SETTINGS_BY_FUNCTION, FunctionSettings

#: Classes whose objects open at once, so that links keep working. GLACIER and DEEP_ARCHIVE need a restore first,
#: ONEZONE_IA would lose the only copy with its zone.
ColdClass = Literal["INTELLIGENT_TIERING", "STANDARD_IA", "GLACIER_IR"]
Flag = Annotated[bool, allowed.FLAG]
Image = Annotated[str, allowed.IMAGE]
Url = Annotated[str, allowed.URL]
Emails = Annotated[tuple[Annotated[str, allowed.EMAIL], ...], allowed.EMAILS]
#: Lambda: 128 MB to 10,240 MB.
MemoryMb = Annotated[int, Field(ge=128, le=10_240)]
#: Lambda: 900 s at most.
TimeoutSeconds = Annotated[int, Field(ge=1, le=900)]


def key_of(name: str) -> str:
    """The configuration key of a field: `temp_days` is `tempDays`."""
    return camel_case(name)


class Settings(BaseModel):
    """What may differ from stack to stack. Field `temp_days` is the key `vcp:tempDays`."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=key_of, hide_input_in_errors=True)

    # The contract; ranges in vcp.domain.model.contract.
    limit_bytes: int
    compress_above_bytes: int
    min_height: int
    sync_tolerance_ms: int

    # What is kept for how long.
    temp_days: Annotated[int, Field(ge=1, le=365)]
    compressed_cold_after_days: Annotated[int, Field(ge=1, le=3650)]
    compressed_cold_class: ColdClass
    overwritten_days: Annotated[int, Field(ge=1, le=3650)]
    log_days: Annotated[int, allowed.LOG_RETENTION]
    protect_data: Flag

    # Images, and the services outside.
    media_image: Image
    core_image: Image
    google_service_account_key: Annotated[SecretStr, allowed.SERVICE_ACCOUNT_KEY]
    drive_endpoint: Url
    watched_folder: Annotated[str, allowed.WATCHED_FOLDER]
    airtable_token: SecretStr
    airtable_base_id: Annotated[str, allowed.AIRTABLE_BASE]
    airtable_table: Annotated[str, Field(min_length=1, max_length=255)]
    airtable_endpoint: Url
    airtable_calls_per_second: int

    # Who hears of it, and who may call.
    mail_recipients: Emails
    alarms: Flag
    alarm_recipients: Emails
    n8n_invoker: Flag
    bare_names: Flag
    permissions_boundary: Annotated[str, allowed.BOUNDARY]

    # How much at a time, how big, how long.
    max_concurrent_transfers: Annotated[int, Field(ge=2, le=1000)]
    # Memory: measured peaks and the margin above them in infra.function_memory, the reasons in docs/images.md.
    intake_memory_mb: MemoryMb
    transfer_memory_mb: MemoryMb
    completion_memory_mb: MemoryMb
    airtable_sync_memory_mb: MemoryMb
    notifier_memory_mb: MemoryMb
    reconciler_memory_mb: MemoryMb
    transfer_timeout_seconds: TimeoutSeconds
    completion_timeout_seconds: TimeoutSeconds
    log_level: str

    # Waiting, leases, parts; ranges in vcp.wire.environment.
    lease_seconds: int
    heartbeat_seconds: int
    handover_margin_seconds: int
    retry_delay_seconds: int
    part_bytes: int
    parallel_parts: int
    queue_timeout_seconds: int
    transcode_timeout_seconds: int
    status_update_seconds: int
    mail_lease_seconds: int
    reconcile_every: Annotated[str, allowed.RATE]
    relist_seconds: int

    # Trying again; ranges are the services' own.
    transfer_receives: Annotated[int, Field(ge=1, le=1000)]
    async_retries: Annotated[int, Field(ge=0, le=2)]
    async_max_age_seconds: Annotated[int, Field(ge=60, le=21_600)]
    event_retries: Annotated[int, Field(ge=0, le=185)]
    event_max_age_seconds: Annotated[int, Field(ge=60, le=86_400)]
    stream_retries: Annotated[int, Field(ge=0, le=10_000)]
    stream_max_age_seconds: Annotated[int, Field(ge=60, le=86_400)]

    @property
    def airtable(self) -> bool:
        """Whether there is a table to project to."""
        return bool(self.airtable_base_id)

    @property
    def watches(self) -> bool:
        """Whether there is a folder to look through."""
        return bool(self.watched_folder)

    @property
    def watched_folder_id(self) -> str:
        """The watched folder's id, out of its link as well; `NOTHING_WATCHED` if there is none."""
        return parse_file_reference(self.watched_folder).file_id if self.watched_folder else NOTHING_WATCHED

    def for_function(self, model: type[FunctionSettings]) -> dict[str, Any]:
        """The values that go into a function's environment as they are: those that the model has by the same name."""
        return {name: getattr(self, name) for name in kinds_of(model) if name in type(self).model_fields}


def kinds_of_setting(name: str) -> list[Any]:
    """Everything that is said of a setting: here, then where its range stands with those who use it."""
    elsewhere = (kinds_of(model) for model in (Contract, *SETTINGS_BY_FUNCTION.values()))
    return [refusals.kind_of(Settings.model_fields[name]), *(kinds[name] for kinds in elsewhere if name in kinds)]


def load(stack: str) -> tuple[Settings, str]:
    """The stack's settings and its AWS region.

    Raises `SettingsError` with every problem found; it is called before the first resource.
    """
    given = _given(stack)
    values = {name: _decoded(name, given.values.get(f"vcp:{key_of(name)}")) for name in Settings.model_fields}
    told = (refusals.wrong_value(given, key_of(name), value, kinds_of_setting(name)) for name, value in values.items())
    problems = [problem for problem in told if problem]
    problems += refusals.unknown_keys(given, {key_of(name) for name in values})
    problems += refusals.wrong_place(given)
    if problems:
        raise SettingsError(stack, problems)
    settings = Settings.model_validate({key_of(name): value for name, value in values.items()})
    broken = [refusals.broken_agreement(given, agreement) for agreement in agreements.broken(settings, given.region)]
    if broken:
        raise SettingsError(stack, broken)
    return settings, given.region


def _given(stack: str) -> refusals.Given:
    """All keys as Pulumi handed them over, those that nobody asks for too."""
    known = {"aws:region", *(f"vcp:{key_of(name)}" for name in Settings.model_fields)}
    texts = {key: config.get_config(key) for key in known | config.get_config_env().keys() | config.CONFIG.get().keys()}
    return refusals.Given(
        stack=stack,
        values={key: str(text) for key, text in texts.items() if text is not None},
        encrypted=frozenset(key for key in texts if config.is_config_secret(key)),
    )


def _decoded(name: str, text: str | None) -> Any:
    """Lists are JSON in Pulumi's configuration."""
    if text is None or get_origin(Settings.model_fields[name].annotation) is not tuple:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
