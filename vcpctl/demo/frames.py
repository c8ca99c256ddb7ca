"""Pictures of the same moments of the original and the result, for the report."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rendering.tools import ffmpeg_path

#: Shares of the duration at which pictures are taken; start and end are often black.
_MOMENTS = (0.12, 0.45, 0.78)
#: Wide enough for a large screen, and the report stays a few hundred kB.
_WIDTH = 960


@dataclass(frozen=True)
class Moment:
    """One moment in both files, as JPEG data URIs."""

    seconds: float
    before: str
    after: str


def moments(before: Path, after: Path, duration_seconds: float) -> list[Moment]:
    """Return pictures at a few moments. Raises `RuntimeError` when a file has none."""
    times = [round(share * duration_seconds, 2) for share in _MOMENTS]
    return [Moment(at, _picture(before, at), _picture(after, at)) for at in times]


def _picture(path: Path, seconds: float) -> str:
    command = [str(ffmpeg_path()), "-v", "error", "-ss", str(seconds), "-i", str(path), "-frames:v", "1"]
    square = (
        f"scale='trunc(iw*sar/2)*2':ih,setsar=1,scale='min({_WIDTH},iw)':-2"  # square pixels, as players display it
    )
    command += ["-vf", square, "-q:v", "3", "-f", "mjpeg", "pipe:1"]
    run = subprocess.run(command, capture_output=True, check=False)
    if run.returncode != 0 or not run.stdout:
        raise RuntimeError(f"no picture of {path.name} at {seconds} s: {run.stderr.decode(errors='replace')[-300:]}")
    return "data:image/jpeg;base64," + base64.b64encode(run.stdout).decode()
