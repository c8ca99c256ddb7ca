"""Turn an H264Spec into options of libx264."""

from __future__ import annotations

from fractions import Fraction

from rendering.spec import H264Spec
from rendering.tables import table


def encoder_options(codec: H264Spec, rate: Fraction) -> list[str]:
    """Return all options except rate control and passes. `rate` is the output's frame rate."""
    gop = codec.gop
    seconds = gop.seconds if gop.seconds is not None else float(table("x264")["automatic_gop_seconds"])
    options = ["-c:v", "libx264", "-preset", codec.preset, "-g", str(gop.frames or max(1, round(seconds * rate)))]
    options += ["-bf", str(gop.b_frames)] if gop.b_frames is not None else []
    options += ["-refs", str(gop.reference_frames)] if gop.reference_frames is not None else []
    options += ["-keyint_min", str(gop.minimum_interval)] if gop.minimum_interval is not None else []
    options += ["-sc_threshold", "40" if gop.scene_change else "0"]
    options += ["-profile:v", codec.profile] if codec.profile else []
    options += ["-level:v", codec.level] if codec.level else []
    options += ["-slices", str(codec.slices)] if codec.slices else []
    options += ["-coder", "cabac" if codec.cabac and codec.profile != "baseline" else "cavlc"]
    options += list(codec.options)
    if codec.profile != "baseline":
        options += ["-b-pyramid", "normal" if gop.b_reference else "none"]
        options += [] if gop.adaptive_b_frames else ["-b_strategy", "0"]
    return [*options, "-x264-params", f"open-gop={0 if gop.closed else 1}"]


def buffer_options(codec: H264Spec) -> list[str]:
    """Return the options of the decoder's buffer: peak rate and size."""
    rate = codec.rate
    if not rate.max_bitrate:
        return []
    options = ["-maxrate", str(rate.max_bitrate), "-bufsize", str(rate.buffer_bits)]
    if rate.buffer_fill is not None and rate.buffer_bits:
        options += ["-rc_init_occupancy", str(round(rate.buffer_bits * rate.buffer_fill))]
    return options
