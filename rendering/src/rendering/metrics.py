"""Per-frame quality metrics: one libvmaf run against the encoder's input, then one CSV per metric."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rendering.passes import EncodePass
from rendering.tools import ffmpeg_path

#: Metric of PerFrameMetrics -> (libvmaf feature to compute in addition to the model, key in its log).
FEATURES: dict[str, tuple[str | None, str]] = {
    "VMAF": (None, "vmaf"),
    "PSNR": ("psnr", "psnr_y"),
    "SSIM": ("float_ssim", "float_ssim"),
    "MS_SSIM": ("float_ms_ssim", "float_ms_ssim"),
    "PSNR_HVS": ("psnr_hvs", "psnr_hvs"),
}
_THREADS = 2


@dataclass(frozen=True)
class MetricsReport:
    """Path of libvmaf's log (JSON), and the CSV of each metric next to the output: `<output>_<METRIC>.csv`."""

    log: Path
    tables: tuple[tuple[str, Path], ...]


def metrics_pass(
    metrics: tuple[str, ...], source: Path, stream: int, chain: list[str], output: Path, duration: float
) -> tuple[MetricsReport, EncodePass]:
    """Return the run that compares `output` with the source after the same filters, so at output size and rate."""
    log = output.with_name(f".{output.name}.vmaf.json")
    features = [name for name in (FEATURES[metric][0] for metric in metrics) if name]
    feature = f":feature={'|'.join(f'name={name}' for name in features)}" if features else ""
    clock = "settb=AVTB,setpts=PTS-STARTPTS"
    graph = (
        f"[0:v:0]{clock}[encoded];[1:{stream}]{','.join(chain)},{clock}[reference];[encoded][reference]"
        f"libvmaf=log_fmt=json:log_path={_escaped(log)}:n_threads={_THREADS}:shortest=1:ts_sync_mode=nearest{feature}"
    )
    command = (
        *(ffmpeg_path(), "-hide_banner", "-nostdin", "-y", "-loglevel", "info", "-nostats"),
        *("-progress", "pipe:1", "-stats_period", "0.25", "-protocol_whitelist", "file"),
        *("-i", f"file:{output}", "-display_rotation:v", "0", "-i", f"file:{source}"),
        *("-filter_complex", graph, "-f", "null", "-"),
    )
    stem = output.with_suffix("")
    tables = tuple((metric, stem.with_name(f"{stem.name}_{metric}.csv")) for metric in metrics)
    return MetricsReport(log, tables), EncodePass(f"{output.name}: metrics", command, duration, log)


def write_tables(report: MetricsReport) -> list[Path]:
    """Write the CSVs from libvmaf's log: one line per frame, then average, minimum and maximum."""
    frames: list[dict[str, Any]] = json.loads(report.log.read_text("utf-8"))["frames"]
    for metric, path in report.tables:
        key = FEATURES[metric][1]
        values = [float(frame["metrics"][key]) for frame in frames]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["frame", metric])
            writer.writerows((number, f"{value:.6f}") for number, value in enumerate(values))
            writer.writerow(["average", f"{sum(values) / len(values):.6f}"])
            writer.writerow(["min", f"{min(values):.6f}"])
            writer.writerow(["max", f"{max(values):.6f}"])
    return [path for _, path in report.tables]


def _escaped(path: Path) -> str:
    """Quote a path for a filter option and for the graph."""
    inner = str(path).replace("\\", "\\\\").replace(":", "\\:").replace("'", "\\'")
    return "'" + inner.replace("'", "'\\''") + "'"
