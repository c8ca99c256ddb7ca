"""The plan for one video: numbers and codes only. `vcp.domain.reporting.plan_text` puts them into words."""

from typing import Annotated, Literal

from msgspec import Meta

from vcp.domain.value import Value


class AudioPlan(Value):
    """One output audio track, made from one source track."""

    #: 1-based number of the source's audio track, as in MediaConvert's selectors.
    track_number: Annotated[int, Meta(ge=1)]
    #: MediaConvert AacSettings.CodingMode.
    coding_mode: Literal["CODING_MODE_1_0", "CODING_MODE_2_0", "CODING_MODE_5_1"]
    channels: int
    bitrate_bps: int
    sample_rate_hz: int
    #: ISO 639-2 code of the source track; None if it has none.
    language: str | None = None


class VideoPlan(Value):
    """The output video track."""

    width: Annotated[int, Meta(ge=32, multiple_of=2)]
    height: Annotated[int, Meta(ge=32, multiple_of=2)]
    #: None keeps the source's frame rate.
    frame_rate: str | None = None
    rotate: bool = False
    deinterlace: bool = False
    tone_map: bool = False
    #: Convert wide-gamut colors (BT.2020, P3) to BT.709; always set with `tone_map`.
    to_rec709: bool = False
    #: Convert full-range samples to the limited range that every player expects.
    squeeze_range: bool = False
    #: Audio starts before or ends after the video: fill the gap with black frames instead of cutting the audio.
    pad_with_black: bool = False
    qvbr_quality_level: Annotated[int, Meta(ge=1, le=10)]
    max_bitrate_bps: Annotated[int, Meta(ge=1_000, le=1_152_000_000)]
    hrd_buffer_bits: int
    #: None if MaxBitrate alone keeps the file below the limit.
    max_average_bitrate_bps: int | None = None


class SizeBudget(Value):
    """The limit divided, in bytes. `video + audio + container + margin` is at most `limit`."""

    limit_bytes: int
    video_bytes: int
    audio_bytes: int
    container_bytes: int
    margin_bytes: int


#: The frame size is the source's own, the largest of H.264, the largest for its bit rate, or the minimum allowed.
SizeCode = Literal["source", "codec_maximum", "bitrate", "minimum"]
#: What bounds the average video bit rate: MaxBitrate, the source's bit rate, or the size limit.
BitrateCode = Literal["peak", "source", "size_limit"]


class LargerSize(Value):
    """The next larger frame size, and the bit rate that it would need."""

    width: int
    height: int
    target_bps: int


class Rationale(Value):
    """The codes and numbers behind a plan's decisions."""

    size: SizeCode
    #: None for the largest candidate.
    larger_size: LargerSize | None = None
    #: Lowest acceptable video bit rate for the size, and the one from which it looks better than a smaller size.
    min_bps: int
    target_bps: int
    average_bitrate: BitrateCode
    #: The audio has a lower bitrate tier, because the video needs the bytes.
    reduced_audio: bool = False
    #: Of a corrective plan: the factor on the first plan's video bytes, or the step up in quality level.
    video_budget_factor: float | None = None
    quality_level_step: int = 0


class Plan(Value):
    schema_version: Literal[1] = 1
    #: 1 for the first plan of an attempt, 2 for the one corrective plan.
    revision: Annotated[int, Meta(ge=1, le=2)] = 1
    video: VideoPlan
    audio: tuple[AudioPlan, ...]
    budget: SizeBudget
    #: Maximum size of the result if the encoder keeps its bit rates; the verdict checks it.
    planned_max_bytes: int
    expected_duration_seconds: float
    rationale: Rationale
