"""ffprobe's output on real files (tests/data/probe), and its special cases."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.unit.domain.samples import recorded
from vcp.domain.errors import Rejection
from vcp.domain.model.media import AudioTrack, CaptionTrack, MediaFacts, VideoTrack
from vcp.domain.source.ffprobe import media_facts


def test_an_ordinary_file_with_two_languages() -> None:
    facts = recorded("two_languages.mp4")
    assert (facts.container.split(",")[1], facts.major_brand, facts.duration_seconds) == ("mp4", "isom", 2.0)
    assert (facts.picture.width, facts.picture.height, facts.picture.frame_rate) == (320, 180, "25/1")
    assert (facts.picture.codec, facts.picture.bit_depth, facts.picture.field_order) == ("h264", 8, "progressive")
    assert facts.picture.frame_count == 50
    assert not facts.picture.variable_frame_rate
    assert [(track.number, track.language, track.channels) for track in facts.audio] == [(1, "eng", 2), (2, "fre", 2)]


def test_a_portrait_phone_video_is_rotated_clockwise() -> None:
    picture = recorded("portrait_phone.mp4").picture
    assert picture.rotation == 90
    assert (picture.display_width, picture.display_height) == (180, 320)


def test_a_variable_frame_rate_is_given_by_its_average() -> None:
    picture = recorded("variable_rate.mp4").picture
    assert picture.variable_frame_rate
    assert picture.frame_rate == "27/2"


def test_interlaced_anamorphic_video() -> None:
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


def test_a_file_without_audio() -> None:
    assert recorded("silent.mp4").audio == ()


def test_cover_art_is_not_a_video_track() -> None:
    facts = recorded("cover_art.mp4")
    assert (len(facts.video), facts.attached_pictures) == (1, 1)


def test_matroska_tags_hold_durations_and_languages() -> None:
    facts = recorded("captions_hevc.mkv")
    assert facts.picture.duration_seconds == 2.0
    assert (facts.audio[0].language, facts.audio[0].title) == ("pt-br", "Direção")
    assert [(caption.codec, caption.language) for caption in facts.captions] == [("subrip", "eng")]


def test_the_duration_includes_a_tracks_offset() -> None:
    assert recorded("late_sound.mp4").duration_seconds == pytest.approx(2.7, abs=0.01)
    assert recorded("long_sound.mp4").duration_seconds == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [
        ("only_sound.m4a", "no_video", "only audio, no video"),
        ("only_sound_with_cover.m4a", "no_video", "only audio and a cover picture"),
        ("picture.png", "no_video", "an image"),
        ("words.srt", "not_media", "neither video nor audio"),
    ],
)
def test_rejects_files_without_video(name: str, code: str, word: str) -> None:
    with pytest.raises(Rejection) as caught:
        recorded(name)
    assert caught.value.code == code
    assert word in caught.value.sentence


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
        ({"side_data_list": [{"rotation": 0}]}, 0),
        ({"side_data_list": [{"rotation": -45}]}, 0),
        ({"side_data_list": [{"rotation": -90}, {"other": 1}]}, 90),
        ({"tags": {"rotate": "270"}}, 270),
        ({"tags": {"rotate": "-90"}}, 270),
        ({"tags": {"rotate": "359"}}, 0),
        ({"tags": {"rotate": "x"}}, 0),
        # MediaConvert tolerates one degree.
        ({"tags": {"rotate": "89"}}, 90),
        ({"tags": {"rotate": "88.9"}}, 0),
        ({"tags": {"rotate": "91"}}, 90),
        ({"tags": {"rotate": "91.1"}}, 0),
        ({"side_data_list": [{"side_data_type": "DOVI configuration record"}]}, 0),
        ({}, 0),
    ],
)
def test_rotation_is_clockwise(changes: dict[str, Any], rotation: int) -> None:
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
def test_frame_rates_ignore_rounding(average: str, nominal: str, frames: str | None, rate: str, variable: bool) -> None:
    stream = _stream(avg_frame_rate=average, r_frame_rate=nominal, nb_frames=frames)
    picture = media_facts(_probe(stream)).picture
    assert (picture.frame_rate, picture.variable_frame_rate) == (rate, variable)


def test_a_field_rate_is_not_a_frame_rate() -> None:
    picture = media_facts(_probe(_stream(field_order="tt", avg_frame_rate="25/1", r_frame_rate="50/1"))).picture
    assert (picture.frame_rate, picture.variable_frame_rate, picture.field_order) == ("25/1", False, "interlaced")


@pytest.mark.parametrize(
    ("pixel_format", "raw", "depth"),
    [
        ("yuv420p", None, 8),
        ("yuv420p10le", None, 10),
        ("yuv422p12be", None, 12),
        ("yuv420p9be", None, 9),
        ("yuv444p14le", None, 14),
        ("yuv444p16le", None, 16),
        ("p010le", None, 10),
        ("p016be", None, 16),
        ("nv12", None, 8),
        ("yuv420p", "11", 11),
        ("yuv420p", "8", 8),
    ],
)
def test_bit_depth_falls_back_to_the_pixel_format(pixel_format: str, raw: str | None, depth: int) -> None:
    assert media_facts(_probe(_stream(pix_fmt=pixel_format, bits_per_raw_sample=raw))).picture.bit_depth == depth


def test_embedded_captions_are_found() -> None:
    assert media_facts(_probe(_stream(closed_captions=1))).captions[0].codec == "eia_608"


def test_matroskas_duration_tag() -> None:
    stream = _stream(duration=None, tags={"DURATION": "01:02:03.500000000"})
    facts = media_facts(_probe(stream, duration="N/A"))
    assert facts.duration_seconds == 3723.5


def test_rejects_a_file_without_a_duration() -> None:
    with pytest.raises(Rejection) as caught:
        media_facts(_probe(_stream(duration="N/A"), duration="N/A"))
    assert caught.value.code == "no_duration"


def test_rejects_a_video_without_a_frame_rate() -> None:
    with pytest.raises(Rejection) as caught:
        media_facts(_probe(_stream(avg_frame_rate="0/0", r_frame_rate="0/0", nb_frames=None)))
    assert caught.value.code == "not_media"


@pytest.mark.parametrize("probed", [{}, {"format": {}, "streams": []}, {"streams": [{"codec_type": "data"}]}])
def test_rejects_a_file_without_streams(probed: dict[str, Any]) -> None:
    with pytest.raises(Rejection) as caught:
        media_facts(probed)
    assert caught.value.code == "not_media"


def test_an_undefined_language_is_none() -> None:
    sound = {"index": 1, "codec_type": "audio", "codec_name": "aac", "channels": 2, "tags": {"language": "UND"}}
    assert media_facts(_probe(_stream(), sound)).audio[0].language is None


@pytest.mark.parametrize(
    ("frames", "seconds", "rate"),
    [("50", "2.002", "25000/1001"), ("25051", "1002", "25026/1001"), ("240", "10", "24/1")],
)
def test_a_missing_frame_rate_is_counted(frames: str, seconds: str, rate: str) -> None:
    stream = _stream(avg_frame_rate="0/0", r_frame_rate="0/0", nb_frames=frames, duration=seconds)
    assert Fraction(media_facts(_probe(stream, duration=seconds)).picture.frame_rate) == Fraction(rate)


@pytest.mark.parametrize(
    ("of_stream", "of_format", "code"),
    [
        # 1000 hours are the maximum.
        ({}, {"duration": "3600001"}, "no_duration"),
        ({"duration": "N/A", "tags": {"DURATION": "01:30"}}, {"duration": "N/A"}, "no_duration"),
        ({"duration": "0"}, {"duration": "0"}, "no_duration"),
        ({"avg_frame_rate": "0/0", "r_frame_rate": "0/0", "nb_frames": "0"}, {}, "not_media"),
        ({"avg_frame_rate": "0/0", "r_frame_rate": "0/0", "nb_frames": "50", "duration": "0"}, {}, "not_media"),
        ({"width": 0}, {}, "not_media"),
        ({"height": None}, {}, "not_media"),
        ({"disposition": {"attached_pic": 1}}, {}, "no_video"),
        ({}, {"format_name": "png_pipe"}, "no_video"),
        ({}, {"format_name": "image2"}, "no_video"),
    ],
)
def test_rejects_what_cannot_be_compressed(of_stream: dict[str, Any], of_format: dict[str, Any], code: str) -> None:
    with pytest.raises(Rejection) as rejected:
        media_facts(_probe(_stream(**of_stream), **of_format))
    assert rejected.value.code == code


def test_names_the_codecs_of_streams_without_a_size() -> None:
    streams = [{"codec_type": "video", "codec_name": name} for name in ("h264", "hevc")]
    with pytest.raises(Rejection) as rejected:
        media_facts(_probe(*streams))
    assert rejected.value.detail == "mov,mp4,m4a,3gp,3g2,mj2: h264, hevc"


@pytest.mark.parametrize(
    ("of_stream", "of_format", "seconds", "of_track"),
    [
        ({}, {"duration": "3600000"}, 3_600_000.0, 10.0),
        ({"duration": "0"}, {"duration": "5"}, 5.0, None),
        ({"duration": "-1"}, {"duration": "5"}, 5.0, None),
        ({"duration": "10", "start_time": "2.5"}, {"duration": "N/A"}, 12.5, 10.0),
        ({"duration": "10", "start_time": "2.5"}, {"duration": "N/A", "start_time": "2"}, 10.5, 10.0),
        ({"duration": "10", "start_time": "1"}, {"duration": "N/A", "start_time": "2"}, 10.0, 10.0),
    ],
)
def test_durations(
    of_stream: dict[str, Any], of_format: dict[str, Any], seconds: float, of_track: float | None
) -> None:
    facts = media_facts(_probe(_stream(**of_stream), **of_format))
    assert (facts.duration_seconds, facts.picture.duration_seconds) == (seconds, of_track)


@pytest.mark.parametrize(("width", "height"), [(1, 48), (64, 1)])
def test_a_pixel_is_a_size(width: int, height: int) -> None:
    picture = media_facts(_probe(_stream(width=width, height=height))).picture
    assert (picture.width, picture.height) == (width, height)


def test_a_full_range_pixel_format() -> None:
    assert media_facts(_probe(_stream(pix_fmt="yuvj420p"))).picture.full_range


def test_reads_every_property() -> None:
    """As mkvmerge writes them in tags, and in ffprobe's rarer fields."""
    probed = {
        "format": {
            "format_name": "matroska,webm", "duration": "10.000000", "start_time": "1.000000", "size": "12345678",
            "bit_rate": "9876543", "tags": {"major_brand": " qt  ", "timecode": "00:59:59:00"},
        },
        "streams": [
            {
                "index": 3, "codec_type": "video", "codec_name": "h264", "profile": "High 10",
                "pix_fmt": "yuv420p10le", "width": 1440, "height": 1080, "sample_aspect_ratio": "4:3",
                "avg_frame_rate": "25/1", "r_frame_rate": "25/1", "field_order": "progressive", "color_range": "pc",
                "color_transfer": "bt709", "color_primaries": "bt709", "color_space": "bt709",
                "start_time": "1.000000", "closed_captions": 1,
                "tags": {
                    "BPS": "8000000", "DURATION": "00:01:02.500000000", "NUMBER_OF_FRAMES": "1562", "rotate": "90",
                },
            },
            {
                "index": 4, "codec_type": "audio", "codec_tag_string": "lpcm", "channels": 6, "channel_layout": "5.1",
                "sample_rate": "44100", "bit_rate": "256000", "start_time": "2.500000",
                "tags": {"DURATION": "01:00:01.250000000", "language": "FRE", "title": " Director "},
            },
            {"index": 5, "codec_type": "audio", "tags": {"language": "und", "DURATION": "garbled"}},
            {"index": 6, "codec_type": "subtitle", "codec_name": "ass", "tags": {"language": "ger", "title": "Signs"}},
            {
                "index": 7, "codec_type": "video", "codec_name": "png", "width": 9, "height": 9,
                "disposition": {"timed_thumbnails": 1},
            },
            {"index": 8, "codec_type": "data", "tags": {"timecode": "10:00:00:00"}},
        ],
    }  # fmt: skip
    video = VideoTrack(
        index=3, codec="h264", profile="High 10", pixel_format="yuv420p10le", bit_depth=10, width=1440, height=1080,
        sample_aspect_ratio="4:3", rotation=90, frame_rate="25/1", field_order="progressive", full_range=True,
        color_transfer="bt709", color_primaries="bt709", color_space="bt709", bitrate_bps=8_000_000,
        duration_seconds=62.5, start_seconds=1.0, frame_count=1562,
    )  # fmt: skip
    french = AudioTrack(
        index=4, number=1, codec="lpcm", channels=6, channel_layout="5.1", sample_rate_hz=44_100, language="fre",
        title="Director", bitrate_bps=256_000, duration_seconds=3601.25, start_seconds=2.5,
    )  # fmt: skip
    signs = CaptionTrack(index=6, codec="ass", language="ger", title="Signs")
    assert media_facts(probed) == MediaFacts(
        container="matroska,webm",
        major_brand="qt",
        size_bytes=12_345_678,
        duration_seconds=3602.75,
        bitrate_bps=9_876_543,
        video=(video,),
        audio=(french, AudioTrack(index=5, number=2, codec="unknown", channels=0)),
        captions=(signs, CaptionTrack(index=3, codec="eia_608")),
        timecode="10:00:00:00",
        attached_pictures=1,
    )


def test_missing_properties_have_defaults() -> None:
    video = {"codec_type": "video", "width": 64, "height": 48, "avg_frame_rate": "25/1"}
    streams = [{**video, "duration": "2.002"}, {"codec_type": "audio"}, {"codec_type": "subtitle"}]
    probed = {"format": {"size": "N/A", "duration": "N/A", "bit_rate": "inf"}, "streams": streams}
    assert media_facts(probed) == MediaFacts(
        container="unknown",
        duration_seconds=2.002,
        video=(VideoTrack(index=0, codec="unknown", width=64, height=48, frame_rate="25/1", duration_seconds=2.002),),
        audio=(AudioTrack(index=0, number=1, codec="unknown", channels=0),),
        captions=(CaptionTrack(index=0, codec="unknown"),),
    )
