"""Job settings as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class AudioSelectorSpec:
    """An audio selector: track numbers from 1, the first track in a language, or (neither) the first track.

    `offset_ms` delays it.
    """

    name: str
    tracks: tuple[int, ...]
    language: str | None
    is_default: bool
    offset_ms: int


@dataclass(frozen=True)
class InputSpec:
    """One job input. `rotate` is clockwise in degrees, None for what the input's metadata says."""

    location: str
    audio: dict[str, AudioSelectorSpec]
    rotate: int | None
    color_space: dict[str, str]
    color_space_forced: bool
    full_range: bool | None
    pad_with_black: bool


@dataclass(frozen=True)
class Mp4Spec:
    """The MP4 container."""

    fast_start: bool
    negative_composition_offsets: bool
    match_video_duration: bool
    major_brand: str | None


@dataclass(frozen=True)
class RateControl:
    """Rate control. Rates in bit/s, `buffer_bits` in bits; `crf` is set for quality-defined rate control."""

    mode: str
    passes: int
    quality_level: float | None
    crf: float | None
    bitrate: int | None
    max_bitrate: int | None
    max_average_bitrate: int | None
    buffer_bits: int | None
    buffer_fill: float | None


@dataclass(frozen=True)
class Gop:
    """Group of pictures: length in frames or seconds (one of them), or automatic (neither)."""

    frames: int | None
    seconds: float | None
    closed: bool
    b_frames: int | None
    b_reference: bool
    adaptive_b_frames: bool
    reference_frames: int | None
    minimum_interval: int | None
    scene_change: bool


@dataclass(frozen=True)
class H264Spec:
    """The H.264 encoder, as x264 understands it. `frame_rate` and `pixel_aspect` None: as the source."""

    preset: str
    rate: RateControl
    gop: Gop
    frame_rate: Fraction | None
    interpolate: bool
    pixel_aspect: Fraction | None
    profile: str | None
    level: str | None
    cabac: bool
    slices: int | None
    options: tuple[str, ...]
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class VideoSpec:
    """The video of an output. Sizes in pixels; None follows the source."""

    width: int | None
    height: int | None
    scaling: str
    scaler: str
    deinterlace: str | None
    deinterlace_all: bool
    to_rec709: bool
    tone_map: str
    squeeze_range: bool
    keep_color_metadata: bool
    codec: H264Spec


@dataclass(frozen=True)
class AudioSpec:
    """One audio track of an output. `channels` None follows the source; rates in bit/s and Hz."""

    selector: str
    channels: int | None
    bitrate: int | None
    quality: float | None
    sample_rate: int
    follow_language: bool
    language: str | None


@dataclass(frozen=True)
class OutputSpec:
    """One output file."""

    path: str
    name_modifier: str
    extension: str
    container: Mp4Spec
    video: VideoSpec | None
    audio: tuple[AudioSpec, ...]


@dataclass(frozen=True)
class OutputGroupSpec:
    """A file group. `destination` is for the caller."""

    path: str
    destination: str
    outputs: tuple[OutputSpec, ...]


@dataclass(frozen=True)
class JobSpec:
    """A whole job."""

    inputs: tuple[InputSpec, ...]
    groups: tuple[OutputGroupSpec, ...]
