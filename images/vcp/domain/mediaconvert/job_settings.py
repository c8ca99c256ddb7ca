"""Turn a plan into MediaConvert job settings: the preset with the plan's numbers merged into it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from fractions import Fraction
from typing import Any

from vcp.domain.model.languages import SERVICE_CODES
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.plan import AudioPlan, Plan, VideoPlan

#: MediaConvert writes these next to the output as `<output>_VMAF.csv`.
METRICS = ("VMAF",)


def job_settings(
    preset: Mapping[str, Any], plan: Plan, facts: MediaFacts, input_uri: str, destination: str
) -> dict[str, Any]:
    """Return CreateJob's `Settings` for one video.

    Args:
        preset: `Settings` of the preset (ContainerSettings, VideoDescription, one AudioDescription as the template of
            all tracks). It is not modified, and decides what the plan does not.
        plan: frame size, rates and tracks.
        facts: the source, which decides the input settings.
        input_uri: `s3://bucket/key` of the source.
        destination: `s3://bucket/prefix/base` without an extension; the service adds `.mp4`.
    """
    return {
        "TimecodeConfig": {"Source": "ZEROBASED"},
        "Inputs": [_input(plan, facts, input_uri)],
        "OutputGroups": [
            {
                "Name": "File Group",
                "OutputGroupSettings": {
                    "Type": "FILE_GROUP_SETTINGS",
                    "FileGroupSettings": {"Destination": destination},
                },
                "Outputs": [_output(preset, plan)],
            }
        ],
    }


def _input(plan: Plan, facts: MediaFacts, input_uri: str) -> dict[str, Any]:
    """Use one selector per track: several tracks in one selector are merged into one (user guide)."""
    job_input: dict[str, Any] = {
        "FileInput": input_uri,
        "TimecodeSource": "ZEROBASED",
        "FilterEnable": "AUTO",
        "FilterStrength": 0,
        "DeblockFilter": "DISABLED",
        "DenoiseFilter": "DISABLED",
        "PsiControl": "USE_PSI",
        "VideoSelector": _video_selector(plan.video, facts),
    }
    if plan.audio:
        job_input["AudioSelectors"] = {
            _selector(track): {"Tracks": [track.track_number], "DefaultSelection": "NOT_DEFAULT", "Offset": 0}
            for track in plan.audio
        }
    return job_input


def _video_selector(video: VideoPlan, facts: MediaFacts) -> dict[str, Any]:
    """AUTO applies only the rotation metadata of MOV and MP4 (API reference, InputRotate)."""
    selector: dict[str, Any] = {"ColorSpace": "FOLLOW", "Rotate": "DEGREE_0"}
    if video.rotate:
        in_mp4 = "mp4" in facts.container.split(",")
        selector["Rotate"] = "AUTO" if in_mp4 else f"DEGREES_{facts.picture.rotation}"
    if video.pad_with_black:
        selector["PadVideo"] = "BLACK"
    return selector


def _output(preset: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    output: dict[str, Any] = {
        "ContainerSettings": deepcopy(preset["ContainerSettings"]),
        "VideoDescription": _video(preset["VideoDescription"], plan.video),
        "Extension": "mp4",
    }
    if plan.audio:
        template = preset["AudioDescriptions"][0]
        output["AudioDescriptions"] = [_audio(template, track) for track in plan.audio]
    return output


def _video(template: Mapping[str, Any], video: VideoPlan) -> dict[str, Any]:
    description = deepcopy(dict(template))
    description["Width"] = video.width
    description["Height"] = video.height
    h264 = description["CodecSettings"]["H264Settings"]
    h264["MaxBitrate"] = video.max_bitrate_bps
    h264["HrdBufferSize"] = video.hrd_buffer_bits
    h264["PerFrameMetrics"] = list(METRICS)
    qvbr = h264.setdefault("QvbrSettings", {})
    qvbr["QvbrQualityLevel"] = video.qvbr_quality_level
    qvbr.pop("MaxAverageBitrate", None)
    if video.max_average_bitrate_bps is not None:
        qvbr["MaxAverageBitrate"] = video.max_average_bitrate_bps
    if video.frame_rate is not None:
        rate = Fraction(video.frame_rate)
        h264["FramerateControl"] = "SPECIFIED"
        h264["FramerateNumerator"] = rate.numerator
        h264["FramerateDenominator"] = rate.denominator
    if preprocessors := _preprocessors(video):
        description["VideoPreprocessors"] = {**description.get("VideoPreprocessors", {}), **preprocessors}
    return description


def _preprocessors(video: VideoPlan) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if video.deinterlace:
        found["Deinterlacer"] = {"Mode": "DEINTERLACE", "Algorithm": "INTERPOLATE", "Control": "NORMAL"}
    corrector = {}
    if video.to_rec709:
        corrector["ColorSpaceConversion"] = "FORCE_709"
    if video.tone_map:
        corrector["HdrToSdrToneMapper"] = "PRESERVE_DETAILS"
    if video.squeeze_range:
        corrector["SampleRangeConversion"] = "LIMITED_RANGE_SQUEEZE"
    if corrector:
        found["ColorCorrector"] = corrector
    return found


def _audio(template: Mapping[str, Any], track: AudioPlan) -> dict[str, Any]:
    description = deepcopy(dict(template))
    description["AudioSourceName"] = _selector(track)
    aac = description["CodecSettings"]["AacSettings"]
    aac["Bitrate"] = track.bitrate_bps
    aac["CodingMode"] = track.coding_mode
    aac["SampleRate"] = track.sample_rate_hz
    if track.language is not None:
        known = track.language in SERVICE_CODES
        description["LanguageCodeControl"] = "USE_CONFIGURED"
        description["LanguageCode" if known else "CustomLanguageCode"] = track.language.upper()
    return description


def _selector(track: AudioPlan) -> str:
    return f"Audio Selector {track.track_number}"
