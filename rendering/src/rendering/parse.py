"""Read job settings (the JSON of CreateJob `Settings`) as a JobSpec. What is not rendered is rejected by path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rendering.errors import UnsupportedSetting
from rendering.parse_audio import read_audio_description, read_audio_selector
from rendering.parse_h264 import read_h264
from rendering.reader import Reader
from rendering.spec import InputSpec, JobSpec, Mp4Spec, OutputGroupSpec, OutputSpec, VideoSpec
from rendering.tables import table

#: VideoSelector.ColorSpace as ffmpeg's names of primaries, transfer and matrix.
COLOR_SPACES: dict[str, dict[str, str]] = {
    "FOLLOW": {},
    "REC_601": {"color_primaries": "smpte170m", "color_trc": "smpte170m", "colorspace": "smpte170m"},
    "REC_709": {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709"},
    "HDR10": {"color_primaries": "bt2020", "color_trc": "smpte2084", "colorspace": "bt2020nc"},
    "HLG_2020": {"color_primaries": "bt2020", "color_trc": "arib-std-b67", "colorspace": "bt2020nc"},
}
_ROTATIONS = {"DEGREE_0": 0, "DEGREES_90": 90, "DEGREES_180": 180, "DEGREES_270": 270, "AUTO": None}
_SCALING = {name: name for name in ("DEFAULT", "FIT", "FIT_NO_UPSCALE", "FILL", "STRETCH_TO_OUTPUT")}
_DEINTERLACERS = {"INTERPOLATE": "bwdif=mode=send_frame", "LINEAR_INTERPOLATION": "yadif=mode=send_frame_nospatial"}
_TONE_MAPPERS = {"PRESERVE_DETAILS": "hable", "VIBRANT": "mobius"}


def parse(settings: Mapping[str, Any]) -> JobSpec:
    """Read job settings completely.

    Args:
        settings: CreateJob's `Settings`, member names as in the SDK (PascalCase).

    Raises:
        UnsupportedSetting: naming the JSON path of the first setting that is not rendered.
    """
    job = Reader(settings, "Settings")
    inputs = tuple(_read_input(item) for item in job.children("Inputs"))
    if len(inputs) != 1:
        raise UnsupportedSetting("Settings.Inputs", len(inputs), "exactly one input is rendered")
    groups = tuple(_read_group(item) for item in job.children("OutputGroups"))
    job.finish()
    return JobSpec(inputs, groups)


def _read_input(item: Reader) -> InputSpec:
    if not item.has("FileInput"):
        raise UnsupportedSetting(item.at("FileInput"), None, "an input without a file is not rendered")
    video = item.child("VideoSelector")
    return InputSpec(
        location=str(item.take("FileInput")),
        audio={name: read_audio_selector(name, one) for name, one in item.entries("AudioSelectors").items()},
        rotate=video.choice("Rotate", _ROTATIONS, "DEGREE_0"),
        color_space=video.choice("ColorSpace", COLOR_SPACES, "FOLLOW"),
        color_space_forced=video.choice("ColorSpaceUsage", {"FORCE": True, "FALLBACK": False}, "FORCE"),
        full_range=video.choice("SampleRange", {"FOLLOW": None, "FULL_RANGE": True, "LIMITED_RANGE": False}, "FOLLOW"),
        pad_with_black=video.choice("PadVideo", {"DISABLED": False, "BLACK": True}, "DISABLED"),
    )


def _read_group(item: Reader) -> OutputGroupSpec:
    kind = item.child("OutputGroupSettings")
    kind.choice("Type", {"FILE_GROUP_SETTINGS": True}, "FILE_GROUP_SETTINGS")
    group_metrics = tuple(kind.take("PerFrameMetrics", []))
    file_group = kind.child("FileGroupSettings")
    destination = str(file_group.take("Destination", ""))
    if "$" in destination:
        raise file_group.unsupported("Destination", "format identifiers are not rendered")
    return OutputGroupSpec(
        path=item.path,
        destination=destination,
        outputs=tuple(_read_output(output, group_metrics) for output in item.children("Outputs")),
    )


def _read_output(item: Reader, group_metrics: tuple[str, ...]) -> OutputSpec:
    if item.has("Preset"):
        raise item.unsupported("Preset", "a preset must be merged into the output before rendering")
    modifier = str(item.take("NameModifier", ""))
    if "$" in modifier:
        raise item.unsupported("NameModifier", "format identifiers are not rendered")
    container = item.child("ContainerSettings")
    container.choice("Container", {"MP4": True}, "none")
    video = _read_video(item.child("VideoDescription"), group_metrics) if item.has("VideoDescription") else None
    return OutputSpec(
        path=item.path,
        name_modifier=modifier,
        extension=str(item.take("Extension", "mp4")),
        container=_read_mp4(container.child("Mp4Settings")),
        video=video,
        audio=tuple(read_audio_description(one) for one in item.children("AudioDescriptions")),
    )


def _read_mp4(item: Reader) -> Mp4Spec:
    return Mp4Spec(
        fast_start=item.choice(
            "MoovPlacement", {"PROGRESSIVE_DOWNLOAD": True, "NORMAL": False}, "PROGRESSIVE_DOWNLOAD"
        ),
        negative_composition_offsets=item.choice("CslgAtom", {"INCLUDE": True, "EXCLUDE": False}, "INCLUDE"),
        match_video_duration=item.choice(
            "AudioDuration",
            {"DEFAULT_CODEC_DURATION": False, "MATCH_VIDEO_DURATION": True},
            "DEFAULT_CODEC_DURATION",
        ),
        major_brand=item.take("Mp4MajorBrand"),
    )


def _read_video(item: Reader, group_metrics: tuple[str, ...]) -> VideoSpec:
    codec = item.child("CodecSettings")
    codec.choice("Codec", {"H_264": True}, "none")
    preprocessors = item.child("VideoPreprocessors")
    deinterlacer = preprocessors.child("Deinterlacer")
    asked = preprocessors.has("Deinterlacer")
    deinterlacer.choice("Mode", {"DEINTERLACE": True, "ADAPTIVE": True}, "DEINTERLACE")
    algorithm = deinterlacer.choice("Algorithm", _DEINTERLACERS, "INTERPOLATE")
    every_frame = deinterlacer.choice("Control", {"NORMAL": False, "FORCE_ALL_FRAMES": True}, "NORMAL")
    color = preprocessors.child("ColorCorrector")
    return VideoSpec(
        width=item.take("Width"),
        height=item.take("Height"),
        scaling=item.choice("ScalingBehavior", _SCALING, "DEFAULT"),
        scaler=_scaler(int(item.take("Sharpness", 50))),
        deinterlace=algorithm if asked else None,
        deinterlace_all=every_frame,
        to_rec709=color.choice("ColorSpaceConversion", {"NONE": False, "FORCE_709": True}, "NONE"),
        tone_map=color.choice("HdrToSdrToneMapper", _TONE_MAPPERS, "PRESERVE_DETAILS"),
        squeeze_range=color.choice("SampleRangeConversion", {"NONE": False, "LIMITED_RANGE_SQUEEZE": True}, "NONE"),
        keep_color_metadata=item.choice("ColorMetadata", {"INSERT": True, "IGNORE": False}, "INSERT"),
        codec=read_h264(codec.child("H264Settings"), group_metrics),
    )


def _scaler(sharpness: int) -> str:
    bands: list[tuple[int, str]] = table("x264")["scaler_by_sharpness"]
    return next(kernel for limit, kernel in bands if sharpness <= limit)
