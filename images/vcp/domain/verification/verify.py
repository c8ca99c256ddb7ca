"""Check a result against its plan, its source and its contract."""

from __future__ import annotations

from fractions import Fraction

from vcp.domain.model.contract import Contract
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.correction import Correction
from vcp.domain.planning.picture_size import min_short_side
from vcp.domain.planning.plan import Plan
from vcp.domain.text import wording
from vcp.domain.verification import audio_checks
from vcp.domain.verification.checks import checked, not_measurable
from vcp.domain.verification.measurements import Measurements
from vcp.domain.verification.verdict import PLANNED_SIZE, QUALITY, SIZE, Check, Verdict

#: Frame rates that differ by less are equal but for rounding.
_RATE_TOLERANCE = Fraction(1, 1000)


def verify(plan: Plan, source: MediaFacts, measured: Measurements, contract: Contract) -> Verdict:
    """Return the verdict on one result.

    Args:
        plan: the expected result.
        source: the properties of the source.
        measured: the measurements of the result.
        contract: the requirements.
    """
    checks = [*_size(plan, measured, contract), *_file(measured)]
    if measured.facts.video:
        checks += _picture(plan, source, measured, contract)
    else:
        checks.append(checked("picture", "one video track", "none", passed=False))
    checks += _duration(plan, source, measured)
    checks += audio_checks.checks(plan, source, measured.facts, contract)
    checks += [_quality(measured, contract), _sync(plan, measured, contract)]
    return Verdict(checks=tuple(checks))


def correction_for(verdict: Verdict, measured_bytes: int) -> Correction | None:
    """Return what a second plan can fix: too many bytes or too low quality, but nothing else and not both."""
    failed = {check.name for check in verdict.failures}
    if failed and failed <= {SIZE, PLANNED_SIZE}:
        return Correction(failed="size", measured_bytes=measured_bytes)
    return Correction(failed="quality", measured_bytes=measured_bytes) if failed == {QUALITY} else None


def _size(plan: Plan, measured: Measurements, contract: Contract) -> list[Check]:
    size = measured.size_bytes
    text = f"{size:,} bytes"
    return [
        checked(SIZE, f"less than {contract.limit_bytes:,} bytes", text, passed=size < contract.limit_bytes),
        checked(PLANNED_SIZE, f"at most {plan.planned_max_bytes:,} bytes", text, passed=size <= plan.planned_max_bytes),
    ]


def _file(measured: Measurements) -> list[Check]:
    facts = measured.facts
    is_mp4 = "mp4" in facts.container.split(",") and facts.major_brand != "qt"
    name = "MP4" if is_mp4 else "QuickTime" if facts.major_brand == "qt" else wording.container(facts.container)
    container = f"{name} (brand {facts.major_brand})" if facts.major_brand else name
    found = [checked("container", "MP4", container, passed=is_mp4)]
    expected = "index before the media data"
    if measured.fast_start is None:
        found.append(not_measurable("fast_start", expected, "the order of the boxes could not be read"))
    else:
        seen = expected if measured.fast_start else "index after the media data"
        found.append(checked("fast_start", expected, seen, passed=measured.fast_start))
    return found


def _picture(plan: Plan, source: MediaFacts, measured: Measurements, contract: Contract) -> list[Check]:
    picture, planned = measured.facts.picture, plan.video
    size, expected_size = f"{picture.width}x{picture.height}", f"{planned.width}x{planned.height}"
    min_side = min_short_side(source.picture, contract)
    upright = picture.rotation == 0 and picture.sample_aspect_ratio == "1:1"
    shape = f"rotation {picture.rotation}°, sample aspect ratio {picture.sample_aspect_ratio}"
    rate = Fraction(planned.frame_rate or source.picture.frame_rate)
    seen = Fraction(picture.frame_rate)
    tags = (picture.color_primaries, picture.color_transfer)
    color = ", ".join(tag or "unspecified" for tag in tags) if any(tags) else "not tagged, which players show as BT.709"
    sdr = not picture.is_hdr and (not planned.to_rec709 or picture.color_primaries in ("bt709", None))
    return [
        checked("video_codec", "H.264", wording.codec(picture.codec), passed=picture.codec == "h264"),
        checked("pixel_format", "yuv420p", picture.pixel_format or "unknown", passed=picture.pixel_format == "yuv420p"),
        checked("picture_size", expected_size, size, passed=size == expected_size),
        checked("short_side", f"at least {min_side}", str(picture.short_side), passed=picture.short_side >= min_side),
        checked("upright", "rotation 0°, sample aspect ratio 1:1", shape, passed=upright),
        checked("scan", "progressive", picture.field_order, passed=picture.field_order != "interlaced"),
        checked("color", "standard dynamic range", color, passed=sdr),
        checked(
            "frame_rate",
            f"{float(rate):.3f} fps, constant",
            f"{float(seen):.3f} fps{' on average' if picture.variable_frame_rate else ''}",
            tolerance="0.1 %",
            passed=abs(seen - rate) <= rate * _RATE_TOLERANCE and not picture.variable_frame_rate,
        ),
    ]


def _duration(plan: Plan, source: MediaFacts, measured: Measurements) -> list[Check]:
    """Check the file and its video track: a long audio track could hide missing video."""
    tolerance = tolerance_seconds(plan, source)
    note = f"{tolerance:.3f} s: one video frame each of source and result, and two audio frames"
    whole, seen = plan.expected_duration_seconds, measured.facts.duration_seconds
    found = [
        checked("duration", f"{whole:.3f} s", f"{seen:.3f} s", tolerance=note, passed=abs(seen - whole) <= tolerance)
    ]
    if not measured.facts.video:
        return found
    expected = whole if plan.video.pad_with_black else source.picture.duration_seconds
    picture = measured.facts.picture.duration_seconds
    if expected is None or picture is None:
        which = "source" if expected is None else "result"
        why = f"the {which} does not state the duration of its video"
        return [*found, not_measurable("picture_duration", "as in the source", why)]
    passed = abs(picture - expected) <= tolerance
    return [
        *found,
        checked("picture_duration", f"{expected:.3f} s", f"{picture:.3f} s", tolerance=note, passed=passed),
    ]


def tolerance_seconds(plan: Plan, source: MediaFacts) -> float:
    """Return by how much durations may differ: tracks start and end on frames, both in source and result."""
    rate = Fraction(plan.video.frame_rate or source.picture.frame_rate)
    video_frames = 1 / float(rate) + 1 / source.picture.frames_per_second
    audio_frames = (2 * audio_checks.AAC_FRAME_SAMPLES / track.sample_rate_hz for track in plan.audio)
    return video_frames + max(audio_frames, default=0.0)


def _quality(measured: Measurements, contract: Contract) -> Check:
    floor = contract.quality_floor_vmaf
    expected = f"mean VMAF of at least {floor:g}" if floor else "no minimum requested"
    if measured.vmaf_mean is None:
        return not_measurable(QUALITY, expected, "the encoder's VMAF report is missing or unreadable")
    minimum = f", minimum {measured.vmaf_min:.1f}" if measured.vmaf_min is not None else ""
    return checked(QUALITY, expected, f"mean {measured.vmaf_mean:.1f}{minimum}", passed=measured.vmaf_mean >= floor)


def _sync(plan: Plan, measured: Measurements, contract: Contract) -> Check:
    expected = f"audio shifted against video by at most {contract.sync_tolerance_ms} ms"
    if not plan.audio:
        return not_measurable("sync", expected, "the video has no audio")
    if measured.sync_ms is None:
        return not_measurable(
            "sync",
            expected,
            measured.sync_unmeasured_reason
            or "this version does not measure it; the start and end of each track are compared",
        )
    passed = abs(measured.sync_ms) <= contract.sync_tolerance_ms
    return checked("sync", expected, f"{measured.sync_ms:.1f} ms", passed=passed)
