"""Convert ffprobe's JSON to `MediaFacts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any, Literal

from vcp.domain.errors import Rejection
from vcp.domain.model.frame_rates import has_variable_frame_rate, ratio
from vcp.domain.model.media import AudioTrack, CaptionTrack, MediaFacts, VideoTrack
from vcp.domain.text import wording

#: ffprobe's field_order of interlaced video: top or bottom field stored and displayed first.
_INTERLACED = frozenset({"tt", "bb", "tb", "bt"})
#: Demuxers of still images: `image2`, `png_pipe`, `jpeg_pipe`, ... (ffmpeg, "Image file demuxers").
_IMAGE_FORMATS = ("image2", "_pipe")
#: Dispositions of still images, which are no video tracks.
_STILL_IMAGES = ("attached_pic", "timed_thumbnails")
#: Six weeks. No limit leaves bits for a longer video: its header is damaged.
_MAX_SECONDS = 1000 * 3600.0
_UNKNOWN_LANGUAGES = frozenset({"und", "unk"})
#: MediaConvert applies a rotation this close to a quarter turn (API reference, InputRotate).
_ROTATION_TOLERANCE_DEGREES = 1


def media_facts(ffprobe_json: Mapping[str, Any]) -> MediaFacts:
    """Convert the output of `ffprobe -show_format -show_streams -of json`.

    Raises `Rejection` if there is no video to compress: `not_media` (nothing playable), `no_video` (only audio or an
    image), `no_duration` (missing or impossible duration).
    """
    container = _mapping(ffprobe_json.get("format"))
    streams = [_mapping(stream) for stream in ffprobe_json.get("streams") or ()]
    visual = list(_of_type(streams, "video"))
    videos = [stream for stream in visual if _is_video(stream)]
    facts = MediaFacts(
        container=str(container.get("format_name") or "unknown"),
        major_brand=str(_tags(container).get("major_brand") or "").strip() or None,
        size_bytes=_integer(container.get("size")),
        duration_seconds=_duration_of_file(container, streams),
        bitrate_bps=_integer(container.get("bit_rate")),
        video=tuple(_video(stream) for stream in videos),
        audio=tuple(_audio(stream, number) for number, stream in enumerate(_of_type(streams, "audio"), start=1)),
        captions=(*(_caption(stream) for stream in _of_type(streams, "subtitle")), *_embedded_captions(videos)),
        timecode=_timecode(container, streams),
        attached_pictures=len(visual) - len(videos),
    )
    if not videos and any(not _is_still_image(stream) for stream in visual):
        raise Rejection(
            "not_media",
            "The frame size cannot be read: the file is damaged, or its format is not supported. Export it as an MP4 "
            "with H.264 video and upload that.",
            f"{facts.container}: {', '.join(_codec(stream) for stream in visual)}",
        )
    _require_video(facts)
    return facts


def _require_video(facts: MediaFacts) -> None:
    is_image = any(facts.container.endswith(name) for name in _IMAGE_FORMATS)
    if not facts.video and not facts.audio and not facts.attached_pictures:
        raise Rejection("not_media", "The file contains neither video nor audio.", facts.container)
    if is_image or (not facts.video and not facts.audio):
        raise Rejection("no_video", "The file is an image, not a video.", facts.container)
    if not facts.video:
        cover = " and a cover picture" if facts.attached_pictures else ""
        raise Rejection("no_video", f"The file contains only audio{cover}, no video.", facts.container)
    if facts.duration_seconds <= 0:
        raise Rejection(
            "no_duration",
            "The file states no duration; it may be incomplete or its recording was interrupted. Open it in an editor, "
            "export it again, and upload that.",
            facts.container,
        )
    if facts.duration_seconds > _MAX_SECONDS:
        raise Rejection(
            "no_duration",
            f"The file states an impossible duration of {wording.duration(facts.duration_seconds)}; its header is "
            "damaged. Open it in an editor, export it again, and upload that.",
            facts.container,
        )


def _video(stream: Mapping[str, Any]) -> VideoTrack:
    pixel_format = _text(stream.get("pix_fmt"))
    average, nominal = ratio(stream.get("avg_frame_rate")), ratio(stream.get("r_frame_rate"))
    frames, seconds = (
        _integer(stream.get("nb_frames")) or _integer(_tags(stream).get("NUMBER_OF_FRAMES")),
        _duration(stream),
    )
    field_order = _field_order(stream)
    variable = has_variable_frame_rate(average, nominal, frames, field_order == "interlaced")
    rate = average if variable or field_order == "interlaced" else nominal
    rate = rate or average or nominal or _counted_rate(frames, seconds)
    return VideoTrack(
        index=_integer(stream.get("index")) or 0,
        codec=_codec(stream),
        profile=_text(stream.get("profile")),
        pixel_format=pixel_format,
        bit_depth=_integer(stream.get("bits_per_raw_sample")) or _bit_depth(pixel_format),
        width=int(stream["width"]),
        height=int(stream["height"]),
        sample_aspect_ratio=_sample_aspect_ratio(stream),
        rotation=_rotation(stream),
        frame_rate=f"{rate.numerator}/{rate.denominator}",
        variable_frame_rate=variable,
        field_order=field_order,
        full_range=stream.get("color_range") == "pc" or (pixel_format or "").startswith("yuvj"),
        color_transfer=_text(stream.get("color_transfer")),
        color_primaries=_text(stream.get("color_primaries")),
        color_space=_text(stream.get("color_space")),
        bitrate_bps=_bitrate(stream),
        duration_seconds=seconds,
        start_seconds=_number(stream.get("start_time")),
        frame_count=frames,
    )


def _audio(stream: Mapping[str, Any], number: int) -> AudioTrack:
    return AudioTrack(
        index=_integer(stream.get("index")) or 0,
        number=number,
        codec=_codec(stream),
        channels=_integer(stream.get("channels")) or 0,
        channel_layout=_text(stream.get("channel_layout")),
        sample_rate_hz=_integer(stream.get("sample_rate")),
        language=_language(stream),
        title=_title(stream),
        bitrate_bps=_bitrate(stream),
        duration_seconds=_duration(stream),
        start_seconds=_number(stream.get("start_time")),
    )


def _caption(stream: Mapping[str, Any]) -> CaptionTrack:
    return CaptionTrack(
        index=_integer(stream.get("index")) or 0,
        codec=_codec(stream),
        language=_language(stream),
        title=_title(stream),
    )


def _embedded_captions(videos: Iterable[Mapping[str, Any]]) -> Iterable[CaptionTrack]:
    """Return the CEA-608/708 captions inside video streams, which have no track of their own."""
    for stream in videos:
        if stream.get("closed_captions") == 1:
            yield CaptionTrack(index=_integer(stream.get("index")) or 0, codec="eia_608")


def _is_video(stream: Mapping[str, Any]) -> bool:
    has_size = (_integer(stream.get("width")) or 0) > 0 and (_integer(stream.get("height")) or 0) > 0
    return has_size and not _is_still_image(stream)


def _is_still_image(stream: Mapping[str, Any]) -> bool:
    disposition = _mapping(stream.get("disposition"))
    return any(disposition.get(flag) == 1 for flag in _STILL_IMAGES)


def _rotation(stream: Mapping[str, Any]) -> int:
    """Return the clockwise rotation. The display matrix counts counterclockwise, the old tag clockwise."""
    degrees = None
    for side_data in stream.get("side_data_list") or ():
        counterclockwise = _number(_mapping(side_data).get("rotation"))
        degrees = -counterclockwise if counterclockwise is not None else degrees
    if degrees is None:
        degrees = _number(_tags(stream).get("rotate")) or 0
    nearest = round(degrees / 90) * 90
    return nearest % 360 if abs(degrees - nearest) <= _ROTATION_TOLERANCE_DEGREES else 0


def _sample_aspect_ratio(stream: Mapping[str, Any]) -> str:
    """Return 1:1 for `0:1`, ffprobe's unspecified ratio."""
    value = ratio(str(stream.get("sample_aspect_ratio") or "").replace(":", "/"))
    return f"{value.numerator}:{value.denominator}" if value else "1:1"


def _field_order(stream: Mapping[str, Any]) -> Literal["progressive", "interlaced", "unknown"]:
    value = stream.get("field_order")
    if value == "progressive":
        return "progressive"
    return "interlaced" if value in _INTERLACED else "unknown"


def _counted_rate(frames: int | None, seconds: float | None) -> Fraction:
    if not frames or not seconds:
        raise Rejection("not_media", "The video has no frame rate and cannot be played.")
    return Fraction(frames / seconds).limit_denominator(1001)


def _duration_of_file(container: Mapping[str, Any], streams: Iterable[Mapping[str, Any]]) -> float:
    """Return the latest end of container and tracks, in seconds from the container's start."""
    start = _number(container.get("start_time")) or 0.0
    ends = [_number(container.get("duration")) or 0.0]
    for stream in streams:
        if stream.get("codec_type") in ("video", "audio") and (seconds := _duration(stream)):
            offset = max(0.0, (_number(stream.get("start_time")) or start) - start)
            ends.append(offset + seconds)
    return max(ends)


def _duration(stream: Mapping[str, Any]) -> float | None:
    """Return seconds; Matroska stores a track's duration in a tag `HH:MM:SS.fraction`."""
    seconds = _number(stream.get("duration"))
    if seconds is None and (tag := _text(_tags(stream).get("DURATION"))):
        parts = [_number(part) for part in tag.split(":")]
        if len(parts) == 3 and None not in parts:
            seconds = sum(value * unit for value, unit in zip(parts, (3600, 60, 1), strict=True) if value is not None)
    return seconds if seconds is not None and seconds > 0 else None


def _timecode(container: Mapping[str, Any], streams: Iterable[Mapping[str, Any]]) -> str | None:
    for part in (*streams, container):
        if found := _text(_tags(part).get("timecode")):
            return found
    return None


def _bitrate(stream: Mapping[str, Any]) -> int | None:
    """Return bits per second; mkvmerge stores them in a tag."""
    return _integer(stream.get("bit_rate")) or _integer(_tags(stream).get("BPS"))


def _bit_depth(pixel_format: str | None) -> int | None:
    """Parse the name: `yuv420p10le` has 10 bits, a name without a depth 8."""
    if pixel_format is None:
        return None
    for depth in (16, 14, 12, 10, 9):
        if pixel_format.endswith((f"p{depth}le", f"p{depth}be", f"p0{depth}le", f"p0{depth}be")):
            return depth
    return 8


def _language(stream: Mapping[str, Any]) -> str | None:
    language = (_text(_tags(stream).get("language")) or "").lower()
    return None if language in _UNKNOWN_LANGUAGES else language or None


def _title(stream: Mapping[str, Any]) -> str | None:
    """Return the title; `handler_name` is set by programs (`SoundHandler`)."""
    return _text(_tags(stream).get("title"))


def _codec(stream: Mapping[str, Any]) -> str:
    return _text(stream.get("codec_name")) or _text(stream.get("codec_tag_string")) or "unknown"


def _of_type(streams: Iterable[Mapping[str, Any]], kind: str) -> Iterable[Mapping[str, Any]]:
    return (stream for stream in streams if stream.get("codec_type") == kind)


def _tags(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(part.get("tags"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return str(value).strip() or None if value is not None else None


def _number(value: object) -> float | None:
    """Parse a number, which ffprobe writes as text, or as N/A."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if isfinite(number) else None


def _integer(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None else None
