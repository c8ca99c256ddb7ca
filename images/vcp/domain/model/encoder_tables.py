"""The schema of the encoder tables: debatable figures, kept as versioned data with their sources.

The data is `data/encoder_tables.json`; an adapter loads it, since the domain does no I/O.
"""

from __future__ import annotations

from datetime import date
from math import exp, log
from typing import Annotated, Literal

from msgspec import Meta, ValidationError

from vcp.domain.value import Value

CodingMode = Literal["CODING_MODE_1_0", "CODING_MODE_2_0", "CODING_MODE_5_1"]
Bps = Annotated[int, Meta(gt=0, description="Bits per second.")]
Fraction01 = Annotated[float, Meta(ge=0, lt=1)]


class Rung(Value):
    """Bit rates of H.264 for one rung of the rendition ladder, at the reference frame rate."""

    short_side: int
    pixels: int
    #: Lowest acceptable rate for this size.
    min_bps: Bps
    #: Below this rate the next smaller size looks better.
    target_bps: Bps
    #: No scene needs more: MaxBitrate where the limit leaves room.
    max_bps: Bps

    def __post_init__(self) -> None:
        if not self.min_bps < self.target_bps < self.max_bps:
            raise ValidationError(f"rung {self.short_side}: min_bps < target_bps < max_bps does not hold")


class QualityStep(Value):
    """The QVBR level from a given ratio of average bit rate to `min_bps`."""

    min_bitrate_ratio: Annotated[float, Meta(ge=0)]
    level: Annotated[int, Meta(ge=1, le=10)]


class VideoTables(Value):
    source: str
    reference_frame_rate: float
    #: Bit rates grow with the frame rate to this power: at higher rates neighboring frames differ less.
    frame_rate_exponent: Fraction01
    max_frames_per_second: int
    ladder: Annotated[tuple[Rung, ...], Meta(min_length=2)]
    #: In descending order; the last one has `min_bitrate_ratio` 0.
    quality_steps: Annotated[tuple[QualityStep, ...], Meta(min_length=1)]
    #: MaxBitrate over MaxAverageBitrate.
    peak_over_average: Annotated[float, Meta(ge=1)]
    hrd_buffer_seconds: Annotated[float, Meta(gt=0)]
    #: Codec -> factor by which H.264 needs more bits for the same quality; 1 for all others.
    source_efficiency: dict[str, float]
    max_long_side: int
    max_short_side: int

    def __post_init__(self) -> None:
        pixels = [rung.pixels for rung in self.ladder]
        steps = [step.min_bitrate_ratio for step in self.quality_steps]
        if pixels != sorted(set(pixels)) or steps != sorted(set(steps), reverse=True) or steps[-1] != 0:
            raise ValidationError("the ladder must ascend, and the quality steps must descend to 0")


class ContainerTables(Value):
    """The size of an MP4 without its samples."""

    source: str
    bytes_per_video_frame: Annotated[float, Meta(gt=0)]
    bytes_per_audio_frame: Annotated[float, Meta(gt=0)]
    fixed_bytes: int
    bytes_per_track: int
    #: Rounded frame rates and padding may extend the output beyond the longest track by this much.
    tail_seconds: float
    margin_fraction: Fraction01
    min_margin_bytes: int


class AudioTables(Value):
    source: str
    #: Coding mode -> AAC bit rates in descending order, one per bitrate tier; all are legal in MediaConvert.
    bitrates_bps: dict[CodingMode, tuple[int, ...]]
    #: Kept; every other rate becomes `default_sample_rate_hz`.
    sample_rates_hz: tuple[int, ...]
    default_sample_rate_hz: int
    samples_per_frame: int
    #: By how much the average of a "constant" bit rate may exceed its nominal value.
    overshoot_fraction: Fraction01
    max_channels: int
    #: Audio that starts before or ends after the video by more than this is padded with black frames.
    pad_above_seconds: float


class InputRow(Value):
    """A container that MediaConvert reads, and the codecs it reads there (ffprobe's names; `pcm_` means all PCM)."""

    name: str
    #: Extension of the stored copy: MediaConvert uses it, and the original's may be wrong.
    extension: Annotated[str, Meta(pattern=r"^[a-z0-9]{2,4}\Z")]
    formats: tuple[str, ...]
    #: Only files of these brands; if empty, any brand that no other row lists.
    brands: tuple[str, ...] = ()
    video: tuple[str, ...]
    audio: tuple[str, ...]


class InputTables(Value):
    source: str
    containers: tuple[InputRow, ...]
    #: Codec -> parts of the names of pixel formats that MediaConvert does not read.
    unsupported_pixel_formats: dict[str, tuple[str, ...]]


class Prices(Value):
    """US dollars."""

    source: str
    dated: date
    region: str
    #: (maximum short side, price of an output minute) of H.264, multi-pass HQ, up to 30 fps; in ascending order.
    minute_by_short_side: tuple[tuple[int, float], ...]
    above_30_fps_factor: float
    minute_step: float
    s3_gb_month: float
    temp_days: float
    lambda_gb_second: float
    transfer_gb: float
    transfer_bytes_per_second: float
    other_functions_gb_seconds: float


class EncoderTables(Value):
    version: int
    video: VideoTables
    container: ContainerTables
    audio: AudioTables
    inputs: InputTables
    prices: Prices

    def min_bps(self, pixels: int, frames_per_second: float) -> int:
        """Return the lowest acceptable bit rate for a frame of `pixels` at this frame rate."""
        return self._rate("min_bps", pixels, frames_per_second)

    def target_bps(self, pixels: int, frames_per_second: float) -> int:
        """Return the bit rate from which this frame size looks better than a smaller one."""
        return self._rate("target_bps", pixels, frames_per_second)

    def max_bps(self, pixels: int, frames_per_second: float) -> int:
        """Return the bit rate that no scene exceeds usefully."""
        return self._rate("max_bps", pixels, frames_per_second)

    def quality_level(self, bitrate_ratio: float) -> int:
        """Return the QVBR level for a ratio of average bit rate to `min_bps`."""
        steps = self.video.quality_steps
        return next(step.level for step in steps if bitrate_ratio >= step.min_bitrate_ratio or step is steps[-1])

    def _rate(self, column: Literal["min_bps", "target_bps", "max_bps"], pixels: int, fps: float) -> int:
        """Interpolate between two rungs (and extrapolate beyond the ends) by a power of the pixel count."""
        ladder = self.video.ladder
        at = next((i for i, rung in enumerate(ladder) if rung.pixels >= pixels), len(ladder) - 1)
        low, high = ladder[max(0, at - 1)], ladder[max(1, at)]
        first, second = float(getattr(low, column)), float(getattr(high, column))
        slope = log(second / first) / log(high.pixels / low.pixels)
        rate = first * exp(slope * log(pixels / low.pixels))
        frame_rate_factor = float((fps / self.video.reference_frame_rate) ** self.video.frame_rate_exponent)
        return round(rate * frame_rate_factor)
