"""The shape of the encoder tables: figures that people may argue about, as versioned data with their sources.

The data is `data/encoder_tables.json`; an adapter loads it, since the domain does no I/O.
"""

from __future__ import annotations

from datetime import date
from math import exp, log
from typing import Annotated, Literal

from msgspec import Meta, ValidationError

from vcp.domain.value import Value

CodingMode = Literal["CODING_MODE_1_0", "CODING_MODE_2_0", "CODING_MODE_5_1"]
Bps = Annotated[int, Meta(gt=0, description="Bits a second.")]
Fraction01 = Annotated[float, Meta(ge=0, lt=1)]


class Rung(Value):
    """Bit rates of H.264 at one picture size, at the reference frame rate."""

    short_side: int
    pixels: int
    #: Below this nobody would call it 720p (or whatever it is) any more.
    min_bps: Bps
    #: Below this the next smaller size looks better at the same rate.
    target_bps: Bps
    #: Above this no passage needs more: MaxBitrate where the limit leaves room.
    max_bps: Bps

    def __post_init__(self) -> None:
        if not self.min_bps < self.target_bps < self.max_bps:
            raise ValidationError(f"rung {self.short_side}: least < keep < ample is broken")


class QualityStep(Value):
    """The QVBR level for budgets of at least `times_least` the least acceptable rate."""

    times_least: Annotated[float, Meta(ge=0)]
    level: Annotated[int, Meta(ge=1, le=10)]


class VideoTables(Value):
    source: str
    reference_frame_rate: float
    #: Bits grow with frames a second to this power: neighbouring frames resemble each other more.
    frame_rate_exponent: Fraction01
    most_frames_per_second: int
    ladder: Annotated[tuple[Rung, ...], Meta(min_length=2)]
    #: From the highest down; the last one has `times_least` 0.
    quality_steps: Annotated[tuple[QualityStep, ...], Meta(min_length=1)]
    #: MaxBitrate over MaxAverageBitrate.
    peak_over_average: Annotated[float, Meta(ge=1)]
    hrd_seconds: Annotated[float, Meta(gt=0)]
    #: Codec -> how many times its rate H.264 needs for the same picture; others count as 1.
    source_efficiency: dict[str, float]
    longest_side: int
    widest_short_side: int

    def __post_init__(self) -> None:
        pixels = [rung.pixels for rung in self.ladder]
        steps = [step.times_least for step in self.quality_steps]
        if pixels != sorted(set(pixels)) or steps != sorted(set(steps), reverse=True) or steps[-1] != 0:
            raise ValidationError("the ladder must rise, the quality steps must fall to 0")


class ContainerTables(Value):
    """What an MP4 costs beside its samples."""

    source: str
    bytes_per_video_frame: Annotated[float, Meta(gt=0)]
    bytes_per_audio_frame: Annotated[float, Meta(gt=0)]
    fixed_bytes: int
    bytes_per_track: int
    #: Output may be longer than the longest track by this: rounding of frame rates, padding.
    tail_seconds: float
    margin_fraction: Fraction01
    least_margin_bytes: int


class AudioTables(Value):
    source: str
    #: Coding mode -> AAC bit rates from generous to the least, all in the service's list.
    bitrates_bps: dict[CodingMode, tuple[int, ...]]
    #: Kept as they are; every other rate becomes `default_sample_rate_hz`.
    sample_rates_hz: tuple[int, ...]
    default_sample_rate_hz: int
    samples_per_frame: int
    #: How far the average of a "constant" rate may lie above its name.
    overshoot_fraction: Fraction01
    most_channels: int
    #: Sound that begins before or ends after the picture by more than this needs black frames beside it.
    pad_above_seconds: float


class InputRow(Value):
    """One container that the service takes, with the codecs it takes in it (ffprobe's names; `pcm_` all of them)."""

    name: str
    #: Of a stored copy: the service looks at it, and the name that people gave may be wrong.
    extension: Annotated[str, Meta(pattern=r"^[a-z0-9]{2,4}\Z")]
    formats: tuple[str, ...]
    #: Only files with one of these brands; without it any brand but those of other rows.
    brands: tuple[str, ...] = ()
    video: tuple[str, ...]
    audio: tuple[str, ...]


class InputTables(Value):
    source: str
    containers: tuple[InputRow, ...]
    #: Codec -> parts of pixel format names that it refuses.
    refused_pixel_formats: dict[str, tuple[str, ...]]


class Prices(Value):
    """US dollars."""

    source: str
    dated: date
    region: str
    #: Output minute of H.264, multi-pass HQ, up to 30 frames a second: short side up to -> price, rising.
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
        """The least acceptable video bit rate for a picture of `pixels` at this frame rate."""
        return self._rate("min_bps", pixels, frames_per_second)

    def target_bps(self, pixels: int, frames_per_second: float) -> int:
        """From this rate on a picture of this size is better than a smaller one."""
        return self._rate("target_bps", pixels, frames_per_second)

    def max_bps(self, pixels: int, frames_per_second: float) -> int:
        """More than this no passage needs."""
        return self._rate("max_bps", pixels, frames_per_second)

    def quality_level(self, times_least: float) -> int:
        """The QVBR level for a budget of so many times the least acceptable rate."""
        steps = self.video.quality_steps
        return next(step.level for step in steps if times_least >= step.times_least or step is steps[-1])

    def _rate(self, column: Literal["min_bps", "target_bps", "max_bps"], pixels: int, fps: float) -> int:
        """Between two rungs (and beyond the ends) rates follow a power of the pixel count through both."""
        ladder = self.video.ladder
        at = next((i for i, rung in enumerate(ladder) if rung.pixels >= pixels), len(ladder) - 1)
        low, high = ladder[max(0, at - 1)], ladder[max(1, at)]
        first, second = float(getattr(low, column)), float(getattr(high, column))
        slope = log(second / first) / log(high.pixels / low.pixels)
        rate = first * exp(slope * log(pixels / low.pixels))
        by_frames = float((fps / self.video.reference_frame_rate) ** self.video.frame_rate_exponent)
        return round(rate * by_frames)
