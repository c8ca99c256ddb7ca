"""Values that may be right by themselves but not together: each agreement with its words and its reason.

Refusals and docs/configuration.md take their words from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra import allowed

if TYPE_CHECKING:
    from infra.settings import Settings

#: What a copy holds of a file at most, in parts for each that is under way: itself, and one that waits to be hashed
#: (vcp.services.copying).
BUFFERS_PER_PARALLEL_PART = 2
MIB = 1024**2
#: S3 user guide, "Transitioning objects using Amazon S3 Lifecycle": the least age for STANDARD_IA.
STANDARD_IA_DAYS = 30


@dataclass(frozen=True)
class Agreement:
    """What one key must be in the light of others."""

    key: str
    #: Keys that it is held against; with a namespace if not ours.
    others: tuple[str, ...]
    #: Complete "it must be ...".
    words: str
    #: Completes "since ...".
    why: str
    holds: Callable[[Settings, str], bool]


def _image_here(image: str, region: str) -> bool:
    return allowed.image_region(image) == region


def _parts_fit(settings: Settings, _: str) -> bool:
    held_mb = BUFFERS_PER_PARALLEL_PART * settings.part_bytes * settings.parallel_parts / MIB
    return held_mb * 2 <= settings.transfer_memory_mb


_OWN_REGION = "in the region of the stack"
_WHY_OWN_REGION = "Lambda takes images from repositories in its own region only"

AGREEMENTS = (
    Agreement(
        "compressAboveBytes",
        ("limitBytes",),
        "at most limitBytes",
        "files between the two would be left alone although they break the limit",
        lambda s, _: s.compress_above_bytes <= s.limit_bytes,
    ),
    Agreement(
        "compressedColdAfterDays",
        ("compressedColdClass",),
        f"at least {STANDARD_IA_DAYS} with STANDARD_IA",
        "S3 moves objects to that class no sooner",
        lambda s, _: s.compressed_cold_class != "STANDARD_IA" or s.compressed_cold_after_days >= STANDARD_IA_DAYS,
    ),
    Agreement(
        "mediaImage",
        ("aws:region",),
        _OWN_REGION,
        _WHY_OWN_REGION,
        lambda s, region: _image_here(s.media_image, region),
    ),
    Agreement(
        "coreImage", ("aws:region",), _OWN_REGION, _WHY_OWN_REGION, lambda s, region: _image_here(s.core_image, region)
    ),
    Agreement(
        "airtableBaseId",
        ("airtableToken",),
        "set together with airtableToken, or left empty like it",
        "one without the other reaches no table",
        lambda s, _: bool(s.airtable_base_id) == bool(s.airtable_token.get_secret_value()),
    ),
    Agreement(
        "alarmRecipients",
        ("alarms",),
        "empty where alarms is false",
        "nobody there would ever hear of anything",
        lambda s, _: s.alarms or not s.alarm_recipients,
    ),
    Agreement(
        "transferMemoryMb",
        ("partBytes", "parallelParts"),
        "at least 4 times partBytes x parallelParts",
        "a copy holds up to half of that and the rest is for Python and ffprobe",
        _parts_fit,
    ),
    Agreement(
        "heartbeatSeconds",
        ("leaseSeconds",),
        "at most half of leaseSeconds",
        "one late heartbeat must not lose the lease",
        lambda s, _: s.heartbeat_seconds * 2 <= s.lease_seconds,
    ),
    Agreement(
        "handoverMarginSeconds",
        ("transferTimeoutSeconds",),
        "at most half of transferTimeoutSeconds",
        "no time would be left to work",
        lambda s, _: s.handover_margin_seconds * 2 <= s.transfer_timeout_seconds,
    ),
    Agreement(
        "mailLeaseSeconds",
        ("streamMaxAgeSeconds",),
        "at most half of streamMaxAgeSeconds",
        "the mail of a sender that died would be given up before it may be sent again",
        lambda s, _: s.mail_lease_seconds * 2 <= s.stream_max_age_seconds,
    ),
)


def broken(settings: Settings, region: str) -> Iterator[Agreement]:
    """The agreements that these settings do not keep."""
    return (agreement for agreement in AGREEMENTS if not agreement.holds(settings, region))
