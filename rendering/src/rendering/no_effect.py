"""Settings that do not change the ffmpeg command, each with the values for which that is true and the reason.

A setting that is neither rendered by a rule nor listed here is rejected. The defaults are those of the API reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NoEffect:
    """`values` for which the setting changes nothing (None: all of them), and why."""

    values: tuple[Any, ...] | None
    reason: str


_INPUT = "Settings.Inputs[]."
_OUTPUT = "Settings.OutputGroups[].Outputs[]."
_VIDEO = _OUTPUT + "VideoDescription."
_H264 = _VIDEO + "CodecSettings.H264Settings."
_AUDIO = _OUTPUT + "AudioDescriptions[]."
_AAC = _AUDIO + "CodecSettings.AacSettings."
_MP4 = _OUTPUT + "ContainerSettings.Mp4Settings."

_OFF = "the feature is off, as by default"
_PROGRESSIVE = "only for interlaced outputs; interlaced outputs are not rendered"
_NO_TIMECODE = "no timecode is written, and clipping, which would use one, is not rendered"


def _rows() -> Iterable[tuple[str, tuple[Any, ...] | None, str]]:
    yield "Settings.AdAvailOffset", (0,), _OFF
    yield "Settings.FollowSource", (1,), "there is one input"
    yield "Settings.TimecodeConfig.Source", ("ZEROBASED", "EMBEDDED"), _NO_TIMECODE
    yield "Settings.OutputGroups[].Name", None, "a label for people"
    yield "Settings.OutputGroups[].CustomName", None, "a label for people"

    yield _INPUT + "FilterEnable", ("AUTO", "DISABLE"), "no filter; AUTO leaves it to the service, which may apply none"
    yield _INPUT + "FilterStrength", (0,), _OFF
    yield _INPUT + "DeblockFilter", ("DISABLED",), _OFF
    yield _INPUT + "DenoiseFilter", ("DISABLED",), _OFF
    yield _INPUT + "AdvancedInputFilter", ("DISABLED",), _OFF
    yield _INPUT + "PsiControl", ("USE_PSI", "IGNORE_PSI"), "ffmpeg scans both the tables and the packets"
    yield _INPUT + "TimecodeSource", ("EMBEDDED", "ZEROBASED"), _NO_TIMECODE
    yield _INPUT + "InputScanType", ("AUTO",), _OFF
    yield _INPUT + "VideoSelector.AlphaBehavior", ("DISCARD",), "an H.264 output has no alpha channel"
    yield _INPUT + "VideoSelector.EmbeddedTimecodeOverride", ("NONE",), _NO_TIMECODE
    yield _INPUT + "VideoSelector.SelectorType", ("AUTO",), "only for HLS inputs, which are not rendered"
    yield _INPUT + "AudioSelectors[].AudioDurationCorrection", ("DISABLED",), _OFF
    yield _INPUT + "AudioSelectors[].ProgramSelection", (0, 1), "only for Dolby E, which is not rendered"
    yield _INPUT + "AudioSelectors[].Smpte337Passthrough", ("DISABLED",), _OFF

    yield _VIDEO + "AntiAlias", None, "always applied; the service ignores DISABLED (API reference)"
    yield _VIDEO + "AfdSignaling", ("NONE",), "no AFD is written"
    yield _VIDEO + "RespondToAfd", ("NONE",), "AFD in the input is ignored"
    yield _VIDEO + "DropFrameTimecode", None, "applies to timecodes, and none is written"
    yield _VIDEO + "TimecodeInsertion", ("DISABLED",), _OFF
    yield _VIDEO + "TimecodeTrack", ("DISABLED",), _OFF
    yield _VIDEO + "ChromaPositionMode", ("AUTO",), _OFF

    yield _H264 + "BandwidthReductionFilter.Sharpening", ("OFF",), _OFF
    yield _H264 + "EndOfStreamMarkers", None, "the sample table of an MP4 ends the stream"
    yield _H264 + "FieldEncoding", None, _PROGRESSIVE
    yield _H264 + "HrdBufferFinalFillPercentage", (0,), _OFF
    yield _H264 + "RepeatPps", ("DISABLED",), _OFF
    yield _H264 + "SaliencyAwareEncoding", ("DISABLED",), _OFF
    yield _H264 + "ScanTypeConversionMode", None, _PROGRESSIVE
    yield _H264 + "SlowPal", ("DISABLED",), _OFF
    yield _H264 + "Softness", (0,), "flat quantisation matrices, as by default"
    yield _H264 + "Syntax", ("DEFAULT",), _OFF
    yield _H264 + "Telecine", ("NONE",), _OFF
    yield _H264 + "UnregisteredSeiTimecode", ("DISABLED",), _OFF
    yield _H264 + "WriteMp4PackagingType", ("AVC1",), "what ffmpeg writes"

    yield _AUDIO + "AudioType", None, "an MP4 carries no ISO/IEC 13818-1 audio type"
    yield _AUDIO + "AudioTypeControl", None, "an MP4 carries no ISO/IEC 13818-1 audio type"
    yield _AUDIO + "StreamName", None, "ignored outside streaming outputs (API reference)"
    yield _AAC + "AudioDescriptionBroadcasterMix", ("NORMAL",), _OFF
    yield _AAC + "RawFormat", ("NONE",), _OFF
    yield _AAC + "Specification", ("MPEG4",), "what ffmpeg writes"

    yield _MP4 + "C2paManifest", ("EXCLUDE",), _OFF
    yield _MP4 + "CttsVersion", (0,), "version 0, as by default"
    yield _MP4 + "FreeSpaceBox", ("EXCLUDE",), _OFF


#: By JSON path, with every index written as [].
NO_EFFECT: dict[str, NoEffect] = {path: NoEffect(values, reason) for path, values, reason in _rows()}
