"""A result held against plan, source and contract: each wrong thing is found by its name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.domain.worlds import TABLES, film, limited, recorded, sound
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import AudioTrack, MediaFacts
from vcp.domain.planning.plan import AudioPlan, Plan
from vcp.domain.planning.planner import plan
from vcp.domain.verification.measurements import Measurements
from vcp.domain.verification.verdict import Verdict
from vcp.domain.verification.verify import verify

CONTRACT = limited(75_000_000, quality_floor_vmaf=90)
TRACKS = (sound(1, language="eng"), sound(2, channels=6, language="fre"))
SOURCE = film(1920, 1080, seconds=60.0, tracks=TRACKS, bitrate_bps=20_000_000)


def result_of(planned: Plan, source: MediaFacts) -> MediaFacts:
    """The file that a faithful encoder makes of a plan."""
    video = planned.video
    lasts = source.duration_seconds if video.pad_with_black else source.picture.duration_seconds
    changes = {
        "codec": "h264", "profile": "High", "pixel_format": "yuv420p", "width": video.width, "height": video.height,
        "rotation": 0, "sample_aspect_ratio": "1:1", "field_order": "progressive", "variable_frame_rate": False,
        "frame_rate": video.frame_rate or source.picture.frame_rate, "color_transfer": "bt709",
        "color_primaries": "bt709", "duration_seconds": lasts, "start_seconds": 0.0, "full_range": False,
    }  # fmt: skip
    audio = tuple(_faithful(source.audio[index], made, source) for index, made in enumerate(planned.audio))
    return MediaFacts(
        container="mov,mp4,m4a,3gp,3g2,mj2",
        major_brand="isom",
        duration_seconds=source.duration_seconds,
        video=(source.picture.but(**changes),),
        audio=audio,
    )


def _faithful(track: AudioTrack, made: AudioPlan, source: MediaFacts) -> AudioTrack:
    begun = (track.start_seconds or 0.0) - (source.picture.start_seconds or 0.0)
    start = max(0.0, begun) if track.start_seconds is not None else None
    return track.but(codec="aac", channels=made.channels, language=made.language, start_seconds=start)


def judged(
    source: MediaFacts = SOURCE, contract: Contract = CONTRACT, measures: dict[str, Any] | None = None, **of_file: Any
) -> Verdict:
    planned = plan(source, 150_000_000, contract, TABLES)
    facts = result_of(planned, source).but(**of_file)
    given: dict[str, Any] = {
        "facts": facts, "size_bytes": 60_000_000, "fast_start": True, "vmaf_mean": 95.0, "vmaf_min": 80.0,
        "sync_ms": 4.0, **(measures or {}),
    }  # fmt: skip
    return verify(planned, source, Measurements(**given), contract)


def with_picture(**changes: Any) -> Verdict:
    facts = result_of(plan(SOURCE, 150_000_000, CONTRACT, TABLES), SOURCE)
    return judged(video=(facts.picture.but(**changes),))


def with_sound(*changes: dict[str, Any]) -> Verdict:
    facts = result_of(plan(SOURCE, 150_000_000, CONTRACT, TABLES), SOURCE)
    tracks = [track.but(**change) for track, change in zip(facts.audio, changes, strict=True)]
    return judged(audio=tuple(tracks))


def failures(verdict: Verdict) -> set[str]:
    return {check.name for check in verdict.failures}


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
def test_a_faithful_result_of_any_source_fails_nothing(name: str) -> None:
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
        ({"color_transfer": "smpte2084"}, {"colours"}),
        ({"frame_rate": "25/1"}, {"frame_rate"}),
        ({"frame_rate": "2999/100"}, set()),
        ({"variable_frame_rate": True}, {"frame_rate"}),
        ({"duration_seconds": 58.0}, {"picture_duration"}),
        ({"duration_seconds": 60.07}, set()),
        ({"duration_seconds": 60.2}, {"picture_duration"}),
    ],
)
def test_a_wrong_picture_is_found_by_name(changes: dict[str, Any], failed: set[str]) -> None:
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
def test_a_wrong_track_is_found_by_name(first: dict[str, Any], second: dict[str, Any], failed: set[str]) -> None:
    assert failures(with_sound(first, second)) == failed


def test_a_missing_track_is_found() -> None:
    assert failures(judged(audio=())) == {"audio_tracks"}


def test_an_added_track_is_found() -> None:
    facts = result_of(plan(SOURCE, 150_000_000, CONTRACT, TABLES), SOURCE)
    assert failures(judged(audio=(*facts.audio, sound(3)))) == {"audio_tracks"}


def test_a_file_without_a_picture_is_found() -> None:
    assert "picture" in failures(judged(video=()))


@pytest.mark.parametrize(
    ("of_file", "failed"),
    [
        ({"container": "matroska,webm"}, {"container"}),
        ({"major_brand": "qt"}, {"container"}),
        ({"duration_seconds": 50.0}, {"duration"}),
    ],
)
def test_a_wrong_file_is_found(of_file: dict[str, Any], failed: set[str]) -> None:
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
def test_wrong_measures_are_found(measures: dict[str, Any], failed: set[str]) -> None:
    assert failures(judged(measures=measures)) == failed


@pytest.mark.parametrize(
    ("measures", "name", "why"),
    [
        ({"fast_start": None}, "fast_start", "could not be read"),
        ({"vmaf_mean": None}, "quality", "VMAF report"),
        ({"sync_ms": None}, "sync", "not measured"),
        ({"sync_ms": None, "sync_why_not": "no speech in it"}, "sync", "no speech in it"),
    ],
)
def test_what_could_not_be_measured_is_never_a_silent_pass(measures: dict[str, Any], name: str, why: str) -> None:
    check = next(check for check in judged(measures=measures).checks if check.name == name)
    assert check.outcome == "not_measurable"
    assert why in check.why


def test_lengths_that_nobody_says_are_not_measurable() -> None:
    silent: AudioTrack = TRACKS[0].but(duration_seconds=None, start_seconds=None)
    picture = SOURCE.picture.but(duration_seconds=None)
    source = SOURCE.but(audio=(silent,), video=(picture,))
    outcomes = {check.name: check.outcome for check in judged(source).checks}
    assert [outcomes[name] for name in ("picture_duration", "audio_1_start", "audio_1_end")] == ["not_measurable"] * 3


def test_sound_that_started_late_may_keep_its_place_or_be_filled_up_with_silence() -> None:
    late = recorded("late_sound.mp4")
    contract = limited(5_000_000)
    facts = result_of(plan(late, 250_000, contract, TABLES), late)
    filled = facts.audio[0].but(start_seconds=0.0, duration_seconds=2.7)
    shifted = facts.audio[0].but(start_seconds=0.3)
    measures = {"size_bytes": 1}
    assert failures(judged(late, contract, measures)) == set()
    assert failures(judged(late, contract, measures, audio=(filled,))) == set()
    assert "audio_1_start" in failures(judged(late, contract, measures, audio=(shifted,)))


def test_a_small_source_keeps_its_own_short_side() -> None:
    source = film(640, 360, tracks=TRACKS)
    check = next(check for check in judged(source).checks if check.name == "short_side")
    assert (check.expected, check.outcome) == ("at least 360", "pass")


def test_what_meets_its_bound_exactly_passes() -> None:
    """The limit alone is strict: a file of its size is not below it."""
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
def test_lengths_may_differ_by_a_frame_of_the_source_and_one_of_the_result(
    seconds: float, failed: set[str], sign: int
) -> None:
    """At 32 frames a second, and without sound: a sixteenth of a second."""
    silent = film(1920, 1080, seconds=60.0, tracks=(), frame_rate="32/1", bitrate_bps=20_000_000)
    lasts = 60.0 + sign * (seconds - 60.0)
    shown = result_of(plan(silent, 150_000_000, CONTRACT, TABLES), silent).picture
    verdict = judged(silent, duration_seconds=lasts, video=(shown.but(duration_seconds=lasts),))
    assert failures(verdict) == failed


def test_sound_that_is_a_little_longer_asks_for_no_more_picture_than_there_is() -> None:
    """Below half a second no black frames fill it up: the picture keeps its own length."""
    source = film(seconds=60.0, tracks=(sound(seconds=60.4),), bitrate_bps=20_000_000)
    source = source.but(duration_seconds=60.4)
    assert failures(judged(source)) == set()
    longer = result_of(plan(source, 150_000_000, CONTRACT, TABLES), source).picture
    stretched = longer.but(duration_seconds=60.4)
    assert failures(judged(source, video=(stretched,))) == {"picture_duration"}


@pytest.mark.parametrize(
    ("source", "result", "failed"),
    [
        # What was not converted may say what it likes, as long as it is not HDR.
        ({}, {"color_primaries": "bt470bg"}, set()),
        ({}, {"color_primaries": None, "color_transfer": None}, set()),
        ({}, {"color_transfer": "arib-std-b67"}, {"colours"}),
        # What was converted to BT.709 must be, or say nothing.
        ({"color_primaries": "bt2020"}, {"color_primaries": "bt709"}, set()),
        ({"color_primaries": "bt2020"}, {"color_primaries": None}, set()),
        ({"color_primaries": "bt2020"}, {"color_primaries": "bt2020"}, {"colours"}),
    ],
)
def test_colours_are_what_the_plan_made_of_them(
    source: dict[str, Any], result: dict[str, Any], failed: set[str]
) -> None:
    given = film(seconds=60.0, tracks=TRACKS, bitrate_bps=20_000_000, **source)
    shown = result_of(plan(given, 150_000_000, CONTRACT, TABLES), given).picture
    assert failures(judged(given, video=(shown.but(**result),))) == failed


def test_sound_may_end_a_frame_and_two_of_its_own_before_or_after_the_sources() -> None:
    tolerance = 1 / 30 + 2 * 1024 / 48000
    for ends, failed in ((60.0 - tolerance, set()), (60.0 + tolerance, set()), (59.92, {"audio_1_end"}),
                         (60.08, {"audio_1_end"})):  # fmt: skip
        assert failures(with_sound({"duration_seconds": ends}, {})) == failed, ends


@pytest.mark.parametrize(
    ("starts", "words"),
    [(0.0004, "with the picture"), (0.0005, "+0.001 s, or filled up to 0"), (0.0006, "+0.001 s, or filled up to 0")],
)
def test_a_start_is_told_where_it_shows(starts: float, words: str) -> None:
    source = film(seconds=60.0, tracks=(sound(start_seconds=starts),), bitrate_bps=20_000_000)
    (check,) = [check for check in judged(source).checks if check.name == "audio_1_start"]
    assert check.expected == words
