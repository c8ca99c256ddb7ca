"""The properties of a media file that the pipeline uses. `vcp.domain.source.ffprobe` fills them in."""

from typing import Annotated, Literal

from msgspec import Meta

from vcp.domain.value import Value


class VideoTrack(Value):
    """One video track. Sizes are as stored; `display_*` apply sample aspect ratio and rotation."""

    index: int
    codec: str
    profile: str | None = None
    pixel_format: str | None = None
    bit_depth: int | None = None
    width: int
    height: int
    sample_aspect_ratio: Annotated[str, Meta(pattern=r"^[0-9]+:[0-9]+\Z")] = "1:1"
    #: Clockwise rotation in degrees that a player applies, from the display matrix: 0, 90, 180 or 270.
    rotation: int = 0
    #: Frames per second as a fraction "num/den"; the average of a variable frame rate.
    frame_rate: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+\Z")]
    #: The nominal rate (r_frame_rate) differs from the average by more than rounding.
    variable_frame_rate: bool = False
    field_order: Literal["progressive", "interlaced", "unknown"] = "unknown"
    #: Sample values 0-255 instead of 16-235 (ffprobe's color_range `pc`).
    full_range: bool = False
    color_transfer: str | None = None
    color_primaries: str | None = None
    color_space: str | None = None
    bitrate_bps: int | None = None
    duration_seconds: float | None = None
    start_seconds: float | None = None
    frame_count: int | None = None

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height in square pixels, after rotation."""
        num, den = (int(part) for part in self.sample_aspect_ratio.split(":"))
        width = round(self.width * num / den) if num > 0 and den > 0 else self.width
        return (self.height, width) if self.rotation in (90, 270) else (width, self.height)

    @property
    def display_width(self) -> int:
        return self.display_size[0]

    @property
    def display_height(self) -> int:
        return self.display_size[1]

    @property
    def short_side(self) -> int:
        return min(self.display_size)

    @property
    def frames_per_second(self) -> float:
        num, den = (int(part) for part in self.frame_rate.split("/"))
        return num / den if den else 0.0

    @property
    def is_hdr(self) -> bool:
        """PQ and HLG (ITU-R BT.2100), as ffprobe names their transfer functions."""
        return self.color_transfer in ("smpte2084", "arib-std-b67")


class AudioTrack(Value):
    """One audio track; `number` counts audio tracks from 1, as MediaConvert's selectors do."""

    index: int
    number: Annotated[int, Meta(ge=1)]
    codec: str
    channels: Annotated[int, Meta(ge=0)]
    channel_layout: str | None = None
    sample_rate_hz: int | None = None
    #: Language tag of the container in lower case; None if it has none or `und`.
    language: str | None = None
    title: str | None = None
    bitrate_bps: int | None = None
    duration_seconds: float | None = None
    start_seconds: float | None = None


class CaptionTrack(Value):
    index: int
    codec: str
    language: str | None = None
    title: str | None = None


class MediaFacts(Value):
    """The properties of a whole file."""

    #: ffprobe's format_name, for instance "mov,mp4,m4a,3gp,3g2,mj2".
    container: str
    #: `ftyp` brand, which distinguishes MP4 ("isom", ...) and QuickTime ("qt"): both share one demuxer.
    major_brand: str | None = None
    size_bytes: int | None = None
    #: The longest duration among container and tracks.
    duration_seconds: float
    bitrate_bps: int | None = None
    video: tuple[VideoTrack, ...] = ()
    audio: tuple[AudioTrack, ...] = ()
    captions: tuple[CaptionTrack, ...] = ()
    #: Start timecode of a track or the container.
    timecode: str | None = None
    #: Number of cover pictures, which do not count as video tracks.
    attached_pictures: int = 0

    @property
    def picture(self) -> VideoTrack:
        """The video track that is compressed: the first. Raises `IndexError` if there is none."""
        return self.video[0]
