"""Small clips from ffmpeg's generators, job settings, and measurements of outputs."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rendering import RenderedOutput, ResolvedInput, RunResult, ffmpeg_path, ffprobe_path, render, run

SAMPLE_RATE = 8000


def ffmpeg(*arguments: str) -> None:
    """Run ffmpeg; on failure show its messages."""
    done = subprocess.run([ffmpeg_path(), "-v", "error", "-y", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def make_clip(
    path: Path,
    *,
    size: str = "320x180",
    rate: str = "30",
    seconds: float = 2,
    noise: int = 0,
    tones: Sequence[int] = (440,),
    channels: int = 2,
    languages: Sequence[str] = (),
    video_options: Sequence[str] = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "14"),
    audio_options: Sequence[str] = ("-c:a", "aac"),
    filters: str = "null",
    audio_delay: float = 0,
) -> Path:
    """Create a test picture with one sine tone per track. `noise` makes it hard to compress."""
    grain = f",noise=alls={noise}:allf=t:all_seed=7" if noise else ""
    command = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}{grain},{filters}"]
    for hertz in tones:
        command += ["-itsoffset", str(audio_delay), "-f", "lavfi"]
        command += ["-i", f"sine=f={hertz}:r=48000:d={seconds - audio_delay},aformat=channel_layouts={channels}c"]
    for index in range(len(tones) + 1):
        command += ["-map", str(index)]
    for index, language in enumerate(languages):
        command += [f"-metadata:s:a:{index}", f"language={language}"]
    ffmpeg(*command, *video_options, *audio_options, "-shortest", str(path))
    return path


def job_settings(*, tracks: int = 1, **h264: Any) -> dict[str, Any]:
    """Return settings as a pipeline sends them: QVBR, multi-pass, one AAC track per selector."""
    names = [f"Audio Selector {number}" for number in range(1, tracks + 1)]
    aac = {"Bitrate": 96_000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48_000}
    return {
        "TimecodeConfig": {"Source": "ZEROBASED"},
        "Inputs": [
            {
                "FileInput": "s3://source-bucket/folder/clip.mp4",
                "TimecodeSource": "ZEROBASED",
                "VideoSelector": {"Rotate": "AUTO", "ColorSpace": "FOLLOW"},
                "AudioSelectors": {
                    name: {"DefaultSelection": "NOT_DEFAULT", "SelectorType": "TRACK", "Tracks": [number]}
                    for number, name in enumerate(names, start=1)
                },
            }
        ],
        "OutputGroups": [
            {
                "Name": "File Group",
                "OutputGroupSettings": {
                    "Type": "FILE_GROUP_SETTINGS",
                    "FileGroupSettings": {"Destination": "s3://target-bucket/staging/video"},
                },
                "Outputs": [
                    {
                        "NameModifier": "_h264",
                        "Extension": "mp4",
                        "ContainerSettings": {
                            "Container": "MP4",
                            "Mp4Settings": {
                                "MoovPlacement": "PROGRESSIVE_DOWNLOAD",
                                "CslgAtom": "INCLUDE",
                                "FreeSpaceBox": "EXCLUDE",
                            },
                        },
                        "VideoDescription": {
                            "ScalingBehavior": "DEFAULT",
                            "CodecSettings": {
                                "Codec": "H_264",
                                "H264Settings": {
                                    "RateControlMode": "QVBR",
                                    "QualityTuningLevel": "MULTI_PASS_HQ",
                                    "SceneChangeDetect": "TRANSITION_DETECTION",
                                    "MaxBitrate": 8_000_000,
                                    "QvbrSettings": {"QvbrQualityLevel": 7},
                                    "CodecProfile": "HIGH",
                                    **h264,
                                },
                            },
                        },
                        "AudioDescriptions": [
                            {
                                "AudioSourceName": name,
                                "LanguageCodeControl": "FOLLOW_INPUT",
                                "CodecSettings": {"Codec": "AAC", "AacSettings": dict(aac)},
                            }
                            for name in names
                        ],
                    }
                ],
            }
        ],
    }


def changed(settings: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with the member at `Outer.List[0].Inner` set; missing objects on the path are created."""
    result = copy.deepcopy(dict(settings))
    node: Any = result
    steps = [int(step) if step.isdigit() else step for step in path.replace("[", ".").replace("]", "").split(".")]
    for step in steps[:-1]:
        node = node[step] if isinstance(step, int) else node.setdefault(step, {})
    node[steps[-1]] = value
    return result


def output(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first output, which can be changed in place."""
    first: dict[str, Any] = settings["OutputGroups"][0]["Outputs"][0]
    return first


def encode(source: Path, settings: Mapping[str, Any], directory: Path) -> tuple[RenderedOutput, RunResult]:
    """Render and run; return the only output and the results of the passes."""
    directory.mkdir(exist_ok=True)
    rendered = render(settings, [ResolvedInput.of(source)], directory / "video")
    result = run(rendered, lambda percent, frames: None, lambda: False)
    return rendered.outputs[0], result


def ffprobe_json(path: Path, *arguments: str) -> dict[str, Any]:
    """Return ffprobe's answer."""
    command = [ffprobe_path(), "-v", "error", "-of", "json", *arguments, str(path)]
    answer: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return answer


def streams(path: Path, kind: str) -> list[dict[str, Any]]:
    """Return ffprobe's streams of a kind (video, audio)."""
    return [stream for stream in ffprobe_json(path, "-show_streams")["streams"] if stream["codec_type"] == kind]


def samples(path: Path, track: int = 0, channel: int | None = None) -> npt.NDArray[np.float64]:
    """Return the samples of a track or channel at SAMPLE_RATE, from time zero of the file (a late start is silence)."""
    one = f",pan=mono|c0=c{channel}" if channel is not None else ""
    command = [ffmpeg_path(), "-v", "error", "-i", str(path), "-map", f"0:a:{track}"]
    command += ["-af", f"aresample=async=1:first_pts=0{one}", "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "f32le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, dtype=np.float32).astype(np.float64)


def onset(audio: npt.NDArray[np.float64]) -> float:
    """Return the seconds until the audio begins."""
    return float(np.argmax(np.abs(audio) > 0.02)) / SAMPLE_RATE


def pitch(audio: npt.NDArray[np.float64]) -> float:
    """Return the strongest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(audio))
    return float(np.argmax(spectrum)) * SAMPLE_RATE / len(audio)


def picture(path: Path, at: float, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Return one frame as RGB, height x width x 3."""
    command = [ffmpeg_path(), "-v", "error", "-ss", str(at), "-i", str(path), "-frames:v", "1"]
    command += ["-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, dtype=np.uint8).reshape(height, width, 3)


def boxes(path: Path) -> list[str]:
    """Return the names of an MP4's top-level boxes, in order."""
    data, names, at = path.read_bytes(), [], 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        names.append(data[at + 4 : at + 8].decode("latin-1"))
        at += size if size > 1 else int.from_bytes(data[at + 8 : at + 16], "big")
    return names
