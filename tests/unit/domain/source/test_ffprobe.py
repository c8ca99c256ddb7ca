"""ffprobe's word on real files (tests/data/probe) and its odder habits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.domain.worlds import recorded
from vcp.domain.errors import Rejection
from vcp.domain.source.ffprobe import media_facts


def test_an_ordinary_file_with_two_languages() -> None:
    facts = recorded("two_languages.mp4")
    assert (facts.container.split(",")[1], facts.major_brand, facts.duration_seconds) == ("mp4", "isom", 2.0)
    assert (facts.picture.width, facts.picture.height, facts.picture.frame_rate) == (320, 180, "25/1")
    assert (facts.picture.codec, facts.picture.bit_depth, facts.picture.field_order) == ("h264", 8, "progressive")
    assert facts.picture.frame_count == 50
    assert not facts.picture.variable_frame_rate
    assert [(track.number, track.language, track.channels) for track in facts.audio] == [(1, "eng", 2), (2, "fre", 2)]


def test_a_phones_portrait_video_is_turned_clockwise() -> None:
    picture = recorded("portrait_phone.mp4").picture
    assert picture.rotation == 90
    assert (picture.display_width, picture.display_height) == (180, 320)


def test_a_variable_frame_rate_is_known_by_its_average() -> None:
    picture = recorded("variable_rate.mp4").picture
    assert picture.variable_frame_rate
    assert picture.frame_rate == "27/2"


def test_interlaced_anamorphic_material() -> None:
    picture = recorded("interlaced_pal.mpg").picture
    assert picture.field_order == "interlaced"
    assert (picture.sample_aspect_ratio, picture.display_width, picture.display_height) == ("64:45", 1024, 576)
    assert (picture.frame_rate, picture.variable_frame_rate) == ("25/1", False)


def test_hdr_and_depth() -> None:
    picture = recorded("hdr10.mp4").picture
    assert picture.is_hdr
    assert (picture.bit_depth, picture.color_primaries, picture.full_range) == (10, "bt2020", False)


def test_full_range_levels() -> None:
    assert recorded("full_range.mp4").picture.full_range


def test_surround_sound_and_timecode() -> None:
    facts = recorded("surround_timecode.mov")
    assert [(track.channels, track.channel_layout) for track in facts.audio] == [(6, "5.1"), (1, "mono")]
    assert (facts.timecode, facts.major_brand) == ("01:00:00:00", "qt")


def test_a_silent_film() -> None:
    assert recorded("silent.mp4").audio == ()


def test_cover_art_is_no_picture_track() -> None:
    facts = recorded("cover_art.mp4")
    assert (len(facts.video), facts.attached_pictures) == (1, 1)


def test_matroska_keeps_lengths_languages_and_captions_its_own_way() -> None:
    facts = recorded("captions_hevc.mkv")
    assert facts.picture.duration_seconds == 2.0
    assert (facts.audio[0].language, facts.audio[0].title) == ("pt-br", "Direção")
    assert [(caption.codec, caption.language) for caption in facts.captions] == [("subrip", "eng")]


def test_the_longest_track_counts_from_where_it_starts() -> None:
    assert recorded("late_sound.mp4").duration_seconds == pytest.approx(2.7, abs=0.01)
    assert recorded("long_sound.mp4").duration_seconds == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [
        ("only_sound.m4a", "no_video", "only sound"),
        ("only_sound_with_cover.m4a", "no_video", "cover"),
        ("picture.png", "no_video", "picture"),
        ("words.srt", "not_media", "no video"),
    ],
)
def test_what_is_no_video_is_refused_in_plain_words(name: str, code: str, word: str) -> None:
    with pytest.raises(Rejection) as refusal:
        recorded(name)
    assert refusal.value.code == code
    assert word in refusal.value.sentence


def _stream(**changes: Any) -> dict[str, Any]:
    return {
        "index": 0,
        "codec_type": "video",
        "codec_name": "h264",
        "width": 1920,
        "height": 1080,
        "avg_frame_rate": "30/1",
        "r_frame_rate": "30/1",
        "duration": "10.0",
        **changes,
    }


def _probe(*streams: dict[str, Any], **of_format: Any) -> dict[str, Any]:
    return {
        "format": {"format_name": "mov,mp4,m4a,3gp,3g2,mj2", "duration": "10.0", **of_format},
        "streams": [*streams],
    }


@pytest.mark.parametrize(
    ("changes", "rotation"),
    [
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": -90}]}, 90),
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": 90}]}, 270),
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": 180}]}, 180),
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": -89.5}]}, 90),
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": 12}]}, 0),
        ({"tags": {"rotate": "270"}}, 270),
        ({"side_data_list": [{"side_data_type": "DOVI configuration record"}]}, 0),
        ({}, 0),
    ],
)
def test_rotation_is_clockwise_whoever_says_it(changes: dict[str, Any], rotation: int) -> None:
    assert media_facts(_probe(_stream(**changes))).picture.rotation == rotation


@pytest.mark.parametrize(
    ("average", "nominal", "frames", "rate", "variable"),
    [
        ("30000/1001", "30000/1001", "300", "30000/1001", False),
        ("359760/12001", "30/1", "9000", "30/1", False),
        ("149/5", "30/1", "150", "30/1", False),
        ("29/1", "30/1", "9000", "29/1", True),
        ("27/2", "90000/1", None, "27/2", True),
        ("0/0", "25/1", None, "25/1", False),
        ("25/1", "0/0", None, "25/1", False),
        ("0/0", "0/0", "240", "24/1", False),
    ],
)
def test_frame_rates_are_told_apart_from_rounding(
    average: str, nominal: str, frames: str | None, rate: str, variable: bool
) -> None:
    stream = _stream(avg_frame_rate=average, r_frame_rate=nominal, nb_frames=frames)
    picture = media_facts(_probe(stream)).picture
    assert (picture.frame_rate, picture.variable_frame_rate) == (rate, variable)


def test_a_field_rate_is_no_frame_rate() -> None:
    picture = media_facts(_probe(_stream(field_order="tt", avg_frame_rate="25/1", r_frame_rate="50/1"))).picture
    assert (picture.frame_rate, picture.variable_frame_rate, picture.field_order) == ("25/1", False, "interlaced")


@pytest.mark.parametrize(
    ("pixel_format", "raw", "depth"),
    [
        ("yuv420p", None, 8),
        ("yuv420p10le", None, 10),
        ("yuv422p12be", None, 12),
        ("p010le", None, 10),
        ("yuv420p", "8", 8),
    ],
)
def test_bit_depth_comes_from_the_format_name_if_need_be(pixel_format: str, raw: str | None, depth: int) -> None:
    assert media_facts(_probe(_stream(pix_fmt=pixel_format, bits_per_raw_sample=raw))).picture.bit_depth == depth


def test_captions_inside_the_picture_are_seen() -> None:
    assert media_facts(_probe(_stream(closed_captions=1))).captions[0].codec == "eia_608"


def test_lengths_in_matroskas_own_words() -> None:
    stream = _stream(duration=None, tags={"DURATION": "01:02:03.500000000"})
    facts = media_facts(_probe(stream, duration="N/A"))
    assert facts.duration_seconds == 3723.5


def test_a_file_that_does_not_say_how_long_it_lasts() -> None:
    with pytest.raises(Rejection) as refusal:
        media_facts(_probe(_stream(duration="N/A"), duration="N/A"))
    assert refusal.value.code == "no_duration"


def test_a_picture_without_any_frame_rate() -> None:
    with pytest.raises(Rejection) as refusal:
        media_facts(_probe(_stream(avg_frame_rate="0/0", r_frame_rate="0/0", nb_frames=None)))
    assert refusal.value.code == "not_media"


@pytest.mark.parametrize("probed", [{}, {"format": {}, "streams": []}, {"streams": [{"codec_type": "data"}]}])
def test_nothing_at_all(probed: dict[str, Any]) -> None:
    with pytest.raises(Rejection) as refusal:
        media_facts(probed)
    assert refusal.value.code == "not_media"


def test_an_undefined_language_is_none() -> None:
    sound = {"index": 1, "codec_type": "audio", "codec_name": "aac", "channels": 2, "tags": {"language": "UND"}}
    assert media_facts(_probe(_stream(), sound)).audio[0].language is None
