"""The verdict on results: each fault fails the check of its name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.domain.golden import check_golden
from tests.unit.domain.samples import TABLES, film, limited, recorded, sound
from tests.unit.domain.verification.results import (
    CONTRACT,
    SOURCE,
    TRACKS,
    failures,
    judged,
    result_of,
    with_picture,
    with_sound,
)
from vcp.domain.model.media import AudioTrack
from vcp.domain.planning.correction import Correction
from vcp.domain.planning.planner import plan
from vcp.domain.verification.checks import checked
from vcp.domain.verification.verdict import Check, Verdict
from vcp.domain.verification.verify import correction_for


def test_a_faithful_result_passes_every_check() -> None:
    verdict = judged()
    assert verdict.passed
    assert {check.outcome for check in verdict.checks} == {"pass"}
    names = [check.name for check in verdict.checks]
    assert len(names) == len(set(names))
    assert {"size", "planned_size", "sync", "quality", "audio_2_language", "fast_start"} <= set(names)


@pytest.mark.parametrize(
    "name",
    ["portrait_phone.mp4", "variable_rate.mp4", "interlaced_pal.mpg", "hdr10.mp4", "surround_timecode.mov",
     "full_range.mp4", "silent.mp4", "late_sound.mp4", "long_sound.mp4", "cover_art.mp4", "high_rate.mp4",
     "prores_octo.mov", "vp9_opus.webm"],
)  # fmt: skip
def test_a_faithful_result_of_any_source_passes(name: str) -> None:
    source = recorded(name)
    verdict = judged(source, limited(5_000_000), {"size_bytes": 1})
    assert failures(verdict) == set()


@pytest.mark.parametrize(
    ("size", "failed"),
    [
        (74_000_000, set()),
        (74_999_999, {"planned_size"}),
        (75_000_000, {"size", "planned_size"}),
        (80_000_000, {"size", "planned_size"}),
    ],
)
def test_a_result_stays_strictly_below_the_limit_and_within_its_plan(size: int, failed: set[str]) -> None:
    verdict = judged(measures={"size_bytes": size})
    assert failures(verdict) == failed
    assert verdict.passed == (not failed)


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"codec": "hevc"}, {"video_codec"}),
        ({"pixel_format": "yuv420p10le"}, {"pixel_format"}),
        ({"pixel_format": None}, {"pixel_format"}),
        ({"width": 1918}, {"picture_size"}),
        ({"width": 1280, "height": 700}, {"picture_size", "short_side"}),
        ({"rotation": 90}, {"upright"}),
        ({"sample_aspect_ratio": "4:3"}, {"upright"}),
        ({"field_order": "interlaced"}, {"scan"}),
        ({"color_transfer": "smpte2084"}, {"color"}),
        ({"frame_rate": "25/1"}, {"frame_rate"}),
        ({"frame_rate": "2999/100"}, set()),
        ({"variable_frame_rate": True}, {"frame_rate"}),
        ({"duration_seconds": 58.0}, {"picture_duration"}),
        ({"duration_seconds": 60.07}, set()),
        ({"duration_seconds": 60.2}, {"picture_duration"}),
    ],
)
def test_a_wrong_video_track_fails_its_check(changes: dict[str, Any], failed: set[str]) -> None:
    assert failures(with_picture(**changes)) == failed


@pytest.mark.parametrize(
    ("first", "second", "failed"),
    [
        ({"codec": "ac3"}, {}, {"audio_1_codec"}),
        ({}, {"channels": 2}, {"audio_2_channels"}),
        ({"language": "fra"}, {"language": "eng"}, {"audio_1_language", "audio_2_language"}),
        ({"language": None}, {}, {"audio_1_language"}),
        ({}, {"language": "fre"}, set()),
        ({"duration_seconds": 40.0}, {}, {"audio_1_end"}),
        ({"duration_seconds": 60.5}, {}, {"audio_1_end"}),
        ({"duration_seconds": 60.06}, {}, set()),
        ({"start_seconds": 0.039}, {}, set()),
        ({}, {"start_seconds": 0.2}, {"audio_2_start", "audio_2_end"}),
    ],
)
def test_a_wrong_audio_track_fails_its_check(first: dict[str, Any], second: dict[str, Any], failed: set[str]) -> None:
    assert failures(with_sound(first, second)) == failed


def test_a_missing_audio_track_fails() -> None:
    assert failures(judged(audio=())) == {"audio_tracks"}


def test_an_additional_audio_track_fails() -> None:
    facts = result_of(plan(SOURCE, 150_000_000, CONTRACT, TABLES), SOURCE)
    assert failures(judged(audio=(*facts.audio, sound(3)))) == {"audio_tracks"}


def test_a_file_without_video_fails() -> None:
    assert "picture" in failures(judged(video=()))


@pytest.mark.parametrize(
    ("of_file", "failed"),
    [
        ({"container": "matroska,webm"}, {"container"}),
        ({"major_brand": "qt"}, {"container"}),
        ({"duration_seconds": 50.0}, {"duration"}),
    ],
)
def test_a_wrong_container_or_duration_fails(of_file: dict[str, Any], failed: set[str]) -> None:
    assert failures(judged(**of_file)) == failed


@pytest.mark.parametrize(
    ("measures", "failed"),
    [
        ({"fast_start": False}, {"fast_start"}),
        ({"vmaf_mean": 89.9}, {"quality"}),
        ({"sync_ms": 40.0}, set()),
        ({"sync_ms": 41.0}, {"sync"}),
        ({"sync_ms": -41.0}, {"sync"}),
    ],
)
def test_wrong_measurements_fail(measures: dict[str, Any], failed: set[str]) -> None:
    assert failures(judged(measures=measures)) == failed


@pytest.mark.parametrize(
    ("measures", "name", "why"),
    [
        ({"fast_start": None}, "fast_start", "could not be read"),
        ({"vmaf_mean": None}, "quality", "VMAF report"),
        ({"sync_ms": None}, "sync", "does not measure it"),
        ({"sync_ms": None, "sync_unmeasured_reason": "no speech in it"}, "sync", "no speech in it"),
    ],
)
def test_an_unmeasured_value_never_passes_silently(measures: dict[str, Any], name: str, why: str) -> None:
    check = next(check for check in judged(measures=measures).checks if check.name == name)
    assert check.outcome == "not_measurable"
    assert why in check.why


def test_missing_durations_are_not_measurable() -> None:
    silent: AudioTrack = TRACKS[0].but(duration_seconds=None, start_seconds=None)
    picture = SOURCE.picture.but(duration_seconds=None)
    source = SOURCE.but(audio=(silent,), video=(picture,))
    outcomes = {check.name: check.outcome for check in judged(source).checks}
    assert [outcomes[name] for name in ("picture_duration", "audio_1_start", "audio_1_end")] == ["not_measurable"] * 3


def test_late_audio_may_keep_its_offset_or_start_with_silence() -> None:
    late = recorded("late_sound.mp4")
    contract = limited(5_000_000)
    facts = result_of(plan(late, 250_000, contract, TABLES), late)
    filled = facts.audio[0].but(start_seconds=0.0, duration_seconds=2.7)
    shifted = facts.audio[0].but(start_seconds=0.3)
    measures = {"size_bytes": 1}
    assert failures(judged(late, contract, measures)) == set()
    assert failures(judged(late, contract, measures, audio=(filled,))) == set()
    assert "audio_1_start" in failures(judged(late, contract, measures, audio=(shifted,)))


def test_a_small_source_keeps_its_short_side() -> None:
    source = film(640, 360, tracks=TRACKS)
    check = next(check for check in judged(source).checks if check.name == "short_side")
    assert (check.expected, check.outcome) == ("at least 360", "pass")


def test_a_value_at_its_bound_passes() -> None:
    """Only the size limit is exclusive."""
    planned = plan(SOURCE, 150_000_000, CONTRACT, TABLES).planned_max_bytes
    assert failures(judged(measures={"size_bytes": planned})) == set()
    assert failures(judged(measures={"size_bytes": planned + 1})) == {"planned_size"}
    assert failures(judged(measures={"vmaf_mean": 90.0})) == set()
    assert failures(judged(measures={"sync_ms": -40.0})) == set()
    assert failures(with_picture(frame_rate="3003/100")) == set()
    assert failures(with_picture(frame_rate="30031/1000")) == {"frame_rate"}
    assert failures(with_sound({"start_seconds": 0.04, "duration_seconds": 59.96}, {})) == set()
    assert failures(with_sound({"start_seconds": 0.041, "duration_seconds": 59.959}, {})) == {"audio_1_start"}


@pytest.mark.parametrize(("seconds", "failed"), [(60.0625, set()), (60.0635, {"duration", "picture_duration"})])
@pytest.mark.parametrize("sign", [1, -1])
def test_durations_may_differ_by_a_frame_each_of_source_and_result(seconds: float, failed: set[str], sign: int) -> None:
    """At 32 fps and without audio: a sixteenth of a second."""
    silent = film(1920, 1080, seconds=60.0, tracks=(), frame_rate="32/1", bitrate_bps=20_000_000)
    lasts = 60.0 + sign * (seconds - 60.0)
    shown = result_of(plan(silent, 150_000_000, CONTRACT, TABLES), silent).picture
    verdict = judged(silent, duration_seconds=lasts, video=(shown.but(duration_seconds=lasts),))
    assert failures(verdict) == failed


def test_slightly_longer_audio_does_not_extend_the_video() -> None:
    """Black frames are added only from half a second on."""
    source = film(seconds=60.0, tracks=(sound(seconds=60.4),), bitrate_bps=20_000_000)
    source = source.but(duration_seconds=60.4)
    assert failures(judged(source)) == set()
    longer = result_of(plan(source, 150_000_000, CONTRACT, TABLES), source).picture
    stretched = longer.but(duration_seconds=60.4)
    assert failures(judged(source, video=(stretched,))) == {"picture_duration"}


@pytest.mark.parametrize(
    ("source", "result", "failed"),
    [
        # Unconverted color may have any primaries, but must not be HDR.
        ({}, {"color_primaries": "bt470bg"}, set()),
        ({}, {"color_primaries": None, "color_transfer": None}, set()),
        ({}, {"color_transfer": "arib-std-b67"}, {"color"}),
        # Converted color must be BT.709 or unspecified.
        ({"color_primaries": "bt2020"}, {"color_primaries": "bt709"}, set()),
        ({"color_primaries": "bt2020"}, {"color_primaries": None}, set()),
        ({"color_primaries": "bt2020"}, {"color_primaries": "bt2020"}, {"color"}),
    ],
)
def test_color_matches_the_planned_conversion(source: dict[str, Any], result: dict[str, Any], failed: set[str]) -> None:
    given = film(seconds=60.0, tracks=TRACKS, bitrate_bps=20_000_000, **source)
    shown = result_of(plan(given, 150_000_000, CONTRACT, TABLES), given).picture
    assert failures(judged(given, video=(shown.but(**result),))) == failed


def test_audio_may_end_a_video_frame_and_two_audio_frames_off() -> None:
    tolerance = 1 / 30 + 2 * 1024 / 48000
    for ends, failed in ((60.0 - tolerance, set()), (60.0 + tolerance, set()), (59.92, {"audio_1_end"}),
                         (60.08, {"audio_1_end"})):  # fmt: skip
        assert failures(with_sound({"duration_seconds": ends}, {})) == failed, ends


@pytest.mark.parametrize(
    ("starts", "words"),
    [(0.0004, "with the video"), (0.0005, "+0.001 s, or 0 (gap filled)"), (0.0006, "+0.001 s, or 0 (gap filled)")],
)
def test_a_start_offset_is_shown_from_half_a_millisecond(starts: float, words: str) -> None:
    source = film(seconds=60.0, tracks=(sound(start_seconds=starts),), bitrate_bps=20_000_000)
    (check,) = [check for check in judged(source).checks if check.name == "audio_1_start"]
    assert check.expected == words


def verdict(*failed: str) -> Verdict:
    good = Check(name="sync", expected="less", measured="less", outcome="pass")
    return Verdict(checks=(good, *(checked(name, "this", "that", passed=False) for name in failed)))


@pytest.mark.parametrize(
    ("failed", "fixable"),
    [
        (("size",), "size"),
        (("planned_size",), "size"),
        (("size", "planned_size"), "size"),
        (("quality",), "quality"),
        (("quality", "size"), None),
        (("sync",), None),
        (("duration",), None),
        (("size", "audio_tracks"), None),
        ((), None),
    ],
)
def test_a_second_plan_fixes_size_or_quality_but_not_both(failed: tuple[str, ...], fixable: Any) -> None:
    expected = None if fixable is None else Correction(failed=fixable, measured_bytes=7)
    assert correction_for(verdict(*failed), 7) == expected


def test_verdicts_read_as_reviewed() -> None:
    """The first section lists every check, the others only what differs from it."""
    late, small = recorded("late_sound.mp4"), limited(5_000_000)
    unmeasured = {"fast_start": None, "vmaf_mean": None, "vmaf_min": None, "sync_ms": None}
    broken = {"size_bytes": 80_000_000, "fast_start": False, "vmaf_mean": 10.0, "sync_ms": -99.5}
    hdr = {"color_transfer": "smpte2084", "color_primaries": "bt2020"}
    wrong_video = {
        "codec": "hevc", "pixel_format": None, "width": 640, "height": 360, "rotation": 90, "frame_rate": "25/1",
        "sample_aspect_ratio": "4:3", "field_order": "interlaced", "variable_frame_rate": True, **hdr,
        "duration_seconds": None,
    }  # fmt: skip
    verdicts = {
        "faithful": judged(),
        "not measured": judged(measures=unmeasured),
        "synchronization not measured, with a reason": judged(
            measures={"sync_ms": None, "sync_unmeasured_reason": "no beep was found"}
        ),
        "no quality floor": judged(contract=limited(75_000_000), measures={"vmaf_min": None}),
        "all wrong": judged(
            video=(), audio=(), container="avi", major_brand=None, duration_seconds=1.0, measures=broken
        ),
        "wrong video": with_picture(**wrong_video),
        "unspecified color": with_picture(color_transfer=None, color_primaries=None),
        "wrong audio": with_sound(
            {"codec": "ac3", "channels": 1, "language": None, "start_seconds": 0.7},
            {"duration_seconds": None, "start_seconds": None},
        ),
        "late audio": judged(late, small, {"size_bytes": 1}),
        "short audio": judged(film(tracks=(sound(seconds=40.0),))),
        "source without audio": judged(recorded("silent.mp4"), small, {"size_bytes": 1}),
        "source without durations": judged(
            film(tracks=(sound(seconds=60.0, duration_seconds=None),), duration_seconds=None)
        ),
    }

    def line(check: Check) -> str:
        notes = "".join(
            f", {name} {value!r}" for name, value in (("tolerance", check.tolerance), ("why", check.why)) if value
        )
        return f"{check.outcome:15}{check.label}: expected {check.expected!r}, measured {check.measured!r}{notes}"

    common = {line(check) for check in verdicts["faithful"].checks}
    texts = {
        name: "\n".join(line(check) for check in each.checks if name == "faithful" or line(check) not in common)
        for name, each in verdicts.items()
    }
    check_golden("verdicts", texts)
