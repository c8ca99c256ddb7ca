"""The picture's part of a plan: frame rate, bit rates, quality level, and what has to be converted."""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct

from vcp.domain.model.encoder_tables import EncoderTables, VideoTables
from vcp.domain.model.frame_rates import halved_until, standard_rate
from vcp.domain.model.media import MediaFacts, VideoTrack
from vcp.domain.planning.picture_size import Size
from vcp.domain.planning.plan import Reason, SizeBudget, VideoPlan
from vcp.domain.text import wording

#: MediaConvert's range of MaxBitrate, MaxAverageBitrate and HrdBufferSize (API reference, H264Settings).
LEAST_BPS, MOST_BPS = 1_000, 1_152_000_000
#: Wide-gamut primaries as ffprobe names them (ITU-R BT.2020, SMPTE RP 431-2 and EG 432-1).
_WIDE_GAMUT = frozenset({"bt2020", "smpte431", "smpte432"})


class Rates(Struct, frozen=True):
    """Bit rates in bit/s; `most_bytes` is what the picture may weigh under them."""

    quality_level: int
    max_bitrate_bps: int
    hrd_buffer_bits: int
    max_average_bitrate_bps: int | None
    most_bytes: int
    why_cap: str
    why_level: str


def frame_rate(picture: VideoTrack, tables: VideoTables) -> Fraction:
    """Frames a second of the output: the source's, or for a variable one the next standard rate above it.

    More than 60 a second are halved (or divided further): players and phones stop there.
    """
    source = Fraction(picture.frame_rate)
    most = Fraction(tables.most_frames_per_second)
    if picture.variable_frame_rate:
        return standard_rate(source)
    return halved_until(source, most)


def rates_for(
    facts: MediaFacts, source_bytes: int, size: Size, budget: SizeBudget, seconds: float, rate: Fraction,
    tables: EncoderTables, level_step: int,
) -> Rates:  # fmt: skip
    """MaxBitrate, its buffer and, only where those could break the limit, a cap on the average.

    (MaxBitrate x seconds + HrdBufferSize) / 8 is a bound that the encoder keeps by itself.
    """
    fps = float(rate)
    least, keep = tables.min_bps(size.pixels, fps), tables.target_bps(size.pixels, fps)
    ample = _clipped(tables.max_bps(size.pixels, fps))
    useful = max(keep, round(_source_bps(facts, source_bytes, tables.video)))
    share = int(min(budget.video_bytes * 8 / seconds, useful))
    spent = min(share, ample)
    level = min(10, tables.quality_level(spent / least) + level_step)
    why_level = f"{spent / least:.1f} times the least acceptable {wording.bit_rate(least)} may be spent on average"
    most = int(share * seconds / 8)
    buffer_bits = _buffer(ample, tables.video)
    bound = int((ample * seconds + buffer_bits) / 8) + 1
    if bound <= most:
        why = f"none is needed: even at MaxBitrate throughout the picture stays below {wording.size(bound)}"
        return Rates(level, ample, buffer_bits, None, bound, why, why_level)
    peak = _clipped(min(ample, round(tables.video.peak_over_average * share)))
    cap = min(_clipped(share), peak)
    of_source = share < int(budget.video_bytes * 8 / seconds)
    why = (
        "the source itself has no more than this for its picture; a result larger than the source serves nobody"
        if of_source
        else f"the picture's share of the limit, {wording.size(most)}, over {wording.duration(seconds)}"
    )
    return Rates(level, peak, _buffer(peak, tables.video), cap, int(cap * seconds / 8), why, why_level)


def picture_plan(facts: MediaFacts, size: Size, rates: Rates, rate: Fraction, tables: EncoderTables) -> VideoPlan:
    picture = facts.picture
    return VideoPlan(
        width=size.width,
        height=size.height,
        frame_rate=f"{rate.numerator}/{rate.denominator}" if _rate_changes(picture, rate) else None,
        rotate=picture.rotation != 0,
        deinterlace=picture.field_order == "interlaced",
        tone_map=picture.is_hdr,
        to_rec709=picture.is_hdr or picture.color_primaries in _WIDE_GAMUT,
        squeeze_range=picture.full_range,
        pad_with_black=_sound_outlasts_picture(facts, tables.audio.pad_above_seconds),
        qvbr_quality_level=rates.quality_level,
        max_bitrate_bps=rates.max_bitrate_bps,
        hrd_buffer_bits=rates.hrd_buffer_bits,
        max_average_bitrate_bps=rates.max_average_bitrate_bps,
    )


def picture_reasons(picture: VideoTrack, rates: Rates, rate: Fraction) -> list[Reason]:
    """The decisions about the picture, beside its size, as people read them."""
    found = [
        Reason(what="quality", value=f"QVBR level {rates.quality_level}", why=rates.why_level),
        Reason(
            what="peak bit rate",
            value=wording.bit_rate(rates.max_bitrate_bps),
            why=f"for the hardest passages, over a buffer of {wording.size(rates.hrd_buffer_bits / 8)}",
        ),
        Reason(
            what="cap on the average bit rate",
            value=wording.bit_rate(rates.max_average_bitrate_bps) if rates.max_average_bitrate_bps else "none",
            why=rates.why_cap,
        ),
        Reason(what="frame rate", value=wording.decimal(float(rate), 3), why=_why_rate(picture, rate)),
    ]
    found += [Reason(what=what, value="yes", why=why) for what, why in _conversions(picture)]
    return found


def _conversions(picture: VideoTrack) -> list[tuple[str, str]]:
    found = []
    if picture.rotation:
        found.append(
            ("turn upright", f"players turn the source by {picture.rotation} degrees; the result is stored so")
        )
    if picture.field_order == "interlaced":
        found.append(("deinterlace", "the source is interlaced, screens and players are not"))
    if picture.is_hdr:
        found.append(("map HDR to SDR", f"the source is HDR ({picture.color_transfer}); H.264 players show SDR"))
    elif picture.color_primaries in _WIDE_GAMUT:
        found.append(("convert colours to BT.709", f"the source has {picture.color_primaries} colours"))
    if picture.full_range:
        found.append(("limit the levels", "the source uses full-range levels, which many players show washed out"))
    if picture.sample_aspect_ratio != "1:1":
        found.append(("square pixels", f"the source's are {picture.sample_aspect_ratio}"))
    return found


def _why_rate(picture: VideoTrack, rate: Fraction) -> str:
    if picture.variable_frame_rate:
        return f"the source's varies around {picture.frames_per_second:.2f}; the output's must be constant"
    return (
        "more than 60 frames a second is not played everywhere" if _rate_changes(picture, rate) else "the source's own"
    )


def _rate_changes(picture: VideoTrack, rate: Fraction) -> bool:
    return picture.variable_frame_rate or rate != Fraction(picture.frame_rate)


def _source_bps(facts: MediaFacts, source_bytes: int, tables: VideoTables) -> float:
    """What the source spends on its picture, as H.264 would need it."""
    picture = facts.picture
    sound = sum(track.bitrate_bps or 0 for track in facts.audio)
    own = picture.bitrate_bps or max(0.0, source_bytes * 8 / facts.duration_seconds - sound)
    return own * tables.source_efficiency.get(picture.codec, 1.0)


def _sound_outlasts_picture(facts: MediaFacts, tolerance_seconds: float) -> bool:
    picture = facts.picture
    begin, length = picture.start_seconds or 0.0, picture.duration_seconds
    for track in facts.audio:
        starts = track.start_seconds or 0.0
        if begin - starts > tolerance_seconds:
            return True
        ends = starts + track.duration_seconds if track.duration_seconds is not None else None
        if ends is not None and length is not None and ends - (begin + length) > tolerance_seconds:
            return True
    return False


def _buffer(max_bitrate_bps: int, tables: VideoTables) -> int:
    return min(MOST_BPS, round(max_bitrate_bps * tables.hrd_seconds))


def _clipped(bits_per_second: int) -> int:
    return max(LEAST_BPS, min(MOST_BPS, bits_per_second))
