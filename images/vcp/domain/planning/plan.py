"""The plan: what one video becomes, every number with its reason beside it. Data only; `planning` makes it."""

from typing import Annotated, Literal

from msgspec import Meta

from vcp.domain.value import Value


class Reason(Value):
    """One decision as people read it: "height", "720", "the least the contract allows; 1080 would need ..."."""

    what: str
    value: str
    why: str


class AudioPlan(Value):
    """One output audio track out of one source track."""

    #: 1-based number of the source's audio track, as MediaConvert selects it.
    track_number: Annotated[int, Meta(ge=1)]
    #: MediaConvert AacSettings.CodingMode.
    coding_mode: Literal["CODING_MODE_1_0", "CODING_MODE_2_0", "CODING_MODE_5_1"]
    channels: int
    bitrate_bps: int
    sample_rate_hz: int
    #: ISO 639-2 of the source, kept; None when the source has none.
    language: str | None = None


class VideoPlan(Value):
    """The picture of the output."""

    width: Annotated[int, Meta(ge=32, multiple_of=2)]
    height: Annotated[int, Meta(ge=32, multiple_of=2)]
    #: None keeps the source's rate (MediaConvert rounds a variable one up to a standard rate).
    frame_rate: str | None = None
    rotate: bool = False
    deinterlace: bool = False
    tone_map: bool = False
    #: Convert wide-gamut colour (BT.2020, P3) to BT.709; always with `tone_map`.
    to_rec709: bool = False
    #: Bring full-range levels into the limited range that every player expects.
    squeeze_range: bool = False
    #: Sound begins before or ends after the picture: black frames fill the gap instead of cutting sound.
    pad_with_black: bool = False
    qvbr_quality_level: Annotated[int, Meta(ge=1, le=10)]
    max_bitrate_bps: Annotated[int, Meta(ge=1_000, le=1_152_000_000)]
    hrd_buffer_bits: int
    #: None where MaxBitrate alone keeps the file inside the limit.
    max_average_bitrate_bps: int | None = None


class SizeBudget(Value):
    """How the limit is divided, in bytes. `video + audio + container + margin` is at most `limit`."""

    limit_bytes: int
    video_bytes: int
    audio_bytes: int
    container_bytes: int
    margin_bytes: int


class Plan(Value):
    schema_version: Literal[1] = 1
    #: 1 for the first plan of an attempt, 2 for the one corrective plan.
    revision: Annotated[int, Meta(ge=1, le=2)] = 1
    video: VideoPlan
    audio: tuple[AudioPlan, ...]
    budget: SizeBudget
    #: What the result may weigh at most if the service keeps its word; the verdict verifies it.
    planned_max_bytes: int
    expected_duration_seconds: float
    #: What the source has and the result will not: captions, regional language tags, track titles.
    losses: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
