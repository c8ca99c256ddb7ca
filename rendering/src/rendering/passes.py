"""One run of ffmpeg, as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RateCap:
    """Run the pass only while the video track of its output exceeds this average, in bit/s."""

    bits_per_second: int


@dataclass(frozen=True)
class EncodePass:
    """`command` is a complete argv that reports on standard output (`-progress pipe:1`).

    `duration` in seconds is the reference of the progress; `output` is the file that it (over)writes.
    """

    name: str
    command: tuple[str, ...]
    duration: float
    output: Path
    only_over: RateCap | None = None
