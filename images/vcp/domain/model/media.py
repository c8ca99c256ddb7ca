"""What a file holds, as far as the pipeline cares. Plain data; `vcp.domain.source.ffprobe` reads it from ffprobe."""

from typing import Annotated, Literal

from msgspec import Meta

from vcp.domain.value import Value


class VideoTrack(Value):
    """One picture track. Sizes are as stored; `display_*` are as seen, after sample aspect ratio and rotation."""

    index: int
    codec: str
    profile: str | None = None
    pixel_format: str | None = None
    bit_depth: int | None = None
    width: int
    height: int
    sample_aspect_ratio: Annotated[str, Meta(pattern=r"^[0-9]+:[0-9]+\Z")] = "1:1"
    #: Clockwise turn a player applies, from the display matrix: 0, 90, 180 or 270.
    rotation: int = 0
    #: Frames a second as a fraction "num/den"; the average for variable frame rate.
    frame_rate: Annotated[str, Meta(pattern=r"^[0-9]+/[0-9]+\Z")]
    #: Nominal (r_frame_rate) differs from average by more than rounding.
    variable_frame_rate: bool = False
    field_order: Literal["progressive", "interlaced", "unknown"] = "unknown"
    #: Levels 0-255 instead of 16-235 (ffprobe's color_range `pc`).
    full_range: bool = False
    color_transfer: str | None = None
    color_primaries: str | None = None
    color_space: str | None = None
    bitrate_bps: int | None = None
    duration_seconds: float | None = None
    start_seconds: float | None = None
    frame_count: int | None = None

    @property
    def turned(self) -> bool:
        """Whether a player shows it on its side."""
        return self.rotation in (90, 270)

    @property
    def display_width(self) -> int:
        num, den = (int(part) for part in self.sample_aspect_ratio.split(":"))
        square = round(self.width * num / den) if num > 0 and den > 0 else self.width
        return self.height if self.turned else square

    @property
    def display_height(self) -> int:
        num, den = (int(part) for part in self.sample_aspect_ratio.split(":"))
        square = round(self.width * num / den) if num > 0 and den > 0 else self.width
        return square if self.turned else self.height

    @property
    def short_side(self) -> int:
        return min(self.display_width, self.display_height)

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
    #: ISO 639-2 code as the container has it, lower case; None if it says nothing or `und`.
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
    """A whole file."""

    #: ffprobe's format_name, for instance "mov,mp4,m4a,3gp,3g2,mj2".
    container: str
    #: `ftyp` brand of an MP4 or QuickTime file, which share one demuxer: "qt" is QuickTime, "isom" an MP4.
    major_brand: str | None = None
    size_bytes: int | None = None
    #: The longest of container and tracks.
    duration_seconds: float
    bitrate_bps: int | None = None
    video: tuple[VideoTrack, ...] = ()
    audio: tuple[AudioTrack, ...] = ()
    captions: tuple[CaptionTrack, ...] = ()
    #: Start timecode if a track or the container carries one.
    timecode: str | None = None
    #: Pictures attached as cover art are no video and stand here only as a count.
    attached_pictures: int = 0

    @property
    def picture(self) -> VideoTrack:
        """The picture track that is compressed: the first. Raises `IndexError` when there is none."""
        return self.video[0]
