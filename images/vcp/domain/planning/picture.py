"""The video part of a plan: frame rate, bit rates, quality level and conversions."""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct

from vcp.domain.model.encoder_tables import EncoderTables, VideoTables
from vcp.domain.model.frame_rates import divide_to_maximum, standard_rate
from vcp.domain.model.media import MediaFacts, VideoTrack
from vcp.domain.planning.picture_size import Size
from vcp.domain.planning.plan import BitrateCode, SizeBudget, VideoPlan

#: MediaConvert's range of MaxBitrate, MaxAverageBitrate and HrdBufferSize (API reference, H264Settings).
MIN_BPS, MAX_BPS = 1_000, 1_152_000_000
MAX_QUALITY_LEVEL = 10
#: Wide-gamut primaries as ffprobe names them (ITU-R BT.2020, SMPTE RP 431-2 and EG 432-1).
_WIDE_GAMUT = frozenset({"bt2020", "smpte431", "smpte432"})


class Rates(Struct, frozen=True):
    """The settings of QVBR rate control, and the maximum size of the video track under them."""

    quality_level: int
    max_bitrate_bps: int
    hrd_buffer_bits: int
    max_average_bitrate_bps: int | None
    max_bytes: int
    limited_by: BitrateCode


def frame_rate(picture: VideoTrack, tables: VideoTables) -> Fraction:
    """Return the output frame rate: the source's, or for a variable one the next standard rate above it.

    A rate above the maximum is divided by a whole number.
    """
    source = Fraction(picture.frame_rate)
    if picture.variable_frame_rate:
        return standard_rate(source)
    return divide_to_maximum(source, Fraction(tables.max_frames_per_second))


def rates_for(
    facts: MediaFacts, source_bytes: int, size: Size, budget: SizeBudget, seconds: float, rate: Fraction,
    tables: EncoderTables, level_step: int,
) -> Rates:  # fmt: skip
    """Return MaxBitrate, the HRD buffer and, only if those could exceed the budget, MaxAverageBitrate.

    The encoder keeps the track below (MaxBitrate x seconds + HrdBufferSize) / 8 by itself.
    """
    fps = float(rate)
    target_bps = tables.target_bps(size.pixels, fps)
    max_bps = _clipped(tables.max_bps(size.pixels, fps))
    budget_bps = int(budget.video_bytes * 8 / seconds)
    source_bps = max(target_bps, round(_source_bps(facts, source_bytes, tables.video)))
    share_bps = min(budget_bps, source_bps)
    ratio = min(share_bps, max_bps) / tables.min_bps(size.pixels, fps)
    level = min(MAX_QUALITY_LEVEL, tables.quality_level(ratio) + level_step)
    buffer_bits = _hrd_buffer(max_bps, tables.video)
    peak_bytes = int((max_bps * seconds + buffer_bits) / 8) + 1
    if peak_bytes <= int(share_bps * seconds / 8):
        return Rates(level, max_bps, buffer_bits, None, peak_bytes, "peak")
    peak_bps = _clipped(min(max_bps, round(tables.video.peak_over_average * share_bps)))
    average_bps = min(_clipped(share_bps), peak_bps)
    return Rates(
        quality_level=level,
        max_bitrate_bps=peak_bps,
        hrd_buffer_bits=_hrd_buffer(peak_bps, tables.video),
        max_average_bitrate_bps=average_bps,
        max_bytes=int(average_bps * seconds / 8),
        limited_by="source" if share_bps < budget_bps else "size_limit",
    )


def picture_plan(facts: MediaFacts, size: Size, rates: Rates, rate: Fraction, tables: EncoderTables) -> VideoPlan:
    picture = facts.picture
    rate_changes = picture.variable_frame_rate or rate != Fraction(picture.frame_rate)
    return VideoPlan(
        width=size.width,
        height=size.height,
        frame_rate=f"{rate.numerator}/{rate.denominator}" if rate_changes else None,
        rotate=picture.rotation != 0,
        deinterlace=picture.field_order == "interlaced",
        tone_map=picture.is_hdr,
        to_rec709=picture.is_hdr or picture.color_primaries in _WIDE_GAMUT,
        squeeze_range=picture.full_range,
        pad_with_black=_audio_outlasts_video(facts, tables.audio.pad_above_seconds),
        qvbr_quality_level=rates.quality_level,
        max_bitrate_bps=rates.max_bitrate_bps,
        hrd_buffer_bits=rates.hrd_buffer_bits,
        max_average_bitrate_bps=rates.max_average_bitrate_bps,
    )


def _source_bps(facts: MediaFacts, source_bytes: int, tables: VideoTables) -> float:
    """Return the bit rate that H.264 needs for the quality of the source's video."""
    picture = facts.picture
    audio_bps = sum(track.bitrate_bps or 0 for track in facts.audio)
    own_bps = picture.bitrate_bps or max(0.0, source_bytes * 8 / facts.duration_seconds - audio_bps)
    return own_bps * tables.source_efficiency.get(picture.codec, 1.0)


def _audio_outlasts_video(facts: MediaFacts, tolerance_seconds: float) -> bool:
    """Return whether any audio track starts before or ends after the video by more than the tolerance."""
    picture = facts.picture
    video_start, video_duration = picture.start_seconds or 0.0, picture.duration_seconds
    for track in facts.audio:
        start = track.start_seconds or 0.0
        if video_start - start > tolerance_seconds:
            return True
        if track.duration_seconds is None or video_duration is None:
            continue
        if start + track.duration_seconds - (video_start + video_duration) > tolerance_seconds:
            return True
    return False


def _hrd_buffer(max_bitrate_bps: int, tables: VideoTables) -> int:
    return min(MAX_BPS, round(max_bitrate_bps * tables.hrd_buffer_seconds))


def _clipped(bits_per_second: int) -> int:
    return max(MIN_BPS, min(MAX_BPS, bits_per_second))
