"""The outputs of a job: files and destinations, the details of the API and of the COMPLETE event."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from localcloud.mediaconvert.exceptions import JobError
from rendering import EncodeFailed, RenderedJob, RenderedOutput, RunResult, level_for, probe, video_bytes
from rendering.tables import crf_for

#: Inserted audio of at least this many milliseconds is a warning [user guide, warning codes 240000].
INSERTED_AUDIO_WARNING_MS = 100
_AUDIO_INSERTED = 240000
#: ffmpeg's messages about an input that ends too early.
_TRUNCATED = ("partial file", "truncat", "error reading", "end of file")


@dataclass(frozen=True)
class Details:
    """The result of a job: local files with their destinations, and how API and event describe it."""

    files: list[tuple[Path, str]]
    for_api: list[dict[str, Any]]
    for_event: dict[str, Any]
    warnings: list[dict[str, int]]


def describe_outputs(rendered: RenderedJob, result: RunResult, input_key: str) -> Details:
    """Read the outputs back and describe them."""
    files: list[tuple[Path, str]] = []
    api: list[dict[str, Any]] = []
    event: list[dict[str, Any]] = []
    for number, group in enumerate(rendered.spec.groups):
        base = group.destination
        if base.endswith("/"):  # the name is then the input's [API reference, FileGroupSettings.Destination]
            base += PurePosixPath(input_key).stem
        in_api: list[dict[str, Any]] = []
        in_event: list[dict[str, Any]] = []
        for output in (one for one in rendered.outputs if one.group == number):
            uri = base + output.suffix
            files.append((output.path, uri))
            for metric, table in output.metrics.tables if output.metrics else ():
                files.append((table, f"{base}{output.name_modifier}_{metric}.csv"))
            for_api, for_event = _describe(output, result, uri)
            in_api.append(for_api)
            in_event.append(for_event)
        api.append({"OutputDetails": in_api})
        event.append({"outputDetails": in_event, "type": "FILE_GROUP"})
    detail: dict[str, Any] = {"outputGroupDetails": event, "paddingInserted": rendered.padding_ms}
    if warnings := _warnings(rendered):
        detail["warnings"] = warnings
    return Details(files, api, detail, warnings)


def check_damage(result: RunResult, uri: str) -> None:
    """Fail a job whose input could not be read to its end: the service does not deliver partial files.

    Raises:
        JobError: 1076 the input is truncated.
    """
    for one in result.passes:
        for line in one.damage:
            if any(word in line.lower() for word in _TRUNCATED):
                raise JobError(1076, f"Source read error [{uri}]: {line.strip()}. Is file truncated?")


def encode_failure(failed: EncodeFailed, uri: str) -> JobError:
    """Return the service's error for a failure of ffmpeg."""
    stderr = failed.stderr_tail.lower()
    last = failed.stderr_tail.splitlines()[-1] if failed.stderr_tail else str(failed.return_code)
    if any(word in stderr for word in _TRUNCATED):
        return JobError(1076, f"Source read error [{uri}]: {last}")
    if "error while decoding" in stderr or "invalid data found" in stderr or "decoding error" in stderr:
        return JobError(1075, f"Demuxer: [{last}] [{uri}]")
    return JobError(1999, f"Unknown error: {last}")


def _describe(output: RenderedOutput, result: RunResult, uri: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an output's details for the API and for the event."""
    answer = probe(output.path)
    duration = round(float(answer["format"]["duration"]) * 1000)
    video = next((stream for stream in answer["streams"] if stream["codec_type"] == "video"), None)
    api: dict[str, Any] = {"DurationInMs": duration}
    event: dict[str, Any] = {"outputFilePaths": [uri], "durationInMs": duration}
    if video is not None:
        size, seconds = video_bytes(output.path)
        api["VideoDetails"] = {"WidthInPx": video["width"], "HeightInPx": video["height"]}
        event["videoDetails"] = {
            "widthInPx": video["width"],
            "heightInPx": video["height"],
            "averageBitrate": round(size * 8 / seconds),
            **_quality(output, result),
        }
    return api, event


def _quality(output: RenderedOutput, result: RunResult) -> dict[str, float]:
    """Return the average quality level: the requested one, lowered by the coarser quantization of a capped pass."""
    if output.quality_level is None:
        return {}
    prefix = f"{output.path.name}:"
    qps = [one.average_qp for one in result.passes if one.name.startswith(prefix) and one.average_qp is not None]
    if len(qps) < 2:
        return {"qvbrAvgQuality": round(output.quality_level, 2)}
    return {"qvbrAvgQuality": level_for(crf_for(output.quality_level) + max(0.0, qps[-1] - qps[0]))}


def _warnings(rendered: RenderedJob) -> list[dict[str, int]]:
    inserted = [
        gap for output in rendered.outputs for gap in output.audio_inserted_ms if gap >= INSERTED_AUDIO_WARNING_MS
    ]
    return [{"code": _AUDIO_INSERTED, "count": len(inserted)}] if inserted else []
