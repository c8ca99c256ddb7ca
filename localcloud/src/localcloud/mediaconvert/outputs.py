"""What came out of a job: files and where they go, the details of the API and of the COMPLETE event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from localcloud.mediaconvert.exceptions import JobFailed
from rendering import EncodeFailed, RenderedJob, RenderedOutput, RunResult, level_for, probe, video_bytes
from rendering.tables import crf_for

#: Audio inserted from this many milliseconds on is a warning [user guide, warning codes 240000].
INSERTED_AUDIO_WARNING_MS = 100
_AUDIO_INSERTED = 240000
#: What ffmpeg says of an input that ends too early.
_TRUNCATED = ("partial file", "truncat", "error reading", "end of file")


@dataclass(frozen=True)
class StoredFile:
    """A local file and its destination; `settings` are the group's DestinationSettings."""

    path: Path
    uri: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Details:
    """The outcome of a job."""

    files: list[StoredFile]
    for_api: list[dict[str, Any]]
    for_event: dict[str, Any]
    warnings: list[dict[str, int]]


def describe_outputs(rendered: RenderedJob, result: RunResult, input_key: str) -> Details:
    """Read the outputs back and say what and where they are."""
    files: list[StoredFile] = []
    api: list[dict[str, Any]] = []
    event: list[dict[str, Any]] = []
    for number, group in enumerate(rendered.spec.groups):
        base = destination_base(group.destination, input_key)
        api_details: list[dict[str, Any]] = []
        event_details: list[dict[str, Any]] = []
        for output in (one for one in rendered.outputs if one.group == number):
            uri = base + output.suffix
            files.append(StoredFile(output.path, uri, group.destination_settings))
            for metric, table in output.metrics.tables if output.metrics else ():
                stored_as = f"{base}{output.name_modifier}_{metric}.csv"
                files.append(StoredFile(table, stored_as, group.destination_settings))
            shown, told = _output_details(output, result, uri)
            api_details.append(shown)
            event_details.append(told)
        api.append({"OutputDetails": api_details})
        event.append({"outputDetails": event_details, "type": "FILE_GROUP"})
    warnings = _warnings(rendered)
    detail: dict[str, Any] = {"outputGroupDetails": event, "paddingInserted": rendered.padding_ms}
    if warnings:
        detail["warnings"] = warnings
    return Details(files, api, detail, warnings)


def destination_base(destination: str, input_key: str) -> str:
    """Destination with a base name: its own, else the input's [API reference, FileGroupSettings.Destination]."""
    return destination + PurePosixPath(input_key).stem if destination.endswith("/") else destination


def check_damage(result: RunResult, uri: str) -> None:
    """Fail a job whose input could not be read to its end: the service does not deliver half a file.

    Raises:
        JobFailed: 1076 the input is truncated.
    """
    for one in result.passes:
        for line in one.damage:
            if any(word in line.lower() for word in _TRUNCATED):
                raise JobFailed(1076, f"Source read error [{uri}]: {line.strip()}. Is file truncated?")


def encode_failure(failed: EncodeFailed, uri: str) -> JobFailed:
    """The service's code for what ffmpeg said when it gave up."""
    said = failed.stderr_tail.lower()
    last = failed.stderr_tail.splitlines()[-1] if failed.stderr_tail else str(failed.return_code)
    if any(word in said for word in _TRUNCATED):
        return JobFailed(1076, f"Source read error [{uri}]: {last}")
    if "error while decoding" in said or "invalid data found" in said or "decoding error" in said:
        return JobFailed(1075, f"Demuxer: [{last}] [{uri}]")
    return JobFailed(1999, f"Unknown error: {last}")


def _output_details(output: RenderedOutput, result: RunResult, uri: str) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = probe(output.path)
    duration = round(float(answer["format"]["duration"]) * 1000)
    video = next((stream for stream in answer["streams"] if stream["codec_type"] == "video"), None)
    shown: dict[str, Any] = {"DurationInMs": duration}
    told: dict[str, Any] = {"outputFilePaths": [uri], "durationInMs": duration}
    if video is not None:
        size, seconds = video_bytes(output.path)
        shown["VideoDetails"] = {"WidthInPx": video["width"], "HeightInPx": video["height"]}
        told["videoDetails"] = {
            "widthInPx": video["width"],
            "heightInPx": video["height"],
            "averageBitrate": round(size * 8 / seconds),
            **_quality(output, result),
        }
    return shown, told


def _quality(output: RenderedOutput, result: RunResult) -> dict[str, float]:
    """Average quality level: the asked one, less what a capped pass had to quantise more coarsely than the first."""
    if output.quality_level is None:
        return {}
    mine = [
        one.average_qp
        for one in result.passes
        if one.name.startswith(f"{output.path.name}:") and one.average_qp is not None
    ]
    if len(mine) < 2:
        return {"qvbrAvgQuality": round(output.quality_level, 2)}
    return {"qvbrAvgQuality": level_for(crf_for(output.quality_level) + max(0.0, mine[-1] - mine[0]))}


def _warnings(rendered: RenderedJob) -> list[dict[str, int]]:
    inserted = [
        gap for output in rendered.outputs for gap in output.audio_inserted_ms if gap >= INSERTED_AUDIO_WARNING_MS
    ]
    return [{"code": _AUDIO_INSERTED, "count": len(inserted)}] if inserted else []
