"""The video filter chain between decoder and encoder, which also produces the reference of the metrics."""

from __future__ import annotations

from fractions import Fraction

from rendering.geometry import Geometry
from rendering.source import CONSTANT_RATES, HDR_TRANSFERS, Source, VideoTrack
from rendering.spec import InputSpec, VideoSpec

_TURNS = {0: [], 90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}
#: Output pixel format: 8 bit 4:2:0 is what H.264 outputs have without the AVC-Intra licence.
PIXEL_FORMAT = "yuv420p"
#: Padding below this many seconds is rounding, not a gap.
_PAD_TOLERANCE_SECONDS = 0.001


def output_rate(track: VideoTrack, video: VideoSpec) -> Fraction:
    """Return the output's frame rate, always constant; a variable input is rounded up (user guide, frame rates)."""
    if video.codec.frame_rate is not None:
        return video.codec.frame_rate
    if not track.variable_rate:
        return track.frame_rate
    return Fraction(next((rate for rate in CONSTANT_RATES if rate >= track.frame_rate), CONSTANT_RATES[-1]))


def video_chain(source: Source, track: VideoTrack, spec: InputSpec, video: VideoSpec, plan: Geometry) -> list[str]:
    """Return the filters in order: color labels, deinterlacing, rotation, tone, size, rate, padding in time."""
    color = _color_labels(track, spec)
    hdr = color.get("color_trc", track.transfer) in HDR_TRANSFERS
    chain = _as_parameters(color, spec.full_range)
    chain += _deinterlace(track, video)
    chain += _TURNS[plan.rotation]
    if video.to_rec709:
        chain += _to_rec709(track, color, hdr, video.tone_map)
    chain += _resize(plan, video.scaler)
    if video.squeeze_range:
        chain.append("scale=out_range=tv")
    chain += _constant_rate(source, track, spec, video)
    chain += [f"format={PIXEL_FORMAT}", f"setsar={plan.pixel_aspect.numerator}/{plan.pixel_aspect.denominator}"]
    if not video.keep_color_metadata:
        chain.append("setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown")
    return chain


def _color_labels(track: VideoTrack, spec: InputSpec) -> dict[str, str]:
    """Return the color labels to set on the input: forced ones, or those for labels that it lacks."""
    if spec.color_space_forced or track.transfer is None:
        return spec.color_space
    return {}


def _as_parameters(color: dict[str, str], full_range: bool | None) -> list[str]:
    parts = [f"{name}={value}" for name, value in color.items()]
    if full_range is not None:
        parts.append("range=pc" if full_range else "range=tv")
    return [f"setparams={':'.join(parts)}"] if parts else []


def _deinterlace(track: VideoTrack, video: VideoSpec) -> list[str]:
    """Deinterlace an interlaced input even if not requested: the output is progressive (user guide, scan type)."""
    if video.deinterlace is None:
        return ["bwdif=mode=send_frame:deint=all"] if track.interlaced else []
    which = "all" if video.deinterlace_all or track.interlaced else "interlaced"
    return [f"{video.deinterlace}:deint={which}"]


def _to_rec709(track: VideoTrack, color: dict[str, str], hdr: bool, tone_map: str) -> list[str]:
    """Render FORCE_709: tone mapping for PQ and HLG, otherwise a matrix conversion.

    Input without labels counts as Rec. 601 below 720 lines, else as Rec. 709.
    """
    if hdr:
        return [
            "zscale=t=linear:npl=100",
            "format=gbrpf32le",
            "zscale=p=bt709",
            f"tonemap=tonemap={tone_map}:desat=0",
            "zscale=t=bt709:m=bt709:r=tv",
        ]
    guess = "bt709" if track.height >= 720 else "smpte170m"
    chain = []
    if not color and (track.primaries is None or track.transfer is None or track.matrix is None):
        labels = (track.primaries or guess, track.transfer or guess, track.matrix or guess)
        chain.append("setparams=color_primaries={}:color_trc={}:colorspace={}".format(*labels))
    return [*chain, "zscale=p=bt709:t=bt709:m=bt709:r=tv"]


def _resize(plan: Geometry, scaler: str) -> list[str]:
    width, height = plan.picture
    chain = [f"scale={width}:{height}:flags={scaler}+accurate_rnd+full_chroma_int"]
    if plan.frame[0] < width or plan.frame[1] < height:
        chain.append(f"crop={plan.frame[0]}:{plan.frame[1]}")
    elif plan.frame != plan.picture:
        chain.append(f"pad={plan.frame[0]}:{plan.frame[1]}:(ow-iw)/2:(oh-ih)/2:black")
    return chain


def _constant_rate(source: Source, track: VideoTrack, spec: InputSpec, video: VideoSpec) -> list[str]:
    """Render a constant rate from time zero; before a late picture its first frame is repeated.

    With PadVideo BLACK the missing time at either end is black instead.
    """
    rate = output_rate(track, video)
    exact = f"{rate.numerator}/{rate.denominator}"
    smooth = [f"framerate=fps={exact}"] if video.codec.interpolate and rate != track.frame_rate else []
    if not spec.pad_with_black:
        return [*smooth, f"fps=fps={exact}:start_time=0"]
    before, after = _gaps(source, track)
    padding = []
    if before:
        padding.append(f"start_duration={before:.6f}:start_mode=add")
    if after:
        padding.append(f"stop_duration={after:.6f}:stop_mode=add")
    pads = [f"tpad={':'.join(padding)}:color=black"] if padding else []
    return ["setpts=PTS-STARTPTS", *smooth, f"fps=fps={exact}:start_time=0", *pads]


def padding_ms(source: Source, spec: InputSpec) -> int:
    """Return the duration of the black frames that PadVideo adds at both ends, in milliseconds."""
    if not spec.pad_with_black or source.video is None:
        return 0
    return round(sum(_gaps(source, source.video)) * 1000)


def _gaps(source: Source, track: VideoTrack) -> tuple[float, float]:
    """Return the seconds with audio but no video: before it starts, after it ends."""
    audio_end = max((one.start + one.duration for one in source.audio), default=0.0)
    gaps = (track.start if source.audio else 0.0, audio_end - (track.start + track.duration))
    before, after = (gap if gap > _PAD_TOLERANCE_SECONDS else 0.0 for gap in gaps)
    return before, after
