"""What rendering needs to know about an input, from ffprobe's JSON."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from rendering.errors import ProbeFailed
from rendering.tools import PROBE_ENVIRONMENT, ffprobe_path

#: Rates that a variable input is rounded up to (MediaConvert user guide, frame rates).
CONSTANT_RATES = (1, 5, 10, 15, 24, 30, 50, 60)
#: The frame rate varies if average and nominal rate differ by more than this.
VARIABLE_RATE_TOLERANCE = 0.005
HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
_PROBE_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class VideoTrack:
    """The video track of an input. Sizes in pixels as stored, times in seconds, `rotation` clockwise in degrees."""

    index: int
    codec: str
    width: int
    height: int
    sample_aspect: Fraction
    frame_rate: Fraction
    variable_rate: bool
    interlaced: bool
    rotation: float
    pixel_format: str
    transfer: str | None
    primaries: str | None
    matrix: str | None
    full_range: bool
    start: float
    duration: float


@dataclass(frozen=True)
class AudioTrack:
    """One audio track; `number` counts audio tracks from 1, as MediaConvert's Tracks do."""

    index: int
    number: int
    codec: str
    channels: int
    layout: str | None
    sample_rate: int
    language: str | None
    start: float
    duration: float


@dataclass(frozen=True)
class Source:
    """One input file and its tracks."""

    path: Path
    video: VideoTrack | None
    audio: tuple[AudioTrack, ...]
    start: float
    duration: float


@dataclass(frozen=True)
class ResolvedInput:
    """A job input: a local file and ffprobe's JSON about it (`probe`)."""

    path: Path
    probe: Mapping[str, Any]

    @classmethod
    def of(cls, path: Path) -> ResolvedInput:
        """Probe the file."""
        return cls(path, probe(path))


#: One entry per element of Settings.Inputs, in their order.
ResolvedInputs = Sequence[ResolvedInput]


def probe(path: Path) -> dict[str, Any]:
    """Return ffprobe's JSON (`format` and `streams`) about a local file.

    Raises:
        ProbeFailed: the file cannot be read as media.
    """
    command = [ffprobe_path(), "-v", "error", "-protocol_whitelist", "file", "-print_format", "json"]
    command += ["-show_format", "-show_streams", f"file:{path}"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        env=PROBE_ENVIRONMENT,
        timeout=_PROBE_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ProbeFailed(str(path), _messages(done.stderr, path) or f"ffprobe ended with {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def describe(resolved: ResolvedInput) -> Source:
    """Turn ffprobe's answer into tracks. Cover pictures do not count as video."""
    streams: list[dict[str, Any]] = list(resolved.probe.get("streams", []))
    container = resolved.probe.get("format", {})
    duration = _seconds(container.get("duration"))
    start = _seconds(container.get("start_time"))
    video = [s for s in streams if s.get("codec_type") == "video" and not _is_cover(s)]
    audio = [s for s in streams if s.get("codec_type") == "audio"]
    return Source(
        path=resolved.path,
        video=_video(video[0], start, duration) if video else None,
        audio=tuple(_audio(s, number, start, duration) for number, s in enumerate(audio, start=1)),
        start=start,
        duration=duration,
    )


def _messages(stderr: str, path: Path) -> str:
    """Return ffprobe's messages. The general one about the file comes last."""
    lines = [re.sub(r"^\[[^\]]*\] ", "", line) for line in stderr.strip().splitlines()]
    return "; ".join(line.replace(f"file:{path}: ", "") for line in lines)


def _is_cover(stream: Mapping[str, Any]) -> bool:
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _video(stream: Mapping[str, Any], origin: float, container_duration: float) -> VideoTrack:
    interlaced = stream.get("field_order", "progressive") not in ("progressive", "unknown")
    rate, variable = _frame_rate(stream, interlaced)
    return VideoTrack(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        width=int(stream["width"]),
        height=int(stream["height"]),
        sample_aspect=_ratio(stream.get("sample_aspect_ratio"), ":") or Fraction(1),
        frame_rate=rate,
        variable_rate=variable,
        interlaced=interlaced,
        rotation=_rotation(stream),
        pixel_format=str(stream.get("pix_fmt", "unknown")),
        transfer=_known(stream.get("color_transfer")),
        primaries=_known(stream.get("color_primaries")),
        matrix=_known(stream.get("color_space")),
        full_range=stream.get("color_range") == "pc",
        start=max(0.0, _seconds(stream.get("start_time")) - origin),
        duration=_duration(stream, container_duration),
    )


def _audio(stream: Mapping[str, Any], number: int, origin: float, container_duration: float) -> AudioTrack:
    return AudioTrack(
        index=int(stream["index"]),
        number=number,
        codec=str(stream.get("codec_name", "unknown")),
        channels=int(stream.get("channels", 0)),
        layout=_known(stream.get("channel_layout")),
        sample_rate=int(stream.get("sample_rate", 0)),
        language=_language(stream.get("tags", {})),
        start=max(0.0, _seconds(stream.get("start_time")) - origin),
        duration=_duration(stream, container_duration),
    )


def _frame_rate(stream: Mapping[str, Any], interlaced: bool) -> tuple[Fraction, bool]:
    nominal = _ratio(stream.get("r_frame_rate"), "/")
    average = _ratio(stream.get("avg_frame_rate"), "/")
    if nominal is None or average is None:
        return nominal or average or Fraction(25), nominal is None
    if interlaced and abs(nominal / 2 / average - 1) <= VARIABLE_RATE_TOLERANCE:
        nominal = nominal / 2  # field-coded streams state the field rate
    if abs(nominal / average - 1) <= VARIABLE_RATE_TOLERANCE:
        return nominal, False
    return average, True


def _rotation(stream: Mapping[str, Any]) -> float:
    for side in stream.get("side_data_list", []):
        if "rotation" in side:
            return float(-float(side["rotation"]) % 360)
    return 0.0


def _language(tags: Mapping[str, Any]) -> str | None:
    """Return the ISO 639-2/3 code; other tags are lost, as in the service."""
    code = str(tags.get("language", "")).lower()
    return code if re.fullmatch(r"[a-z]{3}", code) and code != "und" else None


def _duration(stream: Mapping[str, Any], container_duration: float) -> float:
    """Return a track's duration; Matroska has it in a tag, and the fallback is the container's."""
    if stream.get("duration") not in (None, "N/A"):
        return _seconds(stream["duration"])
    tagged = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", str(stream.get("tags", {}).get("DURATION", "")))
    if tagged:
        return int(tagged[1]) * 3600 + int(tagged[2]) * 60 + float(tagged[3])
    return container_duration


def _ratio(text: Any, separator: str) -> Fraction | None:
    if not isinstance(text, str) or separator not in text:
        return None
    above, below = text.split(separator, 1)
    return Fraction(int(above), int(below)) if int(below) and int(above) else None


def _known(value: Any) -> str | None:
    return None if value in (None, "unknown", "unspecified", "reserved") else str(value)


def _seconds(value: Any) -> float:
    return 0.0 if value in (None, "N/A") else float(value)
