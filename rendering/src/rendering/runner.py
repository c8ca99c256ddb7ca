"""Run the passes of a rendered job as child processes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from rendering.errors import EncodeFailed, EncodeStopped, ProbeFailed
from rendering.job import RenderedJob
from rendering.metrics import write_tables
from rendering.passes import EncodePass, RateCap
from rendering.tools import PROBE_ENVIRONMENT, ends_with_parent, ffprobe_path

#: Called with the job's progress in percent (0-100) and the frames of the current pass.
OnProgress = Callable[[float, int], None]
ShouldStop = Callable[[], bool]

_POLL_SECONDS = 0.25
_END_GRACE_SECONDS = 5.0
_TAIL_LINES = 12
#: Lines of ffmpeg's log about input that could not be read to its end.
_DAMAGE = re.compile(
    r"Error while decoding|Invalid data found|corrupt|truncat|partial file|error reading|concealing", re.IGNORECASE
)


@dataclass
class PassResult:
    """Time, frames and messages of one pass. `average_qp` is x264's mean quantizer over all frames."""

    name: str
    seconds: float
    frames: int
    average_qp: float | None
    damage: tuple[str, ...]


@dataclass
class RunResult:
    """All passes that ran, in order; `files` are per-frame metrics tables next to the outputs."""

    passes: list[PassResult] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    @property
    def ffmpeg_seconds(self) -> float:
        """Wall time spent in ffmpeg."""
        return sum(one.seconds for one in self.passes)


def run(rendered: RenderedJob, on_progress: OnProgress, should_stop: ShouldStop) -> RunResult:
    """Run every pass in order; capped passes only while their cap is exceeded.

    Raises:
        EncodeFailed: ffmpeg ended with an error.
        EncodeStopped: `should_stop` returned True; the child's whole process group has ended.
    """
    result = RunResult()
    reached = 0.0
    for number, one in enumerate(rendered.passes):
        if one.only_over is not None and not _exceeds(one.output, one.only_over):
            continue
        # The rest is shared with the unconditional passes; a conditional one gets a share when it runs. So the percent
        # never falls, and does not jump over passes that do not run.
        share = (100.0 - reached) / (1 + sum(other.only_over is None for other in rendered.passes[number + 1 :]))

        def report(fraction: float, frames: int, done: float = reached, share: float = share) -> None:
            on_progress(done + fraction * share, frames)

        result.passes.append(run_pass(one, report, should_stop))
        reached += share
    for output in rendered.outputs:
        if output.metrics is not None:
            result.files += write_tables(output.metrics)
    _clean(rendered)
    on_progress(100.0, max((one.frames for one in result.passes), default=0))
    return result


def video_bytes(path: Path) -> tuple[int, float]:
    """Return the bytes of a file's video track (all packets) and its duration in seconds.

    Raises:
        ProbeFailed: the file cannot be read or has no video track.
    """
    command = [ffprobe_path(), "-v", "error", "-select_streams", "v:0", "-of", "json=compact=1"]
    command += ["-show_entries", "stream=duration:packet=size", f"file:{path}"]
    done = subprocess.run(command, capture_output=True, text=True, env=PROBE_ENVIRONMENT, check=False)
    if done.returncode != 0:
        raise ProbeFailed(str(path), done.stderr.strip())
    answer = json.loads(done.stdout)
    if not answer.get("streams"):
        raise ProbeFailed(str(path), "no video track")
    size = sum(int(packet["size"]) for packet in answer.get("packets", []))
    return size, float(answer["streams"][0]["duration"])


def _exceeds(path: Path, cap: RateCap) -> bool:
    size, seconds = video_bytes(path)
    return size * 8 > cap.bits_per_second * seconds


def run_pass(one: EncodePass, report: Callable[[float, int], None], should_stop: ShouldStop) -> PassResult:
    """Run one pass; `report` receives its fraction (0-1) and its frames. Raises as `run` does."""
    log = one.output.with_name(f".{one.output.name}.log")
    started = time.monotonic()
    with log.open("w+", encoding="utf-8", errors="replace") as stderr:
        child = subprocess.Popen(
            ends_with_parent(one.command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            frames = _follow(child, one.duration, report, should_stop)
            return_code = child.wait()
        finally:
            _end(child)
        stderr.seek(0)
        lines = stderr.read().splitlines()
    log.unlink()
    if return_code != 0:
        raise EncodeFailed(one.name, return_code, "\n".join(lines[-_TAIL_LINES:]))
    damage = tuple(line for line in lines if _DAMAGE.search(line))
    return PassResult(one.name, time.monotonic() - started, frames, _average_qp(lines), damage)


def _follow(
    child: subprocess.Popen[bytes],
    duration: float,
    report: Callable[[float, int], None],
    should_stop: ShouldStop,
) -> int:
    """Read `-progress` until the child closes its output; return the frames written."""
    pipe: IO[bytes] | None = child.stdout
    if pipe is None:
        raise EncodeStopped("the child has no output to follow")
    frames, seconds, rest = 0, 0.0, b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if should_stop():
                raise EncodeStopped("asked to stop")
            if not selector.select(_POLL_SECONDS):
                continue
            chunk = os.read(pipe.fileno(), 65536)
            if not chunk:
                return frames
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                name, _, value = line.decode("ascii", "replace").partition("=")
                if name == "frame" and value.strip().isdigit():
                    frames = int(value)
                elif name == "out_time_us" and value.strip().lstrip("-").isdigit():
                    seconds = max(0, int(value)) / 1e6
                elif name == "progress":
                    report(min(1.0, seconds / duration) if duration else 0.0, frames)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the whole process group, first with SIGTERM."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is not None:
            break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_END_GRACE_SECONDS)
    if child.stdout is not None:
        child.stdout.close()


def _average_qp(lines: Sequence[str]) -> float | None:
    found = [
        (int(match[1]), float(match[2]))
        for match in (re.search(r"frame [IPB]:(\d+)\s+Avg QP:\s*([\d.]+)", line) for line in lines)
        if match
    ]
    total = sum(count for count, _ in found)
    return sum(count * qp for count, qp in found) / total if total else None


def _clean(rendered: RenderedJob) -> None:
    """Remove pass statistics and metric logs, but not the outputs and their tables."""
    for output in rendered.outputs:
        for leftover in output.path.parent.glob(f".{output.path.name}.*"):
            leftover.unlink()
