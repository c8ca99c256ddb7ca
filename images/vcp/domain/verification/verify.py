"""Hold a result against its plan, its source and its contract: named checks, never a silent pass."""

from __future__ import annotations

from fractions import Fraction

from vcp.domain.model.contract import Contract
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.picture_size import min_short_side
from vcp.domain.planning.plan import Plan
from vcp.domain.verification import audio_checks
from vcp.domain.verification.checks import checked, not_measurable
from vcp.domain.verification.measurements import Measurements
from vcp.domain.verification.verdict import PLANNED_SIZE, QUALITY, SIZE, Check, Verdict

#: Frame rates that differ by less are the same rate, written by different rounding.
_RATE_TOLERANCE = Fraction(1, 1000)


def verify(plan: Plan, source: MediaFacts, measured: Measurements, contract: Contract) -> Verdict:
    """The verdict on one result.

    Args:
        plan: what was meant to come out.
        source: facts of the source.
        measured: facts and measures of the result.
        contract: what was promised.
    """
    checks = [*_size(plan, measured, contract), *_file(measured)]
    if measured.facts.video:
        checks += _picture(plan, source, measured, contract)
    else:
        checks.append(checked("picture", "one picture track", "none", passed=False))
    checks += _duration(plan, source, measured)
    checks += audio_checks.checks(plan, source, measured.facts, contract)
    checks += [_quality(measured, contract), _sync(plan, measured, contract)]
    return Verdict(checks=tuple(checks))


def _size(plan: Plan, measured: Measurements, contract: Contract) -> list[Check]:
    size = measured.size_bytes
    return [
        checked(
            SIZE, f"less than {contract.limit_bytes:,} bytes", f"{size:,} bytes", passed=size < contract.limit_bytes
        ),
        checked(
            PLANNED_SIZE,
            f"at most {plan.planned_max_bytes:,} bytes, as planned",
            f"{size:,} bytes",
            passed=size <= plan.planned_max_bytes,
        ),
    ]


def _file(measured: Measurements) -> list[Check]:
    facts = measured.facts
    container = f"{facts.container}, brand {facts.major_brand or 'unknown'}"
    is_mp4 = "mp4" in facts.container.split(",") and facts.major_brand != "qt"
    found = [checked("container", "MP4", container, passed=is_mp4)]
    expected = "index before the pictures"
    if measured.fast_start is None:
        found.append(not_measurable("fast_start", expected, "the order of the file's parts could not be read"))
    else:
        seen = expected if measured.fast_start else "index after the pictures"
        found.append(checked("fast_start", expected, seen, passed=measured.fast_start))
    return found


def _picture(plan: Plan, source: MediaFacts, measured: Measurements, contract: Contract) -> list[Check]:
    picture, planned = measured.facts.picture, plan.video
    size, expected_size = f"{picture.width}x{picture.height}", f"{planned.width}x{planned.height}"
    least = min_short_side(source.picture, contract)
    upright = picture.rotation == 0 and picture.sample_aspect_ratio == "1:1"
    shape = f"turned by {picture.rotation} degrees, pixels {picture.sample_aspect_ratio}"
    rate = Fraction(planned.frame_rate or source.picture.frame_rate)
    seen = Fraction(picture.frame_rate)
    colours = f"{picture.color_primaries or 'unsaid'}, {picture.color_transfer or 'unsaid'}"
    sdr = not picture.is_hdr and (not planned.to_rec709 or picture.color_primaries in ("bt709", None))
    return [
        checked("video_codec", "h264", picture.codec, passed=picture.codec == "h264"),
        checked("pixel_format", "yuv420p", str(picture.pixel_format), passed=picture.pixel_format == "yuv420p"),
        checked("picture_size", expected_size, size, passed=size == expected_size),
        checked("short_side", f"at least {least}", str(picture.short_side), passed=picture.short_side >= least),
        checked("upright", "stored upright, pixels 1:1", shape, passed=upright),
        checked("scan", "progressive", picture.field_order, passed=picture.field_order != "interlaced"),
        checked("colours", "standard dynamic range", colours, passed=sdr),
        checked(
            "frame_rate",
            f"{float(rate):.3f} frames a second, constant",
            f"{float(seen):.3f}{' on average' if picture.variable_frame_rate else ''}",
            tolerance="0.1 %",
            passed=abs(seen - rate) <= rate * _RATE_TOLERANCE and not picture.variable_frame_rate,
        ),
    ]


def _duration(plan: Plan, source: MediaFacts, measured: Measurements) -> list[Check]:
    """The whole file, and the picture for itself: sound that is too long could hide pictures that are missing."""
    tolerance = tolerance_seconds(plan, source)
    said = f"{tolerance:.3f} s: a frame of source and result each, and two of sound"
    whole, seen = plan.expected_duration_seconds, measured.facts.duration_seconds
    found = [
        checked("duration", f"{whole:.3f} s", f"{seen:.3f} s", tolerance=said, passed=abs(seen - whole) <= tolerance)
    ]
    if not measured.facts.video:
        return found
    expected = whole if plan.video.pad_with_black else source.picture.duration_seconds
    picture = measured.facts.picture.duration_seconds
    if expected is None or picture is None:
        which = "source" if expected is None else "result"
        why = f"the {which} does not say how long its picture lasts"
        return [*found, not_measurable("picture_duration", "as long as the source's", why)]
    passed = abs(picture - expected) <= tolerance
    return [
        *found,
        checked("picture_duration", f"{expected:.3f} s", f"{picture:.3f} s", tolerance=said, passed=passed),
    ]


def tolerance_seconds(plan: Plan, source: MediaFacts) -> float:
    """How far lengths may differ: both ends of a track fall on frames, of the source and of the result."""
    rate = Fraction(plan.video.frame_rate or source.picture.frame_rate)
    frames = 1 / float(rate) + 1 / source.picture.frames_per_second
    return frames + max((2 * audio_checks.AAC_FRAME / track.sample_rate_hz for track in plan.audio), default=0.0)


def _quality(measured: Measurements, contract: Contract) -> Check:
    floor = contract.quality_floor_vmaf
    expected = f"mean VMAF of at least {floor:g}" if floor else "no floor was asked for"
    if measured.vmaf_mean is None:
        return not_measurable(QUALITY, expected, "the encoder's VMAF report was not there or could not be read")
    least = f", least {measured.vmaf_min:.1f}" if measured.vmaf_min is not None else ""
    return checked(QUALITY, expected, f"mean {measured.vmaf_mean:.1f}{least}", passed=measured.vmaf_mean >= floor)


def _sync(plan: Plan, measured: Measurements, contract: Contract) -> Check:
    expected = f"sound within {contract.sync_tolerance_ms} ms of the source's place against the picture"
    if not plan.audio:
        return not_measurable("sync", expected, "the video has no sound")
    if measured.sync_ms is None:
        return not_measurable("sync", expected, measured.sync_why_not or "sound was not measured against the picture")
    passed = abs(measured.sync_ms) <= contract.sync_tolerance_ms
    return checked("sync", expected, f"{measured.sync_ms:.1f} ms", passed=passed)
