"""The plan for a video, from its properties and its contract."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.domain.samples import MP4, TABLES, film, limited, picture, recorded, sound
from vcp.domain.errors import Rejection
from vcp.domain.model.contract import MAX_LIMIT_BYTES, MIN_LIMIT_BYTES, Contract
from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.correction import Correction
from vcp.domain.planning.plan import LargerSize, Plan
from vcp.domain.planning.planner import plan
from vcp.domain.planning.rejection import PlanRejection

HOUR = 3600.0


def planned(facts: MediaFacts, contract: Contract | None = None, source_bytes: int = 8_000_000_000) -> Plan:
    return plan(facts, source_bytes, contract or Contract(), TABLES)


def rejection(facts: MediaFacts, contract: Contract | None = None, tables: EncoderTables = TABLES) -> Rejection:
    with pytest.raises(Rejection) as rejected:
        plan(facts, 8_000_000_000, contract or Contract(), tables)
    return rejected.value


PCM: dict[str, Any] = {"seconds": HOUR, "codec": "pcm_s16le"}


@pytest.mark.parametrize(
    ("facts", "source_bytes", "size", "level", "max_bps", "average_bps", "audio_bps", "planned_max_bytes", "codes"),
    [
        # Full HD of 1 to 6 hours in 5 GB: first the bit rate sinks, then the size, then the audio.
        (
            film(seconds=HOUR),
            None, (1920, 1080), 9, 24_000_000, 10_676_935, 192_000, 4_949_999_803, "source size_limit",
        ),
        (
            film(seconds=2 * HOUR),
            None, (1920, 1080), 7, 15_704_358, 5_234_786, 192_000, 4_949_999_935, "source size_limit",
        ),
        (
            film(seconds=3 * HOUR),
            None, (1280, 720), 8, 10_261_200, 3_420_400, 192_000, 4_949_999_487, "minimum size_limit",
        ),
        (
            film(seconds=6 * HOUR),
            None, (1280, 720), 6, 5_015_298, 1_671_766, 128_000, 4_949_998_117, "minimum size_limit",
        ),
        (
            film(3840, 2160, seconds=HOUR, bitrate_bps=60_000_000),
            None, (2560, 1440), 8, 32_030_805, 10_676_935, 192_000, 4_949_999_803, "bitrate size_limit",
        ),
        # Short: MaxBitrate alone keeps the limit.
        (
            film(1280, 720, bitrate_bps=50_000_000),
            None, (1280, 720), 9, 16_000_000, None, 192_000, 177_617_257, "source peak",
        ),
        (film(64, 32), None, (64, 32), 9, 352_771, None, 192_000, 54_395_328, "source peak"),
        # No more than the source has, as H.264 needs it.
        (
            film(seconds=HOUR, bitrate_bps=6_000_000),
            2_800_000_000, (1920, 1080), 7, 18_000_000, 6_000_000, 192_000, 2_844_794_437, "source source",
        ),
        (
            film(seconds=HOUR, codec="hevc", bitrate_bps=4_000_000),
            2_000_000_000, (1920, 1080), 8, 21_600_000, 7_200_000, 192_000, 3_384_944_437, "source source",
        ),
        # Without a bit rate of the video track, the file's less that of the audio.
        (
            film(seconds=HOUR, tracks=(sound(bitrate_bps=1_500_000, **PCM),)),
            2_800_000_000, (1920, 1080), 7, 14_166_666, 4_722_222, 192_000, 2_269_634_614, "source source",
        ),
        (
            film(seconds=HOUR, tracks=(sound(bitrate_bps=9_000_000, **PCM),)),
            2_800_000_000, (1920, 1080), 7, 10_500_000, 3_500_000, 192_000, 1_719_481_937, "source source",
        ),
        # Larger than H.264 allows.
        (
            film(8192, 4320, seconds=600, bitrate_bps=60_000_000),
            None, (4096, 2160), 9, 73_188_090, 60_000_000, 192_000, 4_573_216_312, "codec_maximum source",
        ),
        (
            film(8000, 4200, seconds=600, bitrate_bps=60_000_000),
            None, (4096, 2150), 9, 72_954_096, 60_000_000, 192_000, 4_573_216_312, "codec_maximum source",
        ),
    ],
)  # fmt: skip
def test_sizes_and_rates(
    facts: MediaFacts, source_bytes: int | None, size: tuple[int, int], level: int, max_bps: int,
    average_bps: int | None, audio_bps: int, planned_max_bytes: int, codes: str,
) -> None:  # fmt: skip
    made = planned(facts, source_bytes=source_bytes or 8_000_000_000)
    video, rationale = made.video, made.rationale
    assert (video.width, video.height) == size
    assert (video.qvbr_quality_level, video.max_bitrate_bps, video.max_average_bitrate_bps) == (
        level, max_bps, average_bps,
    )  # fmt: skip
    assert video.hrd_buffer_bits == 2 * max_bps
    assert [track.bitrate_bps for track in made.audio] == [audio_bps]
    assert made.planned_max_bytes == planned_max_bytes
    assert [rationale.size, rationale.average_bitrate] == codes.split()
    assert rationale.reduced_audio is (audio_bps < 192_000)
    assert made.expected_duration_seconds == facts.duration_seconds


def test_the_rationale_names_the_rates_and_the_next_larger_size() -> None:
    rationale = planned(film(seconds=4 * HOUR)).rationale
    assert (rationale.min_bps, rationale.target_bps) == (1_200_000, 1_800_000)
    assert rationale.larger_size == LargerSize(width=1920, height=1080, target_bps=3_500_000)
    assert planned(film(seconds=HOUR)).rationale.larger_size is None


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [
        (1920, 1080, "source"),
        # An odd side loses a line.
        (1921, 1081, "source"),
        (3840, 2160, "source"),
        (3840, 2162, "codec_maximum"),
    ],
)
def test_the_largest_size_is_the_sources_or_the_codecs(width: int, height: int, code: str) -> None:
    made = planned(film(width, height, seconds=60.0, bitrate_bps=60_000_000))
    assert made.rationale.size == code


def test_audio_is_reduced_before_the_frame_size() -> None:
    tracks = tuple(sound(number, seconds=HOUR) for number in range(1, 9))
    contract = limited(2_300_000_000)
    roomy, tight = (planned(film(seconds=HOUR, tracks=some), contract) for some in (tracks[:1], tracks))
    assert ([track.bitrate_bps for track in roomy.audio], roomy.rationale.reduced_audio) == ([192_000], False)
    assert (tight.video.height, tight.rationale.reduced_audio) == (1080, True)
    assert {track.bitrate_bps for track in tight.audio} == {160_000}
    assert tight.planned_max_bytes == 2_276_999_733


def test_without_audio_there_is_none_to_reduce() -> None:
    assert not planned(film(seconds=6 * HOUR, tracks=())).rationale.reduced_audio


def test_without_an_average_bit_rate_the_peak_keeps_the_limit() -> None:
    made = planned(film(1280, 720, seconds=60, bitrate_bps=50_000_000))
    at_most = (made.video.max_bitrate_bps * 61 + made.video.hrd_buffer_bits) / 8
    assert at_most <= made.budget.video_bytes <= at_most + 1


def test_a_rejection_carries_the_numbers_of_its_advice() -> None:
    error = rejection(film(seconds=14 * HOUR))
    assert isinstance(error, PlanRejection)
    assert error.code == "too_long_for_limit"
    assert error.numbers == {
        "duration_seconds": 50_400.0, "limit_bytes": 5_000_000_000, "video_bps": 634_803, "min_bps": 1_200_000,
        "short_side": 720, "audio_tracks": 1, "max_seconds": 29_188, "parts": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "contract", "code"),
    [
        (film().but(video=()), None, "no_video"),
        (film(7680, 1080), None, "picture_too_wide"),
        (film(30, 20), None, "picture_too_small"),
        (film(seconds=2000 * HOUR), None, "too_long_for_limit"),
        (film(tracks=tuple(sound(n, channels=6) for n in range(1, 30))), limited(1_000_000), "too_long_for_limit"),
        (film(3840, 2160, seconds=HOUR), limited(900_000_000, min_height=1080), "too_long_for_limit"),
        (film(tracks=(sound(), sound(2, channels=0))), None, "audio_layout_not_supported"),
        (film(tracks=(sound(), sound(2, channels=16))), None, "audio_layout_not_supported"),
    ],
)
def test_rejects_what_no_plan_fits(facts: MediaFacts, contract: Contract | None, code: str) -> None:
    assert rejection(facts, contract).code == code


@pytest.mark.parametrize(
    ("facts", "limit", "min_height", "size"),
    [
        (film(3840, 2160, seconds=HOUR), 1_600_000_000, 1080, (1920, 1080)),
        # An odd minimum is rounded up.
        (film(3840, 2160, seconds=2 * HOUR), 1_600_000_000, 481, (856, 482)),
        (film(1080, 1918, seconds=3 * HOUR), 5_000_000_000, 720, (720, 1278)),
    ],
)
def test_keeps_the_contracts_minimum(facts: MediaFacts, limit: int, min_height: int, size: tuple[int, int]) -> None:
    made = planned(facts, limited(limit, min_height=min_height))
    assert (made.video.width, made.video.height) == size


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
def test_frame_sizes_of_half_an_hour(source: tuple[int, int], limit: int, expected: tuple[int, int]) -> None:
    made = planned(film(*source, seconds=HOUR / 2, bitrate_bps=80_000_000), limited(limit))
    assert (made.video.width, made.video.height) == expected


def test_a_portrait_video_is_planned_in_its_display_size() -> None:
    made = planned(recorded("portrait_phone.mp4"))
    assert (made.video.width, made.video.height, made.video.rotate) == (180, 320, True)


def test_anamorphic_interlaced_video_becomes_square_and_progressive() -> None:
    made = planned(recorded("interlaced_pal.mpg"))
    assert (made.video.width, made.video.height) == (1024, 576)
    assert (made.video.deinterlace, made.video.pad_with_black) == (True, True)


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
def test_more_than_60_fps_are_divided_evenly(source: str, expected: str | None) -> None:
    made = planned(film(frame_rate=source))
    assert made.video.frame_rate == expected


@pytest.mark.parametrize(
    ("facts", "tone_map", "to_rec709", "squeeze_range"),
    [
        (recorded("hdr10.mp4"), True, True, False),
        (film(color_primaries="bt2020", color_transfer="bt709"), False, True, False),
        (film(color_primaries="smpte432", color_transfer="bt709"), False, True, False),
        (recorded("full_range.mp4"), False, False, True),
        (film(), False, False, False),
    ],
)
def test_color_conversions(facts: MediaFacts, tone_map: bool, to_rec709: bool, squeeze_range: bool) -> None:
    video = planned(facts).video
    assert (video.tone_map, video.to_rec709, video.squeeze_range) == (tone_map, to_rec709, squeeze_range)


@pytest.mark.parametrize(("name", "pads"), [("late_sound.mp4", True), ("long_sound.mp4", True), ("silent.mp4", False)])
def test_pads_with_black_where_audio_outlasts_video(name: str, pads: bool) -> None:
    assert planned(recorded(name)).video.pad_with_black is pads


@pytest.mark.parametrize(
    ("channels", "mode", "planned_channels"),
    [
        (1, "CODING_MODE_1_0", 1),
        (2, "CODING_MODE_2_0", 2),
        (3, "CODING_MODE_2_0", 2),
        (5, "CODING_MODE_2_0", 2),
        (6, "CODING_MODE_5_1", 6),
        (8, "CODING_MODE_5_1", 6),
    ],
)
def test_channels_become_mono_stereo_or_surround(channels: int, mode: str, planned_channels: int) -> None:
    made = planned(film(tracks=(sound(channels=channels),)))
    assert (made.audio[0].coding_mode, made.audio[0].channels) == (mode, planned_channels)


def test_every_track_keeps_its_order_and_language() -> None:
    tracks = (sound(1, language="eng"), sound(2, channels=6, language="fre"), sound(3, channels=1, language="pt-br"))
    made = planned(film(tracks=tracks))
    assert [(track.track_number, track.language) for track in made.audio] == [(1, "eng"), (2, "fra"), (3, "por")]


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


@pytest.mark.parametrize(
    ("facts", "code", "words"),
    [
        (recorded("captions_hevc.mkv"), "codec_not_supported", "HEVC (H.265) video in a WebM or Matroska (MKV) file"),
        (recorded("four_four_four.mp4"), "codec_not_supported", "H.264 video in 4:4:4"),
        (film(codec="vp9"), "codec_not_supported", "VP9 video in an MP4 file. Export it as an MP4 with H.264"),
        (film(tracks=(sound(codec="mp3"),)), "audio_codec_not_supported", "MP3 audio (track 1)"),
        (film(tracks=(sound(), sound(2, codec="flac"))), "audio_codec_not_supported", "FLAC audio (track 2)"),
        (film(tracks=(sound(codec="ac3"),)).but(major_brand="qt"), "audio_codec_not_supported", "QuickTime"),
        (film().but(container="ogg"), "container_not_supported", "(Ogg)"),
        (film().but(container="avi"), "codec_not_supported", "AVI"),
    ],
)
def test_rejects_what_mediaconvert_does_not_read(facts: MediaFacts, code: str, words: str) -> None:
    error = rejection(facts)
    assert error.code == code
    assert words in error.sentence


def test_an_unsupported_pixel_format_without_a_common_name_is_named_as_in_ffprobe() -> None:
    tables = TABLES.but(inputs=TABLES.inputs.but(unsupported_pixel_formats={"h264": ("440",)}))
    assert "H.264 video in 440." in rejection(film(pixel_format="yuv440p"), tables=tables).sentence


@pytest.mark.parametrize(
    ("codec", "advice"),
    [
        ("aac", "Convert it to an MP4 (no re-encoding is needed) and upload that."),
        ("mp3", "Convert it to an MP4 with AAC audio (the video need not be re-encoded) and upload that."),
    ],
)
def test_accepts_the_mp4_that_a_rejection_advises(codec: str, advice: str) -> None:
    """Screen recorders write H.264 in AVI, usually with MP3 audio, which MediaConvert does not read in MP4."""
    facts = film(tracks=(sound(), sound(2, codec=codec)))
    assert rejection(facts.but(container="avi")).sentence.endswith(f"file. {advice}")
    kept = facts.audio if "with AAC audio" not in advice else (sound(), sound(2, codec="aac"))
    assert planned(facts.but(audio=kept)).video.width == 1920


@pytest.mark.parametrize("name", ["vp9_opus.webm", "prores_octo.mov", "surround_timecode.mov", "hdr10.mp4"])
def test_accepts_what_mediaconvert_reads(name: str) -> None:
    assert planned(recorded(name)).video.width == 320


class TestSecondPlan:
    def second(self, facts: MediaFacts, contract: Contract, failed: Any, measured_bytes: int) -> tuple[Plan, Plan]:
        correction = Correction(failed=failed, measured_bytes=measured_bytes)
        arguments = facts, 8_000_000_000, contract, TABLES
        return plan(*arguments), plan(*arguments, correction)

    def test_a_result_that_was_too_large_leaves_less_for_the_video(self) -> None:
        first, second = self.second(film(seconds=HOUR), Contract(), "size", 5_200_000_000)
        assert (first.revision, second.revision) == (1, 2)
        assert second.budget.video_bytes < first.budget.video_bytes - (5_200_000_000 - first.planned_max_bytes)
        assert second.budget.video_bytes == 4_431_267_265
        assert second.planned_max_bytes == 4_575_311_702
        assert second.rationale.video_budget_factor == pytest.approx(0.922, abs=0.0005)
        assert second.rationale.quality_level_step == 0

    def test_an_exceeded_peak_gets_an_average_bit_rate(self) -> None:
        facts, contract = film(1280, 720, seconds=60, bitrate_bps=50_000_000), limited(200_000_000)
        first, second = self.second(facts, contract, "size", planned(facts, contract).planned_max_bytes + 1_000_000)
        assert first.video.max_average_bitrate_bps is None
        assert second.video.max_average_bitrate_bps is not None
        assert second.planned_max_bytes < first.planned_max_bytes

    def test_missed_quality_with_unused_bytes_raises_the_level(self) -> None:
        contract = Contract(quality_floor_vmaf=90)
        first, second = self.second(film(seconds=4 * HOUR), contract, "quality", 2_000_000_000)
        assert second.video.qvbr_quality_level == first.video.qvbr_quality_level + 1
        assert second.planned_max_bytes == first.planned_max_bytes <= contract.limit_bytes
        assert (second.rationale.video_budget_factor, second.rationale.quality_level_step) == (None, 1)

    def test_rejects_quality_that_the_limit_does_not_allow(self) -> None:
        with pytest.raises(PlanRejection) as rejected:
            self.second(film(seconds=4 * HOUR), Contract(), "quality", 4_940_000_000)
        assert rejected.value.code == "quality_not_reachable"
        assert rejected.value.numbers == {"limit_bytes": 5_000_000_000, "measured_bytes": 4_940_000_000}


def _planned_or_none(facts: MediaFacts, contract: Contract) -> Plan | None:
    try:
        return planned(facts, contract)
    except Rejection:
        return None


_TRACKS = st.lists(st.sampled_from([1, 2, 6, 8]), max_size=6)
_RATES = st.sampled_from(["1/1", "24000/1001", "25/1", "30/1", "60000/1001", "60/1", "120/1", "17/2"])
#: The limit as a bit rate over the duration, within the range of limits, so that most examples have a plan.
_LIMIT_BPS = st.sampled_from([200_000, 2_000_000, 10_000_000, 50_000_000, 10**15])


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(20, 8192),
    height=st.integers(20, 8192),
    seconds=st.floats(0.04, 50 * HOUR),
    channels=_TRACKS,
    rate=_RATES,
    limit_bps=_LIMIT_BPS,
    min_height=st.integers(144, 2160),
    rotation=st.sampled_from([0, 90, 180, 270]),
    aspect=st.sampled_from(["1:1", "4:3", "8:9", "64:45"]),
    variable=st.booleans(),
    bitrate=st.none() | st.integers(1_000, 10**9),
)
def test_every_plan_keeps_its_contract(
    width: int,
    height: int,
    seconds: float,
    channels: list[int],
    rate: str,
    limit_bps: int,
    min_height: int,
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
    limit = min(max(MIN_LIMIT_BYTES, int(seconds * limit_bps / 8)), MAX_LIMIT_BYTES)
    contract = limited(limit, min_height=min_height)
    made = _planned_or_none(facts, contract)
    assume(made is not None)
    assert made is not None
    video, budget = made.video, made.budget
    assert made.planned_max_bytes < contract.limit_bytes
    assert budget.video_bytes + budget.audio_bytes + budget.container_bytes + budget.margin_bytes <= limit
    assert min(budget.video_bytes, budget.audio_bytes + 1, budget.container_bytes, budget.margin_bytes) > 0
    assert video.width <= track.display_width
    assert video.height <= track.display_height
    assert min(video.width, video.height) >= min(min_height, track.short_side - 1)
    assert max(video.width, video.height) <= 4096
    assert (video.width % 2, video.height % 2) == (0, 0)
    # Orientation is kept; a nearly square frame may become square.
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
    # The rates of the tables: at most the peak, an average for at most a third of it, and a level for the average.
    rationale = made.rationale
    fps = float(Fraction(video.frame_rate or rate))
    pixels = video.width * video.height
    assert video.max_bitrate_bps <= max(1_000, TABLES.max_bps(pixels, fps))
    assert video.hrd_buffer_bits == 2 * video.max_bitrate_bps
    assert cap is None or video.max_bitrate_bps <= max(1_000, 3 * cap + 3)
    average = cap or video.max_bitrate_bps
    assert video.qvbr_quality_level == TABLES.quality_level(average / rationale.min_bps) or average <= 1_000
    assert (rationale.min_bps, rationale.target_bps) == (TABLES.min_bps(pixels, fps), TABLES.target_bps(pixels, fps))
    assert (cap is None) == (rationale.average_bitrate == "peak")
    # A size below the largest is one for which the next larger one lacks bit rate.
    larger = rationale.larger_size
    assert (larger is None) == (rationale.size in ("source", "codec_maximum"))
    assert average >= rationale.min_bps * 0.999 or average <= 1_000
    assert larger is None or average < larger.target_bps
