"""Put plans into words: the reasons for their decisions, what the result lacks, and why there is no plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from vcp.domain.errors import VcpError
from vcp.domain.model.encoder_tables import CodingMode
from vcp.domain.model.languages import language_name, read_language
from vcp.domain.model.media import AudioTrack, CaptionTrack, MediaFacts, VideoTrack
from vcp.domain.planning.plan import AudioPlan, Plan, Rationale, VideoPlan
from vcp.domain.planning.rejection import PlanRejection
from vcp.domain.text import wording
from vcp.domain.video.record import VideoRecord

_LAYOUTS: Mapping[CodingMode, str] = {"CODING_MODE_1_0": "mono", "CODING_MODE_2_0": "stereo", "CODING_MODE_5_1": "5.1"}
_HDR = {"smpte2084": "PQ", "arib-std-b67": "HLG"}


class Reason(NamedTuple):
    """One decision: "picture size", "1280x720", "the video may use ..."."""

    what: str
    value: str
    why: str


def reasons(record: VideoRecord) -> list[Reason]:
    """Return the decisions of the record's plan; empty if it has none."""
    plan, facts = record.plan, record.source_facts
    if plan is None or facts is None:
        return []
    audio = [_audio_reason(track, planned) for track, planned in zip(facts.audio, plan.audio, strict=True)]
    return [*_bit_rate_reasons(plan), *_video_reasons(plan.video, facts.picture), *audio, *_budget_reasons(plan)]


def losses(record: VideoRecord) -> list[str]:
    """Return what the source has and the result lacks."""
    plan, facts = record.plan, record.source_facts
    return [] if plan is None or facts is None else list(_losses(plan, facts))


def sentence(error: VcpError) -> str:
    """Return the error's sentence; that of a plan's rejection is made from its code and numbers."""
    return _REJECTIONS[error.code](error.numbers) if isinstance(error, PlanRejection) else error.sentence


def _bit_rate_reasons(plan: Plan) -> list[Reason]:
    video, rationale, share = plan.video, plan.rationale, wording.size(plan.budget.video_bytes)
    average_bps = video.max_average_bitrate_bps or video.max_bitrate_bps
    ratio, duration = average_bps / rationale.min_bps, wording.duration(plan.expected_duration_seconds)
    why_average = {
        "peak": f"even at the maximum bit rate throughout, the video stays below {share}",
        "source": "the bit rate of the source; a higher one would not look better",
        "size_limit": f"the video's share of the limit, {share}, over {duration}",
    }
    average = wording.bit_rate(average_bps) if video.max_average_bitrate_bps else "not limited"
    return [
        Reason("picture size", f"{video.width}x{video.height}", _why_size(rationale, wording.bit_rate(average_bps))),
        Reason(
            "quality",
            f"QVBR level {video.qvbr_quality_level}",
            f"the bit rate is {ratio:.1f} times the lowest acceptable one of {wording.bit_rate(rationale.min_bps)}",
        ),
        Reason(
            "maximum bit rate",
            wording.bit_rate(video.max_bitrate_bps),
            f"for complex scenes, with an HRD buffer of {wording.size(video.hrd_buffer_bits / 8)}",
        ),
        Reason("average bit rate", average, why_average[rationale.average_bitrate]),
    ]


def _why_size(rationale: Rationale, bit_rate: str) -> str:
    larger = rationale.larger_size
    if larger is None:
        size = "the source's own size" if rationale.size == "source" else "the largest size that H.264 allows"
        return f"{size}: it needs {wording.bit_rate(rationale.target_bps)}, and the video may use {bit_rate}"
    minimum = "; the contract allows no smaller size" if rationale.size == "minimum" else ""
    needed = wording.bit_rate(larger.target_bps)
    return f"{larger.width}x{larger.height} would need {needed}, and the video may use {bit_rate}{minimum}"


def _video_reasons(video: VideoPlan, picture: VideoTrack) -> Iterator[Reason]:
    if picture.variable_frame_rate:
        why = f"the source's varies around {picture.frames_per_second:.2f} fps; the result's is constant"
    elif video.frame_rate:
        why = "many players do not support more than 60 fps"
    else:
        why = "the source's own"
    yield Reason("frame rate", _fps(video.frame_rate or picture.frame_rate), why)
    if video.rotate:
        yield Reason("rotation", f"{picture.rotation}° clockwise", "the result is stored upright, as players show it")
    if video.deinterlace:
        yield Reason("deinterlacing", "yes", "the source is interlaced")
    if video.tone_map:
        hdr = _HDR.get(picture.color_transfer or "", "")
        yield Reason("dynamic range", "SDR", f"the source is HDR ({hdr}), which few H.264 players support")
    elif video.to_rec709:
        yield Reason("color space", "BT.709", f"the source has {picture.color_primaries} primaries")
    if video.squeeze_range:
        yield Reason("sample range", "limited", "many players show full-range video washed out")
    if picture.sample_aspect_ratio != "1:1":
        yield Reason("sample aspect ratio", "1:1", f"the source's is {picture.sample_aspect_ratio}")
    if video.pad_with_black:
        yield Reason("black frames", "yes", "the audio starts before or ends after the video")


def _audio_reason(track: AudioTrack, planned: AudioPlan) -> Reason:
    layout, sample_rate = _LAYOUTS[planned.coding_mode], _khz(planned.sample_rate_hz)
    value = f"{layout}, {wording.bit_rate(planned.bitrate_bps)}, {sample_rate}, {language_name(planned.language)}"
    why = [f"the source has {wording.plural(track.channels, 'channel')} of {wording.codec(track.codec)}"]
    if planned.channels != track.channels:
        why.append(f"mixed down to {layout}, since MP4 with AAC holds mono, stereo or 5.1")
    if planned.sample_rate_hz != track.sample_rate_hz:
        source_rate = _khz(track.sample_rate_hz) if track.sample_rate_hz else "an unknown rate"
        why.append(f"resampled from {source_rate} to {sample_rate}, which every player supports")
    return Reason(f"audio track {track.number}", value, "; ".join(why))


def _budget_reasons(plan: Plan) -> Iterator[Reason]:
    budget, rationale = plan.budget, plan.rationale
    if rationale.reduced_audio:
        yield Reason("audio bit rates", "reduced", "the video needs the bytes more")
    shares = (
        f"video {wording.size(budget.video_bytes)}, audio {wording.size(budget.audio_bytes)}, container "
        f"{wording.size(budget.container_bytes)} and half of the margin of {wording.size(budget.margin_bytes)}"
    )
    limit = wording.size(budget.limit_bytes)
    yield Reason("maximum size", wording.size(plan.planned_max_bytes), f"{shares}; the limit is {limit}")
    if rationale.video_budget_factor is not None:
        why = f"the first result was too large; the video gets {rationale.video_budget_factor:.1%} of its bytes"
        yield Reason("second plan", "smaller video", why)
    if rationale.quality_level_step:
        why = "the first result missed the requested quality and left bytes unused"
        yield Reason("second plan", f"quality level +{rationale.quality_level_step}", why)


def _losses(plan: Plan, facts: MediaFacts) -> Iterator[str]:
    picture, video = facts.picture, plan.video
    if len(facts.video) > 1:
        yield f"{wording.plural(len(facts.video) - 1, 'additional video track')}; only the first is kept"
    if facts.attached_pictures:
        yield "the cover picture"
    for track, planned in zip(facts.audio, plan.audio, strict=True):
        yield from (f"audio track {track.number}: {loss}" for loss in _audio_losses(track, planned))
    yield from (_captions(track) for track in facts.captions)
    if facts.timecode:
        yield f"the start timecode {facts.timecode}; the result starts at zero"
    if video.frame_rate and not picture.variable_frame_rate:
        yield f"frames: {_fps(picture.frame_rate)} become {_fps(video.frame_rate)}"
    if picture.is_hdr:
        yield "high dynamic range; brightness and colors are mapped to SDR"


def _audio_losses(track: AudioTrack, planned: AudioPlan) -> Iterator[str]:
    if planned.channels < track.channels:
        yield f"{track.channel_layout or f'{track.channels} channels'}, mixed down to {_LAYOUTS[planned.coding_mode]}"
    if tag := read_language(track.language).lost:
        kept = f"MP4 holds only “{language_name(planned.language)}”" if planned.language else "MP4 cannot hold it"
        yield f"the language tag {tag}; {kept}"
    if track.title:
        yield f"the title “{track.title}”"


def _captions(track: CaptionTrack) -> str:
    code = read_language(track.language).code
    language = f" in {language_name(code)}" if code else ""
    return f"captions{language} ({wording.codec(track.codec)})"


def _fps(rate: str) -> str:
    numerator, denominator = rate.split("/")
    return f"{wording.decimal(int(numerator) / int(denominator), 2)} fps"


def _khz(sample_rate_hz: int) -> str:
    return f"{wording.decimal(sample_rate_hz / 1000, 3)} kHz"


def _picture_too_small(numbers: Mapping[str, Any]) -> str:
    return "The picture has only {width}x{height} pixels; each side needs at least {min_side}.".format_map(numbers)


def _picture_too_wide(numbers: Mapping[str, Any]) -> str:
    return (
        "The picture ({width}x{height}) is too wide: with a short side of {short_side} pixels it would exceed the "
        "{max_long_side} pixels that H.264 allows."
    ).format_map(numbers)


def _audio_layout_not_supported(numbers: Mapping[str, Any]) -> str:
    channels = f"{numbers['channels']} channels" if numbers["channels"] else "no readable channels"
    return (
        f"Audio track {numbers['track']} has {channels}, but the result can only hold mono, stereo or 5.1. Mix the "
        "audio down to one of these and upload the new file."
    )


def _too_long_for_limit(numbers: Mapping[str, Any]) -> str:
    duration, limit = wording.duration(numbers["duration_seconds"]), wording.size(numbers["limit_bytes"])
    left = wording.bit_rate(numbers["video_bps"]) if numbers["video_bps"] > 0 else "nothing"
    parts = numbers["parts"]
    remedy = f"Split the video into {wording.count(parts)} parts." if parts else "It needs a higher limit."
    return (
        f"{duration} at {limit} leaves {left} for the picture, but {numbers['short_side']}p needs at least "
        f"{wording.bit_rate(numbers['min_bps'])}. {remedy}"
    )


def _quality_not_reachable(numbers: Mapping[str, Any]) -> str:
    limit = wording.size(numbers["limit_bytes"])
    return f"This video cannot reach the requested quality in {limit}. Shorten it, or raise the limit."


_REJECTIONS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "no_video": lambda _: "This file contains no video.",
    "picture_too_small": _picture_too_small,
    "picture_too_wide": _picture_too_wide,
    "audio_layout_not_supported": _audio_layout_not_supported,
    "too_long_for_limit": _too_long_for_limit,
    "quality_not_reachable": _quality_not_reachable,
}
