"""How much memory each function of the images takes at most on the way of videos, beside what it is given.

The demo's way on the local cloud, the functions running from the images with the settings of a real stack: a short
film in 720p from Drive to the last mail, then a file of many parts, since what a transfer holds does not depend on the
file's size but on `partBytes` and `parallelParts`. A peak is what the function's process had resident (its children,
such as ffprobe, with it), as the REPORT lines of its log have it; the largest of all its invocations.

A transfer buffers at most `BUFFERS_PER_PARALLEL_PART` x `parallelParts` x `partBytes` (`infra.function_memory`);
by how much the large file raised its peak is printed beside that bound.

    python -m benchmarks.peak_memory
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from infra.function_memory import BUFFERS_PER_PARALLEL_PART, MARGIN, MIB, PEAK_MB
from localcloud.lambdahost.journal import InvocationRecord
from localcloud.process import running_cloud
from tests.e2e.videos import make_video
from vcp.domain.video.states import State
from vcpctl.demo.demo_run import DemoRun
from vcpctl.demo.environment import PROGRAM, DemoEnvironment, container_images, create_environment

LIMIT_BYTES = 2_000_000
PATIENCE_SECONDS = 400.0
#: What the local stack has otherwise than a real one, and memory depends on.
_AS_A_REAL_STACK = ("partBytes", "parallelParts")
_COPY_BYTES = 1024 * 1024


def defaults() -> dict[str, int]:
    """The numbers of a real stack: the keys of Pulumi.yaml that are whole numbers."""
    config = yaml.safe_load((PROGRAM / "Pulumi.yaml").read_text("utf-8"))["config"]
    return {key: it["default"] for key, it in config.items() if it.get("type") == "integer" and "default" in it}


def enlarge(video: Path, mebibytes: int) -> None:
    """Let an MP4 file weigh so much more: a box at its end that every reader passes over (ISO 14496-12, 8.1.2)."""
    with video.open("ab") as opened:
        opened.write(struct.pack(">I4sQ", 1, b"free", 16 + mebibytes * _COPY_BYTES))
        for _ in range(mebibytes):
            opened.write(bytes(_COPY_BYTES))


def peaks(world: DemoEnvironment, records: Iterable[InvocationRecord]) -> dict[str, int]:
    """Function key -> MB at most, rounded up."""
    keys = {name: key for key, name in world.outputs["functionNames"].items()}
    found: dict[str, int] = {}
    for record in records:
        key = keys[record.function]
        found[key] = max(found.get(key, 0), -(-record.maxRssKb // 1024))
    return found


def run(world: DemoEnvironment, video: Path, results: Path) -> None:
    """One video to its end. Raises `RuntimeError` when that is not a delivered one."""
    results.mkdir()
    outcome = DemoRun(world, results, lambda *_: None, PATIENCE_SECONDS).run(video)
    if outcome.record.state is not State.COMPLETED:
        raise RuntimeError(f"{video.name} ended as {outcome.record.state}: {outcome.record.problem}")


def table(found: Mapping[str, int], given: Mapping[str, int]) -> str:
    """What was measured beside what is written down and what a stack is given, in Markdown."""
    lines = ["| function | peak, measured now | peak, written down | x margin | memory |", "|---" * 5 + "|"]
    for key, peak in PEAK_MB.items():
        least = peak * MARGIN
        lines.append(f"| {key} | {found.get(key, 0)} MB | {peak} MB | {least:.0f} MB | {given[key]} MB |")
    return "\n".join(lines)


def risen(found: Mapping[str, int]) -> list[str]:
    """A sentence for each function whose peak is above the one that is written down by more than a tenth."""
    return [
        f"{key} took {found.get(key, 0)} MB; {peak} MB are written down in infra/function_memory.py."
        for key, peak in PEAK_MB.items()
        if found.get(key, 0) > peak * 1.1
    ]


def main() -> None:
    """Print the table; end with 1 where a peak has risen."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--large-mib", type=int, default=1024, help="how much the file of many parts weighs")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    numbers = defaults()
    config = {"vcp:limitBytes": str(LIMIT_BYTES), "vcp:compressAboveBytes": str(LIMIT_BYTES)}
    config |= {f"vcp:{key}": str(numbers[key]) for key in _AS_A_REAL_STACK}
    with tempfile.TemporaryDirectory() as directory, running_cloud(Path(directory) / "cloud") as cloud:
        world = create_environment(cloud, config, images=container_images())
        place = Path(directory)
        run(world, make_video(place / "small.mp4", seconds=4), place / "first")
        functions = cloud.console_client.functions
        before = peaks(world, functions.invocations())
        large = make_video(place / "large.mp4", seconds=3, size="320x180")
        enlarge(large, options.large_mib)
        run(world, large, place / "second")
        cloud.client("lambda").invoke(FunctionName=world.outputs["functionNames"]["reconciler"])
        found = peaks(world, functions.invocations())
        given = {
            key: cloud.client("lambda").get_function_configuration(FunctionName=name)["MemorySize"]
            for key, name in world.outputs["functionNames"].items()
        }
    print(table(found, given))
    bound = BUFFERS_PER_PARALLEL_PART * numbers["parallelParts"] * numbers["partBytes"] / MIB
    more = found["transfer"] - before["transfer"]
    print(f"\nvideo_transfer: {before['transfer']} MB with a small file, {more} MB more with one of many parts;")
    print(f"a copy holds at most {bound:.0f} MiB")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2), "utf-8")
    if sentences := risen(found):
        sys.exit("\n".join(sentences))


if __name__ == "__main__":
    main()
