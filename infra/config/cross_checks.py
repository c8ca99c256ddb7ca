"""Conditions between the values of a configuration. Errors and docs/configuration.md use the same words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infra.config.model import StackConfig
from infra.config.types import IMAGE_PATTERN
from infra.function_memory import BUFFERS_PER_PARALLEL_PART, MIB

#: S3 user guide, "Transitioning objects using Amazon S3 Lifecycle": the minimum age for STANDARD_IA.
STANDARD_IA_DAYS = 30


@dataclass(frozen=True)
class CrossCheck:
    """A condition on one field that depends on others."""

    field: str
    others: tuple[str, ...]
    #: Completes "Input should be ...", with the reason.
    allowed: str
    holds: Callable[[StackConfig], bool]


def _in_region(image: str, region: str) -> bool:
    match = IMAGE_PATTERN.fullmatch(image)
    return match is not None and match["region"] == region


def _parts_fit(config: StackConfig) -> bool:
    buffered_mb = BUFFERS_PER_PARALLEL_PART * config.part_bytes * config.parallel_parts / MIB
    return buffered_mb * 2 <= config.transfer_memory_mb


_OWN_REGION = "in the region of the stack, since Lambda takes images only from repositories in its own region"

CROSS_CHECKS = (
    CrossCheck(
        "compress_above_bytes",
        ("limit_bytes",),
        "at most limitBytes, since files between the two would be skipped although they exceed the limit",
        lambda c: c.compress_above_bytes <= c.limit_bytes,
    ),
    CrossCheck(
        "compressed_cold_after_days",
        ("compressed_cold_class",),
        f"at least {STANDARD_IA_DAYS} with STANDARD_IA, since S3 does not move objects to that class earlier",
        lambda c: c.compressed_cold_class != "STANDARD_IA" or c.compressed_cold_after_days >= STANDARD_IA_DAYS,
    ),
    CrossCheck("media_image", ("region",), _OWN_REGION, lambda c: _in_region(c.media_image, c.region)),
    CrossCheck("core_image", ("region",), _OWN_REGION, lambda c: _in_region(c.core_image, c.region)),
    CrossCheck(
        "airtable_base_id",
        ("airtable_token",),
        "set together with airtableToken, or empty like it, since both are needed to reach a table",
        lambda c: bool(c.airtable_base_id) == bool(c.airtable_token.get_secret_value()),
    ),
    CrossCheck(
        "alarm_recipients",
        ("alarms",),
        "empty if alarms is false, since the recipients would never receive anything",
        lambda c: c.alarms or not c.alarm_recipients,
    ),
    CrossCheck(
        "transfer_memory_mb",
        ("part_bytes", "parallel_parts"),
        "at least 4 times partBytes x parallelParts, since a copy buffers up to half of that",
        _parts_fit,
    ),
    CrossCheck(
        "heartbeat_seconds",
        ("lease_seconds",),
        "at most half of leaseSeconds, since one late heartbeat must not lose the lease",
        lambda c: c.heartbeat_seconds * 2 <= c.lease_seconds,
    ),
    CrossCheck(
        "handover_margin_seconds",
        ("transfer_timeout_seconds",),
        "at most half of transferTimeoutSeconds, since an invocation needs time to work",
        lambda c: c.handover_margin_seconds * 2 <= c.transfer_timeout_seconds,
    ),
    CrossCheck(
        "mail_lease_seconds",
        ("stream_max_age_seconds",),
        "at most half of streamMaxAgeSeconds, since Lambda must keep retrying a mail until its lease ends",
        lambda c: c.mail_lease_seconds * 2 <= c.stream_max_age_seconds,
    ),
)
