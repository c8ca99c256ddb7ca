"""The stack's configuration as one frozen model. The only place that reads `pulumi.Config`.

Keys, defaults and descriptions stand in Pulumi.yaml; here stand the types and ranges. A value that goes into a
function's environment is also held against that function's settings model (`vcp.interface.settings`), and what
belongs to the contract against `vcp.domain.contract`, so that no range is written twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any, Literal

import pulumi
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from infra import allowed
from infra.naming import name_problems
from vcp.domain.contract import Contract
from vcp.interface.settings import SETTINGS_BY_FUNCTION, FunctionSettings

#: Classes whose objects open at once, so that links keep working. GLACIER and DEEP_ARCHIVE need a restore first,
#: ONEZONE_IA would lose the only copy with its zone.
ColdClass = Literal["INTELLIGENT_TIERING", "STANDARD_IA", "GLACIER_IR"]
Email = Annotated[str, AfterValidator(allowed.email)]
#: Lambda: 128 MB to 10,240 MB.
MemoryMb = Annotated[int, Field(ge=128, le=10_240)]
#: Lambda: 900 s at most.
TimeoutSeconds = Annotated[int, Field(ge=1, le=900)]


def key_of(name: str) -> str:
    """The configuration key of a field: `temp_days` is `tempDays`, `n8n_invoker` is `n8nInvoker`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


class SettingsError(Exception):
    """The configuration is wrong; one line a problem: key, value, what is allowed."""

    def __init__(self, stack: str, problems: list[str]) -> None:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"the configuration of stack {stack} is not usable:\n{lines}")
        self.problems = problems


class Settings(BaseModel):
    """What may differ from stack to stack. Field `temp_days` is the key `vcp:tempDays`."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=key_of, hide_input_in_errors=True)

    # The contract; ranges in vcp.domain.contract.
    limit_bytes: int
    compress_above_bytes: int
    min_height: int
    sync_tolerance_ms: int

    # What is kept for how long.
    temp_days: Annotated[int, Field(ge=1, le=365)]
    compressed_cold_after_days: Annotated[int, Field(ge=1, le=3650)]
    compressed_cold_class: ColdClass
    overwritten_days: Annotated[int, Field(ge=1, le=3650)]
    log_days: Annotated[int, AfterValidator(allowed.log_retention)]
    protect_data: bool

    # Images, and the services outside.
    media_image: Annotated[str, AfterValidator(allowed.image_by_digest)]
    core_image: Annotated[str, AfterValidator(allowed.image_by_digest)]
    google_service_account_key: Annotated[SecretStr, AfterValidator(allowed.service_account_key)]
    drive_endpoint: Annotated[str, AfterValidator(allowed.secure_url)]
    airtable_token: SecretStr
    airtable_base_id: Annotated[str, AfterValidator(allowed.airtable_base)]
    airtable_table: Annotated[str, Field(min_length=1, max_length=255)]
    airtable_endpoint: Annotated[str, AfterValidator(allowed.secure_url)]
    airtable_calls_per_second: int

    # Who hears of it, and who may call.
    mail_recipients: Annotated[tuple[Email, ...], AfterValidator(allowed.without_repeats)]
    alarms: bool
    alarm_recipients: Annotated[tuple[Email, ...], AfterValidator(allowed.without_repeats)]
    n8n_invoker: bool
    bare_names: bool

    # How much at a time, how big, how long.
    max_concurrent_transfers: Annotated[int, Field(ge=2, le=1000)]
    door_memory_mb: MemoryMb
    transfer_memory_mb: MemoryMb
    completion_memory_mb: MemoryMb
    logger_memory_mb: MemoryMb
    notifier_memory_mb: MemoryMb
    reconciler_memory_mb: MemoryMb
    transfer_timeout_seconds: TimeoutSeconds
    completion_timeout_seconds: TimeoutSeconds
    log_level: str

    # Waiting, leases, parts; ranges in vcp.interface.settings.
    lease_seconds: int
    heartbeat_seconds: int
    handover_margin_seconds: int
    retry_delay_seconds: int
    part_bytes: int
    parallel_parts: int
    queue_patience_seconds: int
    transcode_patience_seconds: int
    status_update_seconds: int
    mail_lease_seconds: int
    reconcile_every: Annotated[str, AfterValidator(allowed.rate)]

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

    def for_function(self, model: type[FunctionSettings]) -> dict[str, Any]:
        """The values that go into a function's environment as they are: those that the model has by the same name."""
        return {name: getattr(self, name) for name in model.model_fields if name in type(self).model_fields}

    def contradictions(self, region: str) -> Iterator[str]:
        """Values that are right by themselves but not together."""
        if self.compress_above_bytes > self.limit_bytes:
            yield (
                f"vcp:compressAboveBytes is {self.compress_above_bytes}, above vcp:limitBytes ({self.limit_bytes}): "
                "files between the two would be left alone although they break the limit; it must not be greater"
            )
        if bool(self.airtable_base_id) != bool(self.airtable_token.get_secret_value()):
            yield (
                f"vcp:airtableBaseId is {self.airtable_base_id!r} and vcp:airtableToken is "
                f"{'set' if self.airtable_token.get_secret_value() else 'not set'}: give both, or neither to do "
                "without Airtable"
            )
        if self.compressed_cold_class == "STANDARD_IA" and self.compressed_cold_after_days < 30:
            yield (
                f"vcp:compressedColdAfterDays is {self.compressed_cold_after_days}: S3 moves objects to STANDARD_IA "
                "after 30 days at the earliest; give 30 or more, or another vcp:compressedColdClass"
            )
        for key, image in (("mediaImage", self.media_image), ("coreImage", self.core_image)):
            if allowed.image_region(image) != region:
                yield (
                    f"vcp:{key} is {image!r}, but aws:region is {region}: Lambda takes images from repositories in "
                    "its own region only"
                )
        yield from self._contradicting_times()

    def _contradicting_times(self) -> Iterator[str]:
        if self.heartbeat_seconds * 2 > self.lease_seconds:
            yield (
                f"vcp:heartbeatSeconds is {self.heartbeat_seconds}: at most half of vcp:leaseSeconds "
                f"({self.lease_seconds}), so that one late heartbeat does not lose the lease"
            )
        if self.handover_margin_seconds * 2 > self.transfer_timeout_seconds:
            yield (
                f"vcp:handoverMarginSeconds is {self.handover_margin_seconds}: at most half of "
                f"vcp:transferTimeoutSeconds ({self.transfer_timeout_seconds}), or no time is left to work"
            )
        buffers_mb = self.part_bytes * self.parallel_parts / 1024**2
        if buffers_mb > self.transfer_memory_mb / 2:
            yield (
                f"vcp:partBytes times vcp:parallelParts is {buffers_mb:.0f} MB: at most half of vcp:transferMemoryMb "
                f"({self.transfer_memory_mb}), the rest is for Python and ffprobe"
            )


def load(stack: str) -> tuple[Settings, str]:
    """The stack's settings and its AWS region.

    Raises `SettingsError` with every problem found; it is called before the first resource.
    """
    config = pulumi.Config()
    region = pulumi.Config("aws").get("region") or ""
    raw = {name: config.get(key_of(name)) for name in Settings.model_fields}
    problems = list(_single_problems(raw))
    if not region:
        problems.append("aws:region is not set: it must name the region to deploy to, such as eu-central-1")
    problems.extend(name_problems(stack, region, bare=raw["bare_names"] == "true"))
    if problems:
        raise SettingsError(stack, problems)
    settings = Settings.model_validate(_by_key(raw))
    if contradictions := list(settings.contradictions(region)):
        raise SettingsError(stack, contradictions)
    return settings, region


def _by_key(raw: dict[str, str | None]) -> dict[str, Any]:
    """Raw texts by key, without missing ones; lists are JSON in Pulumi's configuration."""
    return {key_of(name): _decoded(name, text) for name, text in raw.items() if text is not None}


def _decoded(name: str, text: str) -> Any:
    if name not in ("mail_recipients", "alarm_recipients"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _single_problems(raw: dict[str, str | None]) -> Iterator[str]:
    """One sentence for each value that is wrong by itself."""
    faulty: set[str] = set()
    by_key = _by_key(raw)
    for key, message in _errors(lambda: Settings.model_validate(by_key)):
        faulty.add(key)
        yield _sentence(key, by_key.get(key), message)
    for name, field in _fields_elsewhere():
        key = key_of(name)
        if key not in faulty:
            for _, message in _errors(partial(_validate_alone, field, by_key[key])):
                faulty.add(key)
                yield _sentence(key, by_key[key], message)
    if by_key.get("airtableToken") and not pulumi.runtime.is_config_secret("vcp:airtableToken"):
        yield "vcp:airtableToken is in plain text: it must be encrypted, `pulumi config set --secret airtableToken`"


def _fields_elsewhere() -> Iterator[tuple[str, FieldInfo]]:
    """Fields of the settings whose ranges stand with those who use them: the contract and the functions."""
    models: list[type[BaseModel]] = [Contract, *SETTINGS_BY_FUNCTION.values()]
    for name in Settings.model_fields:
        yield from ((name, model.model_fields[name]) for model in models if name in model.model_fields)


def _validate_alone(field: FieldInfo, value: Any) -> None:
    """Hold one value against one field of a model. Raises `pydantic.ValidationError`."""
    annotated: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    TypeAdapter[Any](annotated).validate_python(value)


def _errors(validate: Callable[[], Any]) -> list[tuple[str, str]]:
    """Key and message of everything that pydantic has to say."""
    try:
        validate()
    except ValidationError as error:
        return [(str(item["loc"][0]) if item["loc"] else "", str(item["msg"])) for item in error.errors()]
    return []


_SECRET_KEYS = {key_of(name) for name, field in Settings.model_fields.items() if field.annotation is SecretStr}


def _sentence(key: str, value: Any, message: str) -> str:
    if value is None:
        return f"vcp:{key} is not set; Pulumi.yaml says what it is for"
    message = re.sub(r"^(Input|String) should", "it must", message.removeprefix("Value error, "))
    shown = "[secret]" if key in _SECRET_KEYS else repr(value)
    return f"vcp:{key} is {shown}: {message}"
