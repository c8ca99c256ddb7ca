"""Rules of job settings that the service documents but its model cannot state.

Each function yields problems that begin with a JSON pointer, as the service's messages do. Sources are next to the
rules: [model] the API reference in the service model, [ug] the user guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Settings = Mapping[str, Any]

#: AAC bit rates in bit/s [model: AacSettings.Bitrate].
AAC_BITRATES = frozenset(
    thousand * 1000
    for thousand in (
        *(6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 288),
        *(320, 384, 448, 512, 576, 640, 768, 896, 1024),
    )
)
#: H.264 frames are at most this large, either way round [ug].
H264_LARGEST = (4096, 2160)


def check_settings(settings: Settings) -> Iterator[str]:
    """Yield the problems of a job's `Settings` (SDK member names)."""
    if not settings.get("Inputs"):
        yield "/inputs: Should have at least 1 items"
    if not settings.get("OutputGroups"):
        yield "/outputGroups: Should have at least 1 items"
    for index, item in enumerate(settings.get("Inputs", [])):
        yield from _input(item, f"/inputs/{index}")
    selectors = _selectors(settings)
    for index, group in enumerate(settings.get("OutputGroups", [])):
        yield from _group(group, f"/outputGroups/{index}", selectors)


def check_preset(settings: Settings) -> Iterator[str]:
    """Yield the problems of a preset's `Settings`."""
    if "ContainerSettings" not in settings:
        yield ": containerSettings is a required property"
    yield from _media(settings, "", None)


def _input(item: Settings, at: str) -> Iterator[str]:
    if ("FileInput" in item) == ("VideoGenerator" in item):
        yield f"{at}: Should have exactly one of fileInput and videoGenerator"  # [model: VideoGenerator]
    location = str(item.get("FileInput", "s3://"))
    if not location.startswith("s3://"):
        yield f"{at}/fileInput: the local cloud reads inputs from s3:// only, not {location.split(':')[0]}"
    for name, selector in item.get("AudioSelectors", {}).items():
        yield from _audio_selector(selector, f"{at}/audioSelectors/{name}")


def _audio_selector(selector: Settings, at: str) -> Iterator[str]:
    kind = selector.get("SelectorType", "TRACK")
    needed = {"LANGUAGE_CODE": ("LanguageCode", "CustomLanguageCode"), "PID": ("Pids",)}.get(kind, ())
    if needed and not any(name in selector for name in needed):
        yield f"{at}: {_wire(needed[0])} is a required property for selectorType {kind}"
    if len(set(selector.get("Tracks", []))) != len(selector.get("Tracks", [])):
        yield f"{at}/tracks: Should not contain a track twice"


def _selectors(settings: Settings) -> set[str]:
    found: set[str] = set()
    for item in settings.get("Inputs", []):
        for kind in ("AudioSelectors", "AudioSelectorGroups", "DynamicAudioSelectors"):
            found.update(item.get(kind, {}))
    return found


def _group(group: Settings, at: str, selectors: set[str]) -> Iterator[str]:
    kind = group.get("OutputGroupSettings", {})
    file_group = kind.get("FileGroupSettings")
    if "Type" not in kind:
        yield f"{at}/outputGroupSettings: type is a required property"
    elif kind["Type"] != "FILE_GROUP_SETTINGS":
        yield f"{at}/outputGroupSettings/type: the local cloud does not implement {kind['Type']}"
    elif file_group is None:
        yield f"{at}/outputGroupSettings: fileGroupSettings is a required property"
    elif "Destination" not in file_group:
        yield f"{at}/outputGroupSettings/fileGroupSettings: destination is a required property"
    outputs = group.get("Outputs", [])
    if not outputs:
        yield f"{at}/outputs: Should have at least 1 items"
    modifiers = [output.get("NameModifier") for output in outputs]
    for index, output in enumerate(outputs):
        here = f"{at}/outputs/{index}"
        if len(outputs) > 1 and not output.get("NameModifier"):  # [model: NameModifier]
            yield f"{here}: nameModifier is a required property"
        elif modifiers.index(output.get("NameModifier")) != index:
            yield f"{here}/nameModifier: Should be unique within the output group"
        if "Preset" in output and "ContainerSettings" in output:  # [model: Preset]
            yield f"{here}: Should have exactly one of preset and containerSettings"
        elif "Preset" not in output and "ContainerSettings" not in output:
            yield f"{here}: containerSettings is a required property"
        yield from _media(output, here, selectors)


def _media(output: Settings, at: str, selectors: set[str] | None) -> Iterator[str]:
    if not any(name in output for name in ("Preset", "VideoDescription", "AudioDescriptions", "CaptionDescriptions")):
        yield f"{at}: Should have at least one of videoDescription and audioDescriptions"
    if "VideoDescription" in output:
        yield from _video(output["VideoDescription"], f"{at}/videoDescription")
    for index, audio in enumerate(output.get("AudioDescriptions", [])):
        yield from _audio(audio, f"{at}/audioDescriptions/{index}", selectors)


def _video(video: Settings, at: str) -> Iterator[str]:
    for name in ("Width", "Height"):
        if video.get(name, 0) % 2:
            yield f"{at}/{_wire(name)}: Should be a multiple of 2"
    for name in ("Crop", "Position"):
        for side, value in video.get(name, {}).items():
            if value % 2:
                yield f"{at}/{_wire(name)}/{_wire(side)}: Should be a multiple of 2"
    codec = video.get("CodecSettings", {})
    if "Codec" not in codec:
        yield f"{at}/codecSettings: codec is a required property"
    if codec.get("Codec") != "H_264":
        return
    size = sorted((video.get("Width", 0), video.get("Height", 0)), reverse=True)
    if size[0] > H264_LARGEST[0] or size[1] > H264_LARGEST[1]:
        yield f"{at}: H_264 outputs are at most {H264_LARGEST[0]}x{H264_LARGEST[1]}"
    if "H264Settings" not in codec:
        yield f"{at}/codecSettings: h264Settings is a required property"
    else:
        yield from _h264(codec["H264Settings"], f"{at}/codecSettings/h264Settings")


def _h264(h264: Settings, at: str) -> Iterator[str]:
    mode = h264.get("RateControlMode")
    if mode is None:
        yield f"{at}: rateControlMode is a required property"
    if mode == "QVBR":
        yield from _qvbr(h264, at)
    elif "QvbrSettings" in h264:
        yield f"{at}/qvbrSettings: Is allowed only with rateControlMode QVBR"  # [model]
    if mode in ("VBR", "CBR") and "Bitrate" not in h264:  # [model: Bitrate]
        yield f"{at}: bitrate is a required property"
    if mode == "VBR" and h264.get("MaxBitrate", 1 << 40) < h264.get("Bitrate", 0):
        yield f"{at}/maxBitrate: Should be greater than or equal to bitrate"
    for control, stem in (("FramerateControl", "Framerate"), ("ParControl", "Par")):
        if h264.get(control) == "SPECIFIED":  # [model]
            for part in ("Numerator", "Denominator"):
                if stem + part not in h264:
                    yield f"{at}: {_wire(stem + part)} is a required property"
    if h264.get("GopSizeUnits", "AUTO") == "AUTO" and h264.get("GopSize"):
        yield f"{at}/gopSize: Should be left out with gopSizeUnits AUTO"  # [model: GopSize]
    if h264.get("NumberBFramesBetweenReferenceFrames", 0) and h264.get("CodecProfile") == "BASELINE":
        yield f"{at}/numberBFramesBetweenReferenceFrames: Should be 0 with codecProfile BASELINE"
    if h264.get("EntropyEncoding") == "CABAC" and h264.get("CodecProfile") == "BASELINE":  # [model: EntropyEncoding]
        yield f"{at}/entropyEncoding: CABAC needs codecProfile MAIN or HIGH"


def _qvbr(h264: Settings, at: str) -> Iterator[str]:
    if "MaxBitrate" not in h264:  # [model: MaxBitrate]
        yield f"{at}: maxBitrate is a required property"
    if "Bitrate" in h264:
        yield f"{at}/bitrate: Should be left out with rateControlMode QVBR"
    cap = h264.get("QvbrSettings", {}).get("MaxAverageBitrate")
    if cap is None:
        return
    if h264.get("QualityTuningLevel") != "MULTI_PASS_HQ":  # [model: MaxAverageBitrate]
        yield f"{at}/qvbrSettings/maxAverageBitrate: Is allowed only with qualityTuningLevel MULTI_PASS_HQ"
    if cap > h264.get("MaxBitrate", cap):
        yield f"{at}/qvbrSettings/maxAverageBitrate: Should be less than or equal to maxBitrate"


def _audio(audio: Settings, at: str, selectors: set[str] | None) -> Iterator[str]:
    name = audio.get("AudioSourceName")
    if selectors is not None and name is not None and name not in selectors:
        yield f"{at}/audioSourceName: No input has an audio selector [{name}]"
    codec = audio.get("CodecSettings", {})
    if "Codec" not in codec:
        yield f"{at}/codecSettings: codec is a required property"
    if codec.get("Codec") != "AAC":
        return
    if "AacSettings" not in codec:
        yield f"{at}/codecSettings: aacSettings is a required property"
        return
    aac, here = codec["AacSettings"], f"{at}/codecSettings/aacSettings"
    for needed in ("CodingMode", "SampleRate"):
        if needed not in aac:
            yield f"{here}: {_wire(needed)} is a required property"
    variable = aac.get("RateControlMode", "CBR") == "VBR"
    if variable and "Bitrate" in aac:
        yield f"{here}/bitrate: Should be left out with rateControlMode VBR"  # [model]
    if not variable and "Bitrate" not in aac:
        yield f"{here}: bitrate is a required property"
    if "Bitrate" in aac and aac["Bitrate"] not in AAC_BITRATES:
        yield f"{here}/bitrate: Should be one of {', '.join(map(str, sorted(AAC_BITRATES)))}"
    if not variable and "VbrQuality" in aac:
        yield f"{here}/vbrQuality: Is allowed only with rateControlMode VBR"


def _wire(name: str) -> str:
    return name[0].lower() + name[1:]
