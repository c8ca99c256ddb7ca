"""Plans in words: reasons, losses and rejections."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from tests.unit.domain.golden import check_golden
from tests.unit.domain.samples import TABLES, film, limited, lossy, record, sound
from vcp.domain.errors import PermanentError, Rejection, VcpError
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import CaptionTrack, MediaFacts
from vcp.domain.planning.correction import Correction
from vcp.domain.planning.planner import plan
from vcp.domain.planning.rejection import Code, PlanRejection
from vcp.domain.reporting import plan_text
from vcp.domain.video.record import VideoRecord

HOUR = 3600.0


def planned(
    facts: MediaFacts,
    contract: Contract | None = None,
    correction: Correction | None = None,
    source_bytes: int = 8 * 10**9,
) -> VideoRecord:
    return record(source_facts=facts, plan=plan(facts, source_bytes, contract or Contract(), TABLES, correction))


def rejection(facts: MediaFacts, contract: Contract | None = None) -> Rejection:
    with pytest.raises(Rejection) as rejected:
        planned(facts, contract)
    return rejected.value


def test_plans_read_as_reviewed() -> None:
    eight_tracks = tuple(sound(number, seconds=HOUR) for number in range(1, 9))
    records = {
        "1 h of full HD": planned(film(seconds=HOUR)),
        "6 h of full HD": planned(film(seconds=6 * HOUR)),
        "high bit rate, short": planned(film(1280, 720, bitrate_bps=50_000_000)),
        "low bit rate": planned(film(seconds=HOUR, bitrate_bps=6_000_000), source_bytes=2_800_000_000),
        "ultra HD": planned(film(3840, 2160, seconds=HOUR, bitrate_bps=60_000_000)),
        "larger than H.264 allows": planned(film(8192, 4320, seconds=600, bitrate_bps=60_000_000)),
        "wide gamut, variable frame rate": planned(
            film(color_primaries="smpte432", frame_rate="27/2", variable_frame_rate=True)
        ),
        "reduced audio": planned(film(seconds=HOUR, tracks=eight_tracks), limited(2_300_000_000)),
        "late video": planned(film(start_seconds=2.0, tracks=(sound(language="fil"),))),
        "everything that a result cannot have": planned(lossy()),
        "second plan, smaller": planned(
            film(seconds=HOUR), None, Correction(failed="size", measured_bytes=5_200_000_000)
        ),
        "second plan, higher quality": planned(
            film(seconds=4 * HOUR),
            Contract(quality_floor_vmaf=90),
            Correction(failed="quality", measured_bytes=3_000_000_000),
        ),
    }

    def text(video: VideoRecord) -> str:
        reasons = [f"{what}: {value} ({why})" for what, value, why in plan_text.reasons(video)]
        return "\n".join([*reasons, *(f"lost: {loss}" for loss in plan_text.losses(video))])

    check_golden("plans", {name: text(video) for name, video in records.items()})


def test_rejections_read_as_reviewed() -> None:
    stems = (sound(), sound(2, channels=16, channel_layout="16 channels"))
    too_many = tuple(sound(number, channels=6) for number in range(1, 30))
    matroska = film(codec="vp9", tracks=(sound(codec="aac"), sound(2, codec="wavpack"))).but(container="matroska,webm")
    errors: dict[str, VcpError] = {
        "no video": rejection(film().but(video=())),
        "too small": rejection(film(30, 20)),
        "too wide": rejection(film(7680, 1080)),
        "stems": rejection(film(tracks=stems)),
        "no channels": rejection(film(tracks=(sound(channels=0),))),
        "too long": rejection(film(seconds=14 * HOUR)),
        "far too long": rejection(film(seconds=2000 * HOUR)),
        "too many audio tracks": rejection(film(tracks=too_many), limited(1_000_000)),
        "unsupported container": rejection(film().but(container="ogg")),
        "unsupported codec": rejection(film(codec="theora")),
        "unnamed codec": rejection(film(codec="[0][0][0][0]")),
        "unsupported in AVI": rejection(film(codec="hevc").but(container="avi")),
        "unsupported in AVI, audio as well": rejection(film(tracks=(sound(codec="mp3"),)).but(container="avi")),
        "4:4:4": rejection(film(profile="High 4:4:4 Predictive", pixel_format="yuv444p")),
        "RGB": rejection(film(profile="High 4:4:4 Predictive", pixel_format="gbrp")),
        "unsupported audio": rejection(film(tracks=(sound(), sound(2, codec="flac")))),
        "audio of another row": rejection(matroska),
    }
    with pytest.raises(PlanRejection) as rejected:
        planned(film(seconds=4 * HOUR), None, Correction(failed="quality", measured_bytes=4_990_000_000))
    errors["quality not reachable"] = rejected.value
    assert {error.code for error in errors.values()} >= set(get_args(Code))
    texts = {name: f"{error.code}\n{plan_text.sentence(error)}\n[{error.detail}]" for name, error in errors.items()}
    check_golden("rejections", texts)


def test_other_errors_keep_their_sentence() -> None:
    assert plan_text.sentence(PermanentError("code", "The sentence.", "detail")) == "The sentence."


def test_a_plan_rejection_logs_code_and_numbers() -> None:
    assert str(PlanRejection("picture_too_small", width=30, height=20)) == "picture_too_small: [width=30, height=20]"


def test_a_record_without_a_plan_has_no_reasons() -> None:
    for incomplete in (record(), planned(film()).but(plan=None), planned(film()).but(source_facts=None)):
        assert not plan_text.reasons(incomplete)
        assert not plan_text.losses(incomplete)


def test_advises_up_to_a_hundred_parts() -> None:
    too_long = rejection(film(seconds=100 * HOUR))
    assert isinstance(too_long, PlanRejection)
    fits: Any = too_long.numbers["max_seconds"]
    for parts, advice in ((99.5, "Split the video into 100 parts."), (100.5, "It needs a higher limit.")):
        assert plan_text.sentence(rejection(film(seconds=fits * parts))).endswith(f" {advice}")


def test_advises_parts_as_short_as_a_second() -> None:
    tracks = tuple(sound(number, channels=6) for number in range(1, 6))
    sentence = plan_text.sentence(rejection(film(tracks=tracks), limited(1_000_000)))
    assert re.search(r" Split the video into [34]\d parts\.$", sentence)


@pytest.mark.parametrize("hours", [9, 14, 30, 100])
def test_the_advised_parts_fit(hours: int) -> None:
    too_long = rejection(film(seconds=hours * HOUR))
    assert isinstance(too_long, PlanRejection)
    parts: Any = too_long.numbers["parts"]
    assert plan_text.sentence(too_long).endswith("parts.")
    made = planned(film(seconds=hours * HOUR / parts)).plan
    assert made is not None
    assert made.video.height == 720


@pytest.mark.parametrize(
    ("track", "text"),
    [
        (CaptionTrack(index=2, codec="subrip", language="eng"), "captions in English (SubRip)"),
        (CaptionTrack(index=2, codec="ass", language="pt-br"), "captions in Portuguese (ASS)"),
        (CaptionTrack(index=2, codec="eia_608"), "captions (CEA-608/708)"),
    ],
)
def test_lost_captions_name_their_language(track: CaptionTrack, text: str) -> None:
    assert plan_text.losses(planned(film().but(captions=(track,)))) == [text]


def test_a_result_of_a_plain_source_lacks_nothing() -> None:
    assert plan_text.losses(planned(film())) == []
