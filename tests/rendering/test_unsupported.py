"""No setting is ignored: what is not rendered is rejected by its JSON path."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.model import StructureShape

from rendering import UnsupportedSetting, parse
from rendering.no_effect import NO_EFFECT
from tests.rendering.media import changed, job_settings, output

VIDEO = "OutputGroups[0].Outputs[0].VideoDescription"
H264 = f"{VIDEO}.CodecSettings.H264Settings"
AUDIO = "OutputGroups[0].Outputs[0].AudioDescriptions[0]"


@pytest.mark.parametrize(
    ("path", "value", "rejected_at"),
    [
        (f"{H264}.Softness", 5, f"{H264}.Softness"),
        (f"{H264}.SlowPal", "ENABLED", f"{H264}.SlowPal"),
        (f"{H264}.InterlaceMode", "TOP_FIELD", f"{H264}.InterlaceMode"),
        (f"{H264}.CodecProfile", "HIGH_10BIT", f"{H264}.CodecProfile"),
        (f"{H264}.FramerateConversionAlgorithm", "FRAMEFORMER", f"{H264}.FramerateConversionAlgorithm"),
        (f"{H264}.BandwidthReductionFilter.Strength", "HIGH", f"{H264}.BandwidthReductionFilter.Strength"),
        (f"{H264}.PerFrameMetrics", ["QVBR"], f"{H264}.PerFrameMetrics"),
        (f"{VIDEO}.Crop", {"Width": 10, "Height": 10}, f"{VIDEO}.Crop.Width"),
        (f"{VIDEO}.ScalingBehavior", "SMART_CROP", f"{VIDEO}.ScalingBehavior"),
        (f"{VIDEO}.TimecodeInsertion", "PIC_TIMING_SEI", f"{VIDEO}.TimecodeInsertion"),
        (f"{VIDEO}.CodecSettings.Codec", "H_265", f"{VIDEO}.CodecSettings.Codec"),
        (f"{VIDEO}.VideoPreprocessors.Deinterlacer.Mode", "INVERSE_TELECINE", None),
        (f"{VIDEO}.VideoPreprocessors.NoiseReducer.Filter", "MEAN", None),
        (f"{VIDEO}.VideoPreprocessors.ColorCorrector.Hue", 10, None),
        (f"{AUDIO}.AudioNormalizationSettings.TargetLkfs", -23.0, None),
        (f"{AUDIO}.CodecSettings.Codec", "AC3", None),
        (f"{AUDIO}.CodecSettings.AacSettings.CodecProfile", "HEV1", None),
        ("Inputs[0].InputClippings", [{"StartTimecode": "00:00:01:00"}], "Inputs[0].InputClippings[0].StartTimecode"),
        ("Inputs[0].DenoiseFilter", "ENABLED", "Inputs[0].DenoiseFilter"),
        ("Inputs[0].VideoSelector.ColorSpace", "P3DCI", "Inputs[0].VideoSelector.ColorSpace"),
        ("OutputGroups[0].OutputGroupSettings.Type", "HLS_GROUP_SETTINGS", None),
        ("OutputGroups[0].Outputs[0].ContainerSettings.Container", "MOV", None),
        ("OutputGroups[0].Outputs[0].ContainerSettings.Mp4Settings.FreeSpaceBox", "INCLUDE", None),
        ("OutputGroups[0].Outputs[0].NameModifier", "$dt$", None),
        ("OutputGroups[0].Outputs[0].Preset", "house", None),
        ("MotionImageInserter.Input", "s3://a-bucket/overlay.mov", None),
        ("TimecodeConfig.Source", "SPECIFIEDSTART", None),
        ("SomethingNew", 1, None),
    ],
)
def test_rejects_a_setting_by_its_path(path: str, value: Any, rejected_at: str | None) -> None:
    with pytest.raises(UnsupportedSetting) as error:
        parse(changed(job_settings(), path, value))
    assert error.value.path == f"Settings.{rejected_at or path}"
    assert error.value.path in str(error.value)


def test_renders_the_settings_of_a_pipeline() -> None:
    parse(job_settings(tracks=3))


def test_rejects_captions() -> None:
    settings = job_settings()
    output(settings)["CaptionDescriptions"] = [{"CaptionSelectorName": "Captions Selector 1"}]
    with pytest.raises(UnsupportedSetting, match=r"CaptionDescriptions\[0\]\.CaptionSelectorName"):
        parse(settings)


def test_empty_list_has_no_effect() -> None:
    settings = job_settings()
    output(settings)["CaptionDescriptions"] = []
    parse(settings)


def _enum_members() -> list[tuple[str, str]]:
    shape = botocore.session.Session().get_service_model("mediaconvert").shape_for("H264Settings")
    assert isinstance(shape, StructureShape)
    return [(name, value) for name, member in shape.members.items() for value in member.metadata.get("enum", ())]


def _with(name: str, value: str) -> dict[str, Any]:
    return changed(job_settings(), f"{H264}.{name}", value)


def _rejected_at(settings: Any) -> str | None:
    """Return the last member of the rejected path; None when everything is rendered."""
    try:
        parse(settings)
    except UnsupportedSetting as error:
        return error.path.rsplit(".", 1)[-1]
    return None


@pytest.mark.parametrize(("name", "value"), _enum_members())
def test_every_value_of_every_h264_choice_is_rendered_or_rejected_by_name(name: str, value: str) -> None:
    needed = {
        "SPECIFIED": ("FramerateNumerator", "ParNumerator"),
        "VBR": ("Bitrate",),
        "CBR": ("Bitrate",),
        "FRAMES": ("GopSize",),
        "SECONDS": ("GopSize",),
    }
    assert _rejected_at(_with(name, value)) in (None, name, *needed.get(value, ()))


def test_every_setting_without_effect_has_a_reason() -> None:
    assert all(rule.reason for rule in NO_EFFECT.values())
