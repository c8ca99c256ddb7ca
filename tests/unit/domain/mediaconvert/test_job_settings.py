"""Job settings: valid by the service's model, and understood in full by the local cloud's encoder."""

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
from tests.unit.domain.samples import TABLES, film, limited, recorded, sound
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


def violations(shape: Shape, value: Any, path: str) -> list[str]:
    """Return the violations of the model: unknown members, enums, ranges, patterns (botocore checks none)."""
    if isinstance(shape, StructureShape):
        unknown = [f"{path}.{name}: unknown" for name in value if name not in shape.members]
        known = [(name, item) for name, item in value.items() if name in shape.members]
        return unknown + [
            each for name, item in known for each in violations(shape.members[name], item, f"{path}.{name}")
        ]
    if isinstance(shape, ListShape):
        return [each for index, item in enumerate(value) for each in violations(shape.member, item, f"{path}[{index}]")]
    if isinstance(shape, MapShape):
        return [each for key, item in value.items() for each in violations(shape.value, item, f"{path}.{key}")]
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


SOURCES = {
    "an hour of full HD": film(seconds=3600, tracks=LANGUAGES),
    "short, no cap": film(1280, 720, bitrate_bps=80_000_000),
    "largest picture": film(4096, 2160, seconds=3600, frame_rate="60/1"),
    "portrait": recorded("portrait_phone.mp4"),
    "rotated, not in an MP4": film(rotation=270, codec="mpeg4").but(container="avi", audio=()),
    "interlaced": recorded("interlaced_pal.mpg"),
    "hdr": recorded("hdr10.mp4"),
    "full range": recorded("full_range.mp4"),
    "variable rate": recorded("variable_rate.mp4"),
    "late sound": recorded("late_sound.mp4"),
    "surround": recorded("surround_timecode.mov"),
    "silent": recorded("silent.mp4"),
    "vp9": recorded("vp9_opus.webm"),
}


def test_the_check_itself_finds_violations() -> None:
    _, settings = made(SOURCES["an hour of full HD"])
    video = settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]
    video["Width"] = 9000
    video["ScalingBehavior"] = "SOMEHOW"
    settings["Inputs"][0]["FileInput"] = "ftp://x"
    settings["Inputs"][0]["Colour"] = 1
    assert len(violations(MODEL.shape_for("JobSettings"), settings, "Settings")) == 4


@pytest.mark.parametrize("source", SOURCES)
def test_every_job_is_valid_by_the_services_model(source: str) -> None:
    _, settings = made(SOURCES[source])
    assert violations(MODEL.shape_for("JobSettings"), settings, "Settings") == []


@pytest.mark.parametrize("source", SOURCES)
def test_the_local_encoder_understands_every_job(source: str) -> None:
    planned, settings = made(SOURCES[source])
    output = parse(settings).groups[0].outputs[0]
    assert output.video is not None
    assert (output.video.width, output.video.height) == (planned.video.width, planned.video.height)
    assert len(output.audio) == len(planned.audio)


def test_the_preset_is_valid() -> None:
    assert violations(MODEL.shape_for("PresetSettings"), PRESET, "Settings") == []


def test_a_job_has_the_plans_numbers() -> None:
    facts = SOURCES["an hour of full HD"]
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


def test_each_track_has_its_own_selector() -> None:
    _, settings = made(SOURCES["an hour of full HD"])
    selectors = settings["Inputs"][0]["AudioSelectors"]
    assert {name: one["Tracks"] for name, one in selectors.items()} == {
        "Audio Selector 1": [1], "Audio Selector 2": [2], "Audio Selector 3": [3],
    }  # fmt: skip
    described = settings["OutputGroups"][0]["Outputs"][0]["AudioDescriptions"]
    assert [one["AudioSourceName"] for one in described] == list(selectors)
    assert [one["CodecSettings"]["AacSettings"]["CodingMode"] for one in described] == [
        "CODING_MODE_2_0", "CODING_MODE_5_1", "CODING_MODE_1_0",
    ]  # fmt: skip


def test_languages_use_the_services_codes_if_it_has_them() -> None:
    _, settings = made(SOURCES["an hour of full HD"])
    english, filipino, unknown = settings["OutputGroups"][0]["Outputs"][0]["AudioDescriptions"]
    assert (english["LanguageCodeControl"], english["LanguageCode"]) == ("USE_CONFIGURED", "ENG")
    assert (filipino["LanguageCodeControl"], filipino["CustomLanguageCode"]) == ("USE_CONFIGURED", "FIL")
    assert unknown["LanguageCodeControl"] == "FOLLOW_INPUT"
    assert "LanguageCode" not in unknown


def test_a_source_without_audio_has_no_audio_settings() -> None:
    _, settings = made(SOURCES["silent"])
    assert "AudioSelectors" not in settings["Inputs"][0]
    assert "AudioDescriptions" not in settings["OutputGroups"][0]["Outputs"][0]


@pytest.mark.parametrize(
    ("source", "rotate"),
    [("portrait", "AUTO"), ("rotated, not in an MP4", "DEGREES_270"), ("silent", "DEGREE_0")],
)
def test_rotation_is_automatic_only_in_mp4(source: str, rotate: str) -> None:
    _, settings = made(SOURCES[source])
    assert settings["Inputs"][0]["VideoSelector"]["Rotate"] == rotate


@pytest.mark.parametrize(
    ("source", "expected"),
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
def test_conversions(source: str, expected: object) -> None:
    _, settings = made(SOURCES[source])
    assert settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"].get("VideoPreprocessors") == expected


def test_a_variable_frame_rate_becomes_constant() -> None:
    _, settings = made(SOURCES["variable rate"])
    h264 = settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["CodecSettings"]["H264Settings"]
    assert (h264["FramerateControl"], h264["FramerateNumerator"], h264["FramerateDenominator"]) == ("SPECIFIED", 15, 1)


def test_late_audio_is_padded_with_black_frames() -> None:
    assert made(SOURCES["late sound"])[1]["Inputs"][0]["VideoSelector"]["PadVideo"] == "BLACK"
    assert "PadVideo" not in made(SOURCES["silent"])[1]["Inputs"][0]["VideoSelector"]


def test_a_plan_without_an_average_bit_rate_removes_the_presets() -> None:
    preset = copy.deepcopy(PRESET)
    preset["VideoDescription"]["CodecSettings"]["H264Settings"]["QvbrSettings"]["MaxAverageBitrate"] = 1_000_000
    planned, settings = made(SOURCES["short, no cap"], preset=preset)
    assert planned.video.max_average_bitrate_bps is None
    h264 = settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["CodecSettings"]["H264Settings"]
    assert "MaxAverageBitrate" not in h264["QvbrSettings"]


def test_the_preset_decides_what_the_plan_does_not() -> None:
    """A change of the preset appears in every job; the preset itself is not modified."""
    preset = copy.deepcopy(PRESET)
    preset["ContainerSettings"]["Mp4Settings"]["CslgAtom"] = "EXCLUDE"
    preset["VideoDescription"]["Sharpness"] = 70
    preset["VideoDescription"]["CodecSettings"]["H264Settings"]["GopSizeUnits"] = "SECONDS"
    preset["VideoDescription"]["CodecSettings"]["H264Settings"]["GopSize"] = 2
    before = copy.deepcopy(preset)
    _, settings = made(SOURCES["an hour of full HD"], limited(3_000_000_000), preset)
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


def test_preprocessors_of_preset_and_plan_are_merged() -> None:
    preset = copy.deepcopy(PRESET)
    denoise = {"NoiseReducer": {"Filter": "TEMPORAL"}}
    preset["VideoDescription"]["VideoPreprocessors"] = {**denoise, "Deinterlacer": {"Mode": "ADAPTIVE"}}
    _, settings = made(film(field_order="interlaced"), preset=preset)
    output = settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["VideoPreprocessors"]
    assert output["NoiseReducer"] == denoise["NoiseReducer"]
    assert output["Deinterlacer"]["Mode"] == "DEINTERLACE", "the plan takes precedence"


def test_a_preset_may_lack_qvbr_settings() -> None:
    preset = copy.deepcopy(PRESET)
    del preset["VideoDescription"]["CodecSettings"]["H264Settings"]["QvbrSettings"]
    planned, settings = made(film(), preset=preset)
    h264 = settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["CodecSettings"]["H264Settings"]
    assert h264["QvbrSettings"]["QvbrQualityLevel"] == planned.video.qvbr_quality_level


def test_a_whole_job() -> None:
    """A portrait HDR video with two tracks, merged into a minimal preset."""
    preset = {
        "ContainerSettings": {"Container": "MP4"},
        "VideoDescription": {
            "CodecSettings": {"Codec": "H_264", "H264Settings": {"QualityTuningLevel": "MULTI_PASS_HQ"}}
        },
        "AudioDescriptions": [
            {"LanguageCodeControl": "FOLLOW_INPUT", "CodecSettings": {"Codec": "AAC", "AacSettings": {}}}
        ],
    }
    facts = film(
        seconds=3600.0, rotation=90, color_transfer="smpte2084", frame_rate="27/2", variable_frame_rate=True,
        tracks=(sound(1, language="fre", seconds=3601.0), sound(2, channels=6)),
    )  # fmt: skip
    planned, settings = made(facts, preset=preset)

    def selector(track: int) -> dict[str, Any]:
        return {"Tracks": [track], "DefaultSelection": "NOT_DEFAULT", "Offset": 0}

    def aac(bitrate: int, mode: str) -> dict[str, Any]:
        return {"Codec": "AAC", "AacSettings": {"Bitrate": bitrate, "CodingMode": mode, "SampleRate": 48000}}

    assert settings == {
        "TimecodeConfig": {"Source": "ZEROBASED"},
        "Inputs": [
            {
                "FileInput": "s3://temp/incoming/v/source.mov",
                "TimecodeSource": "ZEROBASED",
                "FilterEnable": "AUTO",
                "FilterStrength": 0,
                "DeblockFilter": "DISABLED",
                "DenoiseFilter": "DISABLED",
                "PsiControl": "USE_PSI",
                "VideoSelector": {"ColorSpace": "FOLLOW", "Rotate": "AUTO", "PadVideo": "BLACK"},
                "AudioSelectors": {"Audio Selector 1": selector(1), "Audio Selector 2": selector(2)},
            }
        ],
        "OutputGroups": [
            {
                "Name": "File Group",
                "OutputGroupSettings": {
                    "Type": "FILE_GROUP_SETTINGS",
                    "FileGroupSettings": {"Destination": "s3://temp/staging/v/video"},
                },
                "Outputs": [
                    {
                        "ContainerSettings": {"Container": "MP4"},
                        "VideoDescription": {
                            "Width": 1080,
                            "Height": 1920,
                            "CodecSettings": {
                                "Codec": "H_264",
                                "H264Settings": {
                                    "QualityTuningLevel": "MULTI_PASS_HQ",
                                    "MaxBitrate": planned.video.max_bitrate_bps,
                                    "HrdBufferSize": planned.video.hrd_buffer_bits,
                                    "PerFrameMetrics": ["VMAF"],
                                    "QvbrSettings": {
                                        "QvbrQualityLevel": 9,
                                        "MaxAverageBitrate": planned.video.max_average_bitrate_bps,
                                    },
                                    "FramerateControl": "SPECIFIED",
                                    "FramerateNumerator": 15,
                                    "FramerateDenominator": 1,
                                },
                            },
                            "VideoPreprocessors": {
                                "ColorCorrector": {
                                    "ColorSpaceConversion": "FORCE_709",
                                    "HdrToSdrToneMapper": "PRESERVE_DETAILS",
                                }
                            },
                        },
                        "Extension": "mp4",
                        "AudioDescriptions": [
                            {
                                "AudioSourceName": "Audio Selector 1",
                                "LanguageCodeControl": "USE_CONFIGURED",
                                "LanguageCode": "FRA",
                                "CodecSettings": aac(192_000, "CODING_MODE_2_0"),
                            },
                            {
                                "AudioSourceName": "Audio Selector 2",
                                "LanguageCodeControl": "FOLLOW_INPUT",
                                "CodecSettings": aac(448_000, "CODING_MODE_5_1"),
                            },
                        ],
                    }
                ],
            }
        ],
    }
