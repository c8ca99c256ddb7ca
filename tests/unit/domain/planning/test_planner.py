"""From what a file holds to what becomes of it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.domain.worlds import MP4, TABLES, film, limited, picture, recorded, sound
from vcp.domain.errors import PermanentError, Rejection
from vcp.domain.model.contract import LARGEST_LIMIT_BYTES, SMALLEST_LIMIT_BYTES, Contract
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.correction import Correction
from vcp.domain.planning.plan import Plan
from vcp.domain.planning.planner import plan
from vcp.domain.verification.verdict import PLANNED_SIZE, QUALITY, SIZE

HOUR = 3600.0


def planned(facts: MediaFacts, contract: Contract | None = None, source_bytes: int = 8_000_000_000) -> Plan:
    return plan(facts, source_bytes, contract or Contract(), TABLES)


def reason(made: Plan, what: str) -> str:
    return next(f"{reason.value}: {reason.why}" for reason in made.reasons if reason.what == what)


def test_an_hour_of_full_hd_keeps_its_size_under_five_gigabytes() -> None:
    made = planned(film(seconds=HOUR))
    assert (made.video.width, made.video.height) == (1920, 1080)
    assert made.video.qvbr_quality_level == 9
    assert made.video.max_average_bitrate_bps is not None
    assert 4_900_000_000 < made.planned_max_bytes < 5_000_000_000
    assert "source's own size" in reason(made, "picture size")


def test_four_hours_step_down_to_720p_and_say_why() -> None:
    made = planned(film(seconds=4 * HOUR))
    assert (made.video.width, made.video.height) == (1280, 720)
    assert "1920x1080 would need 3.5 Mbit/s" in reason(made, "picture size")


def test_sound_gives_way_before_the_picture_does() -> None:
    """At this length the picture is worth keeping at full size only with less sound."""
    tracks = tuple(sound(number, seconds=HOUR) for number in range(1, 9))
    roomy, tight = film(seconds=HOUR, tracks=tracks[:1]), film(seconds=HOUR, tracks=tracks)
    contract = limited(2_300_000_000)
    assert [track.bitrate_bps for track in planned(roomy, contract).audio] == [192_000]
    made = planned(tight, contract)
    assert made.video.height == 1080
    assert {track.bitrate_bps for track in made.audio} < {160_000, 128_000}
    assert "picture needs the bytes" in reason(made, "sound")


def test_the_refusal_says_what_would_fit() -> None:
    with pytest.raises(Rejection) as refusal:
        planned(film(seconds=14 * HOUR))
    assert refusal.value.code == "too_long_for_limit"
    assert refusal.value.sentence == (
        "14 h at 5 GB leaves 0.6 Mbit/s for the picture; the least for 720p is 1.2 Mbit/s: split it in two."
    )


def test_the_parts_that_the_refusal_advises_do_fit() -> None:
    for hours in (9, 14, 30, 100):
        with pytest.raises(Rejection) as refusal:
            planned(film(seconds=hours * HOUR))
        words = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
        said = refusal.value.sentence.rstrip(".").rsplit(" ", 1)[1]
        parts = words.index(said) + 2 if said in words else int(said)
        assert planned(film(seconds=hours * HOUR / parts)).video.height == 720


def test_a_limit_that_no_video_fits_is_said_to_be_too_small() -> None:
    tracks = tuple(sound(number, channels=6, seconds=60) for number in range(1, 30))
    with pytest.raises(Rejection, match="a higher limit is needed"):
        planned(film(tracks=tracks), limited(1_000_000))


def test_no_cap_where_the_peak_alone_keeps_the_limit() -> None:
    made = planned(film(1280, 720, seconds=60, bitrate_bps=50_000_000))
    assert made.video.max_average_bitrate_bps is None
    at_most = (made.video.max_bitrate_bps * 61 + made.video.hrd_buffer_bits) / 8
    assert at_most <= made.budget.video_bytes <= at_most + 1
    assert "none is needed" in reason(made, "cap on the average bit rate")


def test_a_result_is_not_planned_larger_than_its_source() -> None:
    """Files between the threshold and the limit: the limit leaves more than there is."""
    facts = film(seconds=HOUR, bitrate_bps=6_000_000)
    made = planned(facts, Contract(compress_above_bytes=1_000_000_000), source_bytes=2_800_000_000)
    assert made.video.max_average_bitrate_bps == 6_000_000
    assert "the source itself has no more" in reason(made, "cap on the average bit rate")


def test_a_frugal_codecs_rate_is_not_taken_for_h264s() -> None:
    contract = Contract(compress_above_bytes=1_000_000_000)
    made = planned(film(seconds=HOUR, codec="hevc", bitrate_bps=4_000_000), contract, source_bytes=2_000_000_000)
    assert made.video.max_average_bitrate_bps == 7_200_000


@pytest.mark.parametrize(
    ("source", "limit", "expected"),
    [
        ((3840, 2160), 5_000_000_000, (3840, 2160)),
        ((7680, 4320), 5_000_000_000, (3840, 2160)),
        ((4096, 1716), 5_000_000_000, (4096, 1716)),
        ((1080, 1920), 700_000_000, (720, 1280)),
        ((1920, 1080), 700_000_000, (1280, 720)),
        ((1920, 800), 400_000_000, (1728, 720)),
        ((640, 360), 700_000_000, (640, 360)),
        ((853, 481), 5_000_000_000, (852, 480)),
        ((1440, 1440), 400_000_000, (720, 720)),
    ],
)
def test_sizes_of_half_an_hour(source: tuple[int, int], limit: int, expected: tuple[int, int]) -> None:
    made = planned(film(*source, seconds=HOUR / 2, bitrate_bps=80_000_000), limited(limit))
    assert (made.video.width, made.video.height) == expected


def test_a_higher_promise_is_kept_or_refused() -> None:
    facts = film(3840, 2160, seconds=HOUR)
    assert planned(facts, limited(1_600_000_000, min_height=1080)).video.height == 1080
    with pytest.raises(Rejection, match="the least for 1080p"):
        planned(facts, limited(900_000_000, min_height=1080))


def test_a_picture_that_is_too_wide_for_the_promise() -> None:
    with pytest.raises(Rejection) as refusal:
        planned(film(7680, 1080))
    assert refusal.value.code == "picture_too_wide"


def test_a_picture_that_is_too_small_for_the_service() -> None:
    with pytest.raises(Rejection) as refusal:
        planned(film(30, 20))
    assert refusal.value.code == "picture_too_small"


def test_a_portrait_phone_video_is_planned_as_people_see_it() -> None:
    made = planned(recorded("portrait_phone.mp4"))
    assert (made.video.width, made.video.height, made.video.rotate) == (180, 320, True)


def test_anamorphic_interlaced_material_becomes_square_and_progressive() -> None:
    made = planned(recorded("interlaced_pal.mpg"))
    assert (made.video.width, made.video.height) == (1024, 576)
    assert (made.video.deinterlace, made.video.pad_with_black) == (True, True)
    assert reason(made, "square pixels")


@pytest.mark.parametrize(
    ("average", "expected"),
    [("27/2", "15/1"), ("29970/1000", "30000/1001"), ("2998/100", "30/1"), ("481/20", "25/1"), ("90/1", "60/1")],
)
def test_a_variable_rate_becomes_the_next_standard_one(average: str, expected: str) -> None:
    made = planned(film(frame_rate=average, variable_frame_rate=True))
    assert made.video.frame_rate == expected


@pytest.mark.parametrize(
    ("source", "expected"), [("60/1", None), ("120/1", "60/1"), ("120000/1001", "60000/1001"), ("100/1", "50/1")]
)
def test_more_than_sixty_frames_a_second_are_divided_evenly(source: str, expected: str | None) -> None:
    made = planned(film(frame_rate=source))
    assert made.video.frame_rate == expected
    assert any("frames" in loss for loss in made.losses) == (expected is not None)


def test_hdr_is_mapped_and_said_to_be_lost() -> None:
    made = planned(recorded("hdr10.mp4"))
    assert (made.video.tone_map, made.video.to_rec709) == (True, True)
    assert any("high dynamic range" in loss for loss in made.losses)


def test_wide_gamut_without_hdr_is_converted_only() -> None:
    made = planned(film(color_primaries="bt2020", color_transfer="bt709"))
    assert (made.video.tone_map, made.video.to_rec709) == (False, True)


def test_full_range_levels_are_limited() -> None:
    assert planned(recorded("full_range.mp4")).video.squeeze_range


@pytest.mark.parametrize(("name", "pads"), [("late_sound.mp4", True), ("long_sound.mp4", True), ("silent.mp4", False)])
def test_black_frames_where_sound_outlasts_the_picture(name: str, pads: bool) -> None:
    assert planned(recorded(name)).video.pad_with_black is pads


@pytest.mark.parametrize(
    ("channels", "mode", "becomes"),
    [
        (1, "CODING_MODE_1_0", 1),
        (2, "CODING_MODE_2_0", 2),
        (3, "CODING_MODE_2_0", 2),
        (4, "CODING_MODE_2_0", 2),
        (6, "CODING_MODE_5_1", 6),
        (8, "CODING_MODE_5_1", 6),
    ],
)
def test_channels_become_what_aac_in_mp4_holds(channels: int, mode: str, becomes: int) -> None:
    made = planned(film(tracks=(sound(channels=channels),)))
    assert (made.audio[0].coding_mode, made.audio[0].channels) == (mode, becomes)
    assert any("mixed down" in loss for loss in made.losses) == (becomes < channels)


@pytest.mark.parametrize("channels", [0, 16])
def test_channels_that_nobody_can_mix_are_refused(channels: int) -> None:
    with pytest.raises(Rejection) as refusal:
        planned(film(tracks=(sound(), sound(2, channels=channels))))
    assert refusal.value.code == "audio_layout_not_supported"
    assert "track 2" in refusal.value.sentence


def test_every_track_keeps_its_place_and_language() -> None:
    tracks = (sound(1, language="eng"), sound(2, channels=6, language="fre"), sound(3, channels=1, language="pt-br"))
    made = planned(film(tracks=tracks))
    assert [(track.track_number, track.language) for track in made.audio] == [(1, "eng"), (2, "fra"), (3, "por")]
    assert any("pt-br" in loss for loss in made.losses)


@pytest.mark.parametrize(
    ("codec", "bitrate", "expected"),
    [("aac", 96_000, 128_000), ("aac", 150_000, 160_000), ("aac", 320_000, 192_000), ("pcm_s16le", 90_000, 192_000)],
)
def test_a_lossy_track_gets_no_more_than_it_has(codec: str, bitrate: int, expected: int) -> None:
    made = planned(film(tracks=(sound(codec=codec, bitrate_bps=bitrate),)))
    assert made.audio[0].bitrate_bps == expected


@pytest.mark.parametrize(("rate", "expected"), [(44_100, 44_100), (48_000, 48_000), (96_000, 48_000), (None, 48_000)])
def test_sample_rates(rate: int | None, expected: int) -> None:
    assert planned(film(tracks=(sound(sample_rate_hz=rate),))).audio[0].sample_rate_hz == expected


def test_what_gets_lost_is_listed() -> None:
    losses = " / ".join(planned(recorded("surround_timecode.mov")).losses)
    assert "01:00:00:00" in losses
    assert any("cover" in loss for loss in planned(recorded("cover_art.mp4")).losses)
    captions = recorded("captions_hevc.mkv").captions
    assert "captions in eng (SubRip)" in " / ".join(planned(film().but(captions=captions)).losses)
    titled = planned(film(tracks=(sound(title="Director"),)))
    assert "Director" in " / ".join(titled.losses)


@pytest.mark.parametrize(
    ("facts", "code", "words"),
    [
        (recorded("captions_hevc.mkv"), "codec_not_supported", "HEVC (H.265) video from a WebM or Matroska (MKV)"),
        (recorded("four_four_four.mp4"), "codec_not_supported", "stores its colours as 4:4:4, which"),
        (film(codec="[0][0][0][0]"), "codec_not_supported", "does not read this kind of video from an MP4"),
        (film(codec="theora"), "codec_not_supported", "Export it as H.264"),
        (film(codec="vp9"), "codec_not_supported", "VP9 video from an MP4 file. Export it as H.264"),
        (film(tracks=(sound(codec="mp3"),)), "audio_codec_not_supported", "MP3 sound (track 1)"),
        (film(tracks=(sound(), sound(2, codec="flac"))), "audio_codec_not_supported", "FLAC sound (track 2)"),
        (
            film(tracks=(sound(codec="ac3"),)).but(major_brand="qt"),
            "audio_codec_not_supported",
            "QuickTime",
        ),
        (film().but(container="ogg"), "container_not_supported", "file (Ogg) cannot"),
        (film().but(container="avi"), "codec_not_supported", "AVI"),
    ],
)
def test_what_the_service_does_not_take_is_refused_before_it_is_moved(facts: MediaFacts, code: str, words: str) -> None:
    with pytest.raises(Rejection) as refusal:
        planned(facts)
    assert refusal.value.code == code
    assert words.lower() in refusal.value.sentence.lower()


def test_refused_colours_without_a_common_name_are_called_as_ffprobe_calls_them() -> None:
    tables = TABLES.but(inputs=TABLES.inputs.but(refused_pixel_formats={"h264": ("440",)}))
    with pytest.raises(Rejection, match="stores its colours as 440, which the encoding service does not read"):
        plan(film(pixel_format="yuv440p"), 8_000_000_000, Contract(), tables)


@pytest.mark.parametrize(
    ("codec", "advice"),
    [
        ("aac", "Put it into an MP4 (no new compression is needed for that) and upload that."),
        ("mp3", "Put it into an MP4 with AAC sound (the picture needs no new compression for that) and upload that."),
    ],
)
def test_the_mp4_that_the_refusal_advises_is_taken(codec: str, advice: str) -> None:
    """H.264 in an AVI, as screen recorders write it, nearly always with MP3 sound, which an MP4 may not hold here."""
    facts = film(tracks=(sound(), sound(2, codec=codec)))
    with pytest.raises(Rejection) as refusal:
        planned(facts.but(container="avi"))
    assert refusal.value.sentence.endswith(f"file. {advice}")
    kept = facts.audio if "with AAC sound" not in advice else (sound(), sound(2, codec="aac"))
    assert planned(facts.but(audio=kept)).video.width == 1920


@pytest.mark.parametrize("name", ["vp9_opus.webm", "prores_octo.mov", "surround_timecode.mov", "hdr10.mp4"])
def test_what_the_service_takes_passes(name: str) -> None:
    assert planned(recorded(name)).video.width == 320


def test_no_picture_at_all() -> None:
    with pytest.raises(Rejection) as refusal:
        planned(film().but(video=()))
    assert refusal.value.code == "no_video"


class TestSecondPlan:
    def test_a_result_that_was_too_large_leaves_less_for_the_picture(self) -> None:
        facts, contract = film(seconds=HOUR), Contract()
        first = planned(facts, contract)
        measured = Correction(measured_bytes=5_100_000_000, failed_checks=(SIZE, PLANNED_SIZE))
        second = plan(facts, 8_000_000_000, contract, TABLES, revision=2, correction=measured)
        overshoot = measured.measured_bytes - first.planned_max_bytes
        assert second.revision == 2
        assert second.budget.video_bytes < first.budget.video_bytes - overshoot
        assert any(reason.what == "second plan" for reason in second.reasons)

    def test_a_peak_that_was_not_kept_gets_a_cap(self) -> None:
        facts = film(1280, 720, seconds=60, bitrate_bps=50_000_000)
        contract = limited(200_000_000)
        first = plan(facts, 400_000_000, contract, TABLES)
        assert first.video.max_average_bitrate_bps is None
        measured = Correction(measured_bytes=first.planned_max_bytes + 1_000_000, failed_checks=(PLANNED_SIZE,))
        second = plan(facts, 400_000_000, contract, TABLES, revision=2, correction=measured)
        assert second.video.max_average_bitrate_bps is not None
        assert second.planned_max_bytes < first.planned_max_bytes

    def test_quality_that_was_missed_with_bytes_to_spare_gets_a_level_more(self) -> None:
        facts, contract = film(seconds=4 * HOUR), Contract(quality_floor_vmaf=90)
        first = planned(facts, contract)
        measured = Correction(measured_bytes=2_000_000_000, failed_checks=(QUALITY,))
        second = plan(facts, 8_000_000_000, contract, TABLES, revision=2, correction=measured)
        assert second.video.qvbr_quality_level == first.video.qvbr_quality_level + 1
        assert second.planned_max_bytes <= contract.limit_bytes

    def test_quality_that_the_limit_forbids_is_refused(self) -> None:
        measured = Correction(measured_bytes=4_940_000_000, failed_checks=(QUALITY,))
        with pytest.raises(Rejection) as refusal:
            plan(film(seconds=4 * HOUR), 8_000_000_000, Contract(), TABLES, revision=2, correction=measured)
        assert refusal.value.code == "quality_not_reachable"

    @pytest.mark.parametrize("failed", [("duration",), (SIZE, "audio_tracks"), (SIZE, QUALITY)])
    def test_what_another_budget_cannot_mend(self, failed: tuple[str, ...]) -> None:
        measured = Correction(measured_bytes=6_000_000_000, failed_checks=failed)
        assert not measured.may_help
        with pytest.raises(PermanentError) as fault:
            plan(film(), 8_000_000_000, Contract(), TABLES, revision=2, correction=measured)
        assert fault.value.code == "nothing_to_correct"
        assert not isinstance(fault.value, Rejection)

    @pytest.mark.parametrize(
        ("revision", "correction", "words"),
        [
            (2, None, "revision 2 needs a correction"),
            (1, Correction(measured_bytes=1, failed_checks=(SIZE,)), "revision 1 takes no correction"),
        ],
    )
    def test_revision_and_correction_go_together(
        self, revision: int, correction: Correction | None, words: str
    ) -> None:
        with pytest.raises(ValueError, match=f"^{words}$"):
            plan(film(), 8_000_000_000, Contract(), TABLES, revision=revision, correction=correction)


def _planned_or_none(facts: MediaFacts, contract: Contract) -> Plan | None:
    try:
        return planned(facts, contract)
    except Rejection:
        return None


_TRACKS = st.lists(st.sampled_from([1, 2, 6, 8]), max_size=6)
_RATES = st.sampled_from(["1/1", "24000/1001", "25/1", "30/1", "60000/1001", "60/1", "120/1", "17/2"])
#: The limit as bits a second of the film, between the least and the largest limit there is: most films then fit, so
#: that the examples are not nearly all refused.
_LIMIT_BPS = st.sampled_from([200_000, 2_000_000, 10_000_000, 50_000_000, 10**15])


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(20, 8192),
    height=st.integers(20, 8192),
    seconds=st.floats(0.04, 50 * HOUR),
    channels=_TRACKS,
    rate=_RATES,
    limit_bps=_LIMIT_BPS,
    least=st.integers(144, 2160),
    rotation=st.sampled_from([0, 90, 180, 270]),
    aspect=st.sampled_from(["1:1", "4:3", "8:9", "64:45"]),
    variable=st.booleans(),
    bitrate=st.none() | st.integers(1_000, 10**9),
)
def test_whatever_comes_in_the_plan_keeps_its_promises(
    width: int,
    height: int,
    seconds: float,
    channels: list[int],
    rate: str,
    limit_bps: int,
    least: int,
    rotation: int,
    aspect: str,
    variable: bool,
    bitrate: int | None,
) -> None:
    track = picture(
        width, height, seconds, frame_rate=rate, rotation=rotation, sample_aspect_ratio=aspect, bitrate_bps=bitrate,
        variable_frame_rate=variable,
    )  # fmt: skip
    tracks = tuple(sound(number, channels=count, seconds=seconds) for number, count in enumerate(channels, start=1))
    facts = MediaFacts(container=MP4, duration_seconds=seconds, video=(track,), audio=tracks)
    limit = min(max(SMALLEST_LIMIT_BYTES, int(seconds * limit_bps / 8)), LARGEST_LIMIT_BYTES)
    contract = limited(limit, min_height=least)
    made = _planned_or_none(facts, contract)
    assume(made is not None)
    assert made is not None
    video, budget = made.video, made.budget
    assert made.planned_max_bytes < contract.limit_bytes
    assert budget.video_bytes + budget.audio_bytes + budget.container_bytes + budget.margin_bytes <= limit
    assert min(budget.video_bytes, budget.audio_bytes + 1, budget.container_bytes, budget.margin_bytes) > 0
    assert video.width <= track.display_width
    assert video.height <= track.display_height
    assert min(video.width, video.height) >= min(least, track.short_side - 1)
    assert max(video.width, video.height) <= 4096
    assert (video.width % 2, video.height % 2) == (0, 0)
    # Never turned; what is nearly square may become square.
    wide = track.display_width // 2 >= track.display_height // 2
    assert video.width == video.height or (video.width > video.height) == wide
    shrunk = video.width / track.display_width, video.height / track.display_height
    assert abs(shrunk[0] - shrunk[1]) * max(track.display_width, track.display_height) <= 4 * max(
        1, track.display_width / track.display_height, track.display_height / track.display_width
    )
    assert [audio.track_number for audio in made.audio] == list(range(1, len(channels) + 1))
    cap = video.max_average_bitrate_bps
    assert cap is None or cap <= video.max_bitrate_bps
    assert video.hrd_buffer_bits <= 1_152_000_000
    at_most = (cap * (seconds + 1) if cap else video.max_bitrate_bps * (seconds + 1) + video.hrd_buffer_bits) / 8
    assert at_most <= budget.video_bytes + 1
    assert all(reason.value and reason.why for reason in made.reasons)
