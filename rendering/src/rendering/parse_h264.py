"""Read H264Settings as an H264Spec: the service's encoder settings in x264's terms."""

from __future__ import annotations

from fractions import Fraction

from rendering.errors import UnsupportedSetting
from rendering.metrics import FEATURES
from rendering.reader import Reader
from rendering.spec import Gop, H264Spec, RateControl
from rendering.tables import crf_for, table

_LEVELS = {f"LEVEL_{number.replace('.', '_')}": number for number in (
    "1", "1.1", "1.2", "1.3", "2", "2.1", "2.2", "3", "3.1", "3.2", "4", "4.1", "4.2", "5", "5.1", "5.2"
)}  # fmt: skip
_ON = {"ENABLED": True, "DISABLED": False}


def read_h264(item: Reader, group_metrics: tuple[str, ...]) -> H264Spec:
    """Read H264Settings completely. Raises UnsupportedSetting for what x264 cannot do."""
    item.choice("InterlaceMode", {"PROGRESSIVE": True}, "PROGRESSIVE")
    tuning = item.choice("QualityTuningLevel", table("x264")["preset_by_tuning"], "SINGLE_PASS_HQ")
    passes = 2 if item.take("QualityTuningLevel") == "MULTI_PASS_HQ" else 1
    frame_rate, interpolate = _frame_rate(item)
    return H264Spec(
        preset=tuning,
        rate=_rate_control(item, passes),
        gop=_gop(item),
        frame_rate=frame_rate,
        interpolate=interpolate,
        pixel_aspect=_pixel_aspect(item),
        profile=item.choice("CodecProfile", {"BASELINE": "baseline", "MAIN": "main", "HIGH": "high"}, "MAIN"),
        level=item.choice("CodecLevel", {"AUTO": None, **_LEVELS}, "AUTO"),
        cabac=item.choice("EntropyEncoding", {"CABAC": True, "CAVLC": False}, "CABAC"),
        slices=item.take("Slices"),
        options=_quantization(item),
        metrics=_metrics(item, group_metrics),
    )


def _rate_control(item: Reader, passes: int) -> RateControl:
    mode = item.choice("RateControlMode", {name: name for name in ("QVBR", "VBR", "CBR")}, "none")
    bitrate: int | None = item.take("Bitrate") if mode != "QVBR" else None
    if mode != "QVBR" and bitrate is None:
        raise UnsupportedSetting(item.at("Bitrate"), None, f"{mode} needs a bit rate")
    maximum: int | None = item.take("MaxBitrate") if mode != "CBR" else bitrate
    level, cap = _qvbr(item) if mode == "QVBR" else (None, None)
    buffer_bits: int | None = item.take("HrdBufferSize")
    if not buffer_bits and maximum:
        buffer_bits = round(maximum * float(table("x264")["hrd_seconds"]))
    fill = item.take("HrdBufferInitialFillPercentage")
    return RateControl(
        mode=mode,
        passes=passes,
        quality_level=level,
        crf=crf_for(level) if level is not None else None,
        bitrate=bitrate,
        max_bitrate=maximum,
        max_average_bitrate=cap,
        buffer_bits=buffer_bits,
        buffer_fill=fill / 100 if fill is not None else None,
    )


def _qvbr(item: Reader) -> tuple[float, int | None]:
    """Return the quality level, rounded to thirds as by the service, and the cap on the average rate in bit/s."""
    qvbr = item.child("QvbrSettings")
    whole = float(qvbr.take("QvbrQualityLevel", table("qvbr_x264")["automatic_level"]))
    level = min(10.0, whole + round(float(qvbr.take("QvbrQualityLevelFineTune", 0.0)) * 3) / 3)
    cap: int | None = qvbr.take("MaxAverageBitrate")
    return level, cap


def _gop(item: Reader) -> Gop:
    unit = item.choice("GopSizeUnits", {"AUTO": "auto", "FRAMES": "frames", "SECONDS": "seconds"}, "AUTO")
    size = item.take("GopSize") if unit != "auto" else None
    if unit != "auto" and not size:
        raise UnsupportedSetting(item.at("GopSize"), size, f"GopSizeUnits {unit.upper()} needs a size")
    length = float(size or 0.0)
    minimum = item.take("MinIInterval")
    return Gop(
        frames=round(length) if unit == "frames" else None,
        seconds=length if unit == "seconds" else None,
        closed=item.choice_of("GopClosedCadence", {None: True, 0: False, 1: True}),
        b_frames=item.take("NumberBFramesBetweenReferenceFrames"),
        b_reference=item.choice("GopBReference", _ON, "ENABLED"),
        adaptive_b_frames=item.choice("DynamicSubGop", {"ADAPTIVE": True, "STATIC": False}, "ADAPTIVE"),
        reference_frames=item.take("NumberReferenceFrames"),
        minimum_interval=minimum or None,
        scene_change=item.choice("SceneChangeDetect", {**_ON, "TRANSITION_DETECTION": True}, "ENABLED"),
    )


def _frame_rate(item: Reader) -> tuple[Fraction | None, bool]:
    follow = item.choice(
        "FramerateControl", {"INITIALIZE_FROM_SOURCE": True, "SPECIFIED": False}, "INITIALIZE_FROM_SOURCE"
    )
    interpolate = item.choice(
        "FramerateConversionAlgorithm", {"DUPLICATE_DROP": False, "INTERPOLATE": True}, "DUPLICATE_DROP"
    )
    return (None if follow else _fraction(item, "Framerate")), interpolate


def _pixel_aspect(item: Reader) -> Fraction | None:
    follow = item.choice("ParControl", {"INITIALIZE_FROM_SOURCE": True, "SPECIFIED": False}, "INITIALIZE_FROM_SOURCE")
    return None if follow else _fraction(item, "Par")


def _fraction(item: Reader, stem: str) -> Fraction:
    above, below = item.take(f"{stem}Numerator"), item.take(f"{stem}Denominator")
    if above is None or below is None:
        missing = f"{stem}Numerator" if above is None else f"{stem}Denominator"
        raise UnsupportedSetting(item.at(missing), None, f"{stem}Control SPECIFIED needs a whole fraction")
    return Fraction(int(above), int(below))


def _quantization(item: Reader) -> tuple[str, ...]:
    """Return adaptive quantization and weighted prediction as ffmpeg options of libx264."""
    strengths: dict[str, float] = table("x264")["adaptive_quantization_strength"]
    chosen = item.choice("AdaptiveQuantization", {name: name for name in ("AUTO", "OFF", *strengths)}, "AUTO")
    options: list[str] = []
    if item.has("ExplicitWeightedPrediction"):
        weighted = item.choice("ExplicitWeightedPrediction", _ON, "DISABLED")
        options += ["-weightp", "2" if weighted else "0"]
    if chosen == "AUTO":  # the service then ignores the individual switches (API reference)
        for ignored in ("Spatial", "Temporal", "Flicker"):
            item.take(f"{ignored}AdaptiveQuantization")
        return tuple(options)
    spatial = item.choice("SpatialAdaptiveQuantization", _ON, "ENABLED")
    temporal = item.choice("TemporalAdaptiveQuantization", _ON, "ENABLED")
    item.choice("FlickerAdaptiveQuantization", {"DISABLED": False}, "DISABLED")
    if chosen == "OFF" or not spatial:
        options += ["-aq-mode", "0"]
    else:
        options += ["-aq-mode", "1", "-aq-strength", str(strengths[chosen])]
    return (*options, "-mbtree", "1" if temporal and chosen != "OFF" else "0")


def _metrics(item: Reader, group_metrics: tuple[str, ...]) -> tuple[str, ...]:
    metrics = tuple(dict.fromkeys((*group_metrics, *item.take("PerFrameMetrics", []))))
    for metric in metrics:
        if metric not in FEATURES:
            raise UnsupportedSetting(item.at("PerFrameMetrics"), metric, "rendered are " + ", ".join(FEATURES))
    return metrics
