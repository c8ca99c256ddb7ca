"""Job settings: legal by the service's own model, and rendered without a leftover by the local cloud's encoder."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from rendering.parse import parse
from tests.unit.domain.worlds import TABLES, film, limited, recorded, sound
from vcp.domain.mediaconvert.job_settings import job_settings
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.plan import Plan
from vcp.domain.planning.planner import plan

PRESET: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "infra/components/presets/h264-hq.json").read_text("utf-8")
)
MODEL = botocore.session.get_session().get_service_model("mediaconvert")
LANGUAGES = (sound(1, language="eng"), sound(2, language="fil", channels=6), sound(3, channels=1))


def made(facts: MediaFacts, contract: Contract | None = None, preset: dict[str, Any] = PRESET) -> tuple[Plan, Any]:
    planned = plan(facts, 8_000_000_000, contract or Contract(), TABLES)
    return planned, job_settings(preset, planned, facts, "s3://temp/incoming/v/source.mov", "s3://temp/staging/v/video")


def faults(shape: Shape, value: Any, path: str) -> list[str]:
    """What is wrong with a value by the model: unknown members, enums, ranges, patterns (botocore checks none)."""
    if isinstance(shape, StructureShape):
        unknown = [f"{path}.{name}: unknown" for name in value if name not in shape.members]
        known = [(name, item) for name, item in value.items() if name in shape.members]
        return unknown + [
            fault for name, item in known for fault in faults(shape.members[name], item, f"{path}.{name}")
        ]
    if isinstance(shape, ListShape):
        return [fault for index, item in enumerate(value) for fault in faults(shape.member, item, f"{path}[{index}]")]
    if isinstance(shape, MapShape):
        return [fault for key, item in value.items() for fault in faults(shape.value, item, f"{path}.{key}")]
    limits = shape.metadata
    if isinstance(shape, StringShape):
        wrong = not isinstance(value, str) or (shape.enum and value not in shape.enum)
        wrong = wrong or ("pattern" in limits and not re.search(limits["pattern"], value))
        size = len(value)
    else:
        kinds: dict[str, tuple[type, ...]] = {"integer": (int,), "double": (int, float)}
        wrong, size = isinstance(value, bool) or not isinstance(value, kinds[shape.type_name]), value
    wrong = wrong or not limits.get("min", size) <= size <= limits.get("max", size)
    return [f"{path}: {value!r}"] if wrong else []


WORLDS = {
    "an hour of full HD": film(seconds=3600, tracks=LANGUAGES),
    "short, no cap": film(1280, 720, bitrate_bps=80_000_000),
    "largest picture": film(4096, 2160, seconds=3600, frame_rate="60/1"),
    "portrait": recorded("portrait_phone.mp4"),
    "turned, not in an MP4": film(rotation=270, codec="mpeg4").but(container="avi", audio=()),
    "interlaced": recorded("interlaced_pal.mpg"),
    "hdr": recorded("hdr10.mp4"),
    "full range": recorded("full_range.mp4"),
    "variable rate": recorded("variable_rate.mp4"),
    "late sound": recorded("late_sound.mp4"),
    "surround": recorded("surround_timecode.mov"),
    "silent": recorded("silent.mp4"),
    "vp9": recorded("vp9_opus.webm"),
}


def test_the_walker_finds_what_is_wrong() -> None:
    _, settings = made(WORLDS["an hour of full HD"])
    video = settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]
    video["Width"] = 9000
    video["ScalingBehavior"] = "SOMEHOW"
    settings["Inputs"][0]["FileInput"] = "ftp://x"
    settings["Inputs"][0]["Colour"] = 1
    assert len(faults(MODEL.shape_for("JobSettings"), settings, "Settings")) == 4


@pytest.mark.parametrize("world", WORLDS)
def test_every_job_is_legal_by_the_services_model(world: str) -> None:
    _, settings = made(WORLDS[world])
    assert faults(MODEL.shape_for("JobSettings"), settings, "Settings") == []


@pytest.mark.parametrize("world", WORLDS)
def test_every_job_is_rendered_without_a_leftover(world: str) -> None:
    planned, settings = made(WORLDS[world])
    output = parse(settings).groups[0].outputs[0]
    assert output.video is not None
    assert (output.video.width, output.video.height) == (planned.video.width, planned.video.height)
    assert len(output.audio) == len(planned.audio)


def test_the_house_preset_is_legal_by_itself() -> None:
    assert faults(MODEL.shape_for("PresetSettings"), PRESET, "Settings") == []


def test_the_plans_numbers_are_in_the_job() -> None:
    facts = WORLDS["an hour of full HD"]
    planned, settings = made(facts)
    assert settings["OutputGroups"][0]["OutputGroupSettings"]["FileGroupSettings"]["Destination"].endswith("/video")
    output = settings["OutputGroups"][0]["Outputs"][0]
    h264 = output["VideoDescription"]["CodecSettings"]["H264Settings"]
    assert (output["VideoDescription"]["Width"], output["VideoDescription"]["Height"]) == (1920, 1080)
    assert h264["MaxBitrate"] == planned.video.max_bitrate_bps
    assert h264["HrdBufferSize"] == planned.video.hrd_buffer_bits
    assert h264["QvbrSettings"] == {
        "QvbrQualityLevel": planned.video.qvbr_quality_level,
        "MaxAverageBitrate": planned.video.max_average_bitrate_bps,
    }
    assert h264["PerFrameMetrics"] == ["VMAF"]
    assert h264["FramerateControl"] == "INITIALIZE_FROM_SOURCE"


def test_each_track_has_a_selector_of_its_own() -> None:
    _, settings = made(WORLDS["an hour of full HD"])
    selectors = settings["Inputs"][0]["AudioSelectors"]
    assert {name: one["Tracks"] for name, one in selectors.items()} == {
        "Audio Selector 1": [1], "Audio Selector 2": [2], "Audio Selector 3": [3],
    }  # fmt: skip
    described = settings["OutputGroups"][0]["Outputs"][0]["AudioDescriptions"]
    assert [one["AudioSourceName"] for one in described] == list(selectors)
    assert [one["CodecSettings"]["AacSettings"]["CodingMode"] for one in described] == [
        "CODING_MODE_2_0", "CODING_MODE_5_1", "CODING_MODE_1_0",
    ]  # fmt: skip


def test_languages_are_said_by_code_where_the_service_knows_it_and_followed_where_nobody_does() -> None:
    _, settings = made(WORLDS["an hour of full HD"])
    english, filipino, unknown = settings["OutputGroups"][0]["Outputs"][0]["AudioDescriptions"]
    assert (english["LanguageCodeControl"], english["LanguageCode"]) == ("USE_CONFIGURED", "ENG")
    assert (filipino["LanguageCodeControl"], filipino["CustomLanguageCode"]) == ("USE_CONFIGURED", "FIL")
    assert unknown["LanguageCodeControl"] == "FOLLOW_INPUT"
    assert "LanguageCode" not in unknown


def test_a_silent_film_asks_for_no_sound() -> None:
    _, settings = made(WORLDS["silent"])
    assert "AudioSelectors" not in settings["Inputs"][0]
    assert "AudioDescriptions" not in settings["OutputGroups"][0]["Outputs"][0]


@pytest.mark.parametrize(
    ("world", "rotate"),
    [("portrait", "AUTO"), ("turned, not in an MP4", "DEGREES_270"), ("silent", "DEGREE_0")],
)
def test_rotation_is_left_to_the_service_only_where_it_looks(world: str, rotate: str) -> None:
    _, settings = made(WORLDS[world])
    assert settings["Inputs"][0]["VideoSelector"]["Rotate"] == rotate


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        ("silent", None),
        ("interlaced", {"Deinterlacer": {"Mode": "DEINTERLACE", "Algorithm": "INTERPOLATE", "Control": "NORMAL"}}),
        (
            "hdr",
            {"ColorCorrector": {"ColorSpaceConversion": "FORCE_709", "HdrToSdrToneMapper": "PRESERVE_DETAILS"}},
        ),
        ("full range", {"ColorCorrector": {"SampleRangeConversion": "LIMITED_RANGE_SQUEEZE"}}),
    ],
)
def test_conversions(world: str, expected: object) -> None:
    _, settings = made(WORLDS[world])
    assert settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"].get("VideoPreprocessors") == expected


def test_a_variable_rate_is_given_one() -> None:
    _, settings = made(WORLDS["variable rate"])
    h264 = settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["CodecSettings"]["H264Settings"]
    assert (h264["FramerateControl"], h264["FramerateNumerator"], h264["FramerateDenominator"]) == ("SPECIFIED", 15, 1)


def test_black_frames_beside_late_sound() -> None:
    assert made(WORLDS["late sound"])[1]["Inputs"][0]["VideoSelector"]["PadVideo"] == "BLACK"
    assert "PadVideo" not in made(WORLDS["silent"])[1]["Inputs"][0]["VideoSelector"]


def test_no_cap_in_the_plan_means_none_in_the_job_whatever_the_preset_has() -> None:
    preset = copy.deepcopy(PRESET)
    preset["VideoDescription"]["CodecSettings"]["H264Settings"]["QvbrSettings"]["MaxAverageBitrate"] = 1_000_000
    planned, settings = made(WORLDS["short, no cap"], preset=preset)
    assert planned.video.max_average_bitrate_bps is None
    h264 = settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["CodecSettings"]["H264Settings"]
    assert "MaxAverageBitrate" not in h264["QvbrSettings"]


def test_what_the_plan_does_not_decide_stays_as_the_preset_has_it() -> None:
    """A house that changes its preset finds the change in every job; the preset itself is never touched."""
    preset = copy.deepcopy(PRESET)
    preset["ContainerSettings"]["Mp4Settings"]["CslgAtom"] = "EXCLUDE"
    preset["VideoDescription"]["Sharpness"] = 70
    preset["VideoDescription"]["CodecSettings"]["H264Settings"]["GopSizeUnits"] = "SECONDS"
    preset["VideoDescription"]["CodecSettings"]["H264Settings"]["GopSize"] = 2
    before = copy.deepcopy(preset)
    _, settings = made(WORLDS["an hour of full HD"], limited(3_000_000_000), preset)
    assert preset == before
    output = settings["OutputGroups"][0]["Outputs"][0]
    assert output["ContainerSettings"] == preset["ContainerSettings"]
    assert output["VideoDescription"]["Sharpness"] == 70
    decided = {"MaxBitrate", "HrdBufferSize", "QvbrSettings", "PerFrameMetrics"}
    h264 = output["VideoDescription"]["CodecSettings"]["H264Settings"]
    template = preset["VideoDescription"]["CodecSettings"]["H264Settings"]
    assert {k: v for k, v in h264.items() if k not in decided} == {
        k: v for k, v in template.items() if k not in decided
    }
    settings["OutputGroups"][0]["Outputs"][0]["AudioDescriptions"][0]["CodecSettings"]["AacSettings"]["Bitrate"] = 1
    assert preset == before


def test_what_the_preset_does_to_the_picture_stays_beside_what_the_plan_does() -> None:
    preset = copy.deepcopy(PRESET)
    denoise = {"NoiseReducer": {"Filter": "TEMPORAL"}}
    preset["VideoDescription"]["VideoPreprocessors"] = {**denoise, "Deinterlacer": {"Mode": "ADAPTIVE"}}
    _, settings = made(film(field_order="interlaced"), preset=preset)
    output = settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["VideoPreprocessors"]
    assert output["NoiseReducer"] == denoise["NoiseReducer"]
    assert output["Deinterlacer"]["Mode"] == "DEINTERLACE", "the plan's word counts"


def test_a_preset_without_a_quality_level_gets_the_plans() -> None:
    preset = copy.deepcopy(PRESET)
    del preset["VideoDescription"]["CodecSettings"]["H264Settings"]["QvbrSettings"]
    planned, settings = made(film(), preset=preset)
    h264 = settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["CodecSettings"]["H264Settings"]
    assert h264["QvbrSettings"]["QvbrQualityLevel"] == planned.video.qvbr_quality_level
