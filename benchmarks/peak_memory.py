"""Measure the peak memory of each function in the images while it processes videos.

Runs the demo's scenario on the local cloud with the settings of a real stack: a short 720p film from Drive to the last
mail, then a file of many parts, because a transfer's memory depends on `partBytes` and `parallelParts`, not on the
file's size. A peak is the resident memory of the function's process and its children in the REPORT lines, the largest
of all invocations.

A transfer buffers at most `BUFFERS_PER_PARALLEL_PART` x `parallelParts` x `partBytes` (`infra.function_memory`); the
increase caused by the large file is printed next to that limit.

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
TIMEOUT_SECONDS = 400.0
#: Settings that affect memory and differ in the local stack.
_REAL_SETTINGS = ("partBytes", "parallelParts")
_COPY_BYTES = 1024 * 1024


def defaults() -> dict[str, int]:
    """Return the integer defaults of Pulumi.yaml."""
    config = yaml.safe_load((PROGRAM / "Pulumi.yaml").read_text("utf-8"))["config"]
    return {key: it["default"] for key, it in config.items() if it.get("type") == "integer" and "default" in it}


def enlarge(video: Path, mebibytes: int) -> None:
    """Enlarge an MP4 file with a `free` box at its end, which readers skip (ISO 14496-12, 8.1.2)."""
    with video.open("ab") as opened:
        opened.write(struct.pack(">I4sQ", 1, b"free", 16 + mebibytes * _COPY_BYTES))
        for _ in range(mebibytes):
            opened.write(bytes(_COPY_BYTES))


def peaks(environment: DemoEnvironment, records: Iterable[InvocationRecord]) -> dict[str, int]:
    """Return the peak in MB, rounded up, by function key."""
    keys = {name: key for key, name in environment.outputs["functionNames"].items()}
    found: dict[str, int] = {}
    for record in records:
        key = keys[record.function]
        found[key] = max(found.get(key, 0), -(-record.maxRssKb // 1024))
    return found


def run(environment: DemoEnvironment, video: Path, results: Path) -> None:
    """Process one video. Raises RuntimeError when it is not delivered."""
    results.mkdir()
    outcome = DemoRun(environment, results, lambda *_: None, TIMEOUT_SECONDS).run(video)
    if outcome.record.state is not State.COMPLETED:
        raise RuntimeError(f"{video.name} ended as {outcome.record.state}: {outcome.record.problem}")


def table(found: Mapping[str, int], given: Mapping[str, int]) -> str:
    """Compare measured peaks, recorded peaks and configured memory, as Markdown."""
    lines = ["| function | measured peak | recorded peak | x margin | memory |", "|---" * 5 + "|"]
    for key, peak in PEAK_MB.items():
        required = peak * MARGIN
        lines.append(f"| {key} | {found.get(key, 0)} MB | {peak} MB | {required:.0f} MB | {given[key]} MB |")
    return "\n".join(lines)


def increased(found: Mapping[str, int]) -> list[str]:
    """Return a sentence for each function whose peak exceeds the recorded one by more than a tenth."""
    return [
        f"{key} used {found.get(key, 0)} MB; infra/function_memory.py records {peak} MB."
        for key, peak in PEAK_MB.items()
        if found.get(key, 0) > peak * 1.1
    ]


def main() -> None:
    """Print the table; exit with 1 when a peak has increased."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--large-mib", type=int, default=1024, help="the size of the large file")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    numbers = defaults()
    config = {"vcp:limitBytes": str(LIMIT_BYTES), "vcp:compressAboveBytes": str(LIMIT_BYTES)}
    config |= {f"vcp:{key}": str(numbers[key]) for key in _REAL_SETTINGS}
    with tempfile.TemporaryDirectory() as directory, running_cloud(Path(directory) / "cloud") as cloud:
        environment = create_environment(cloud, config, images=container_images())
        place = Path(directory)
        run(environment, make_video(place / "small.mp4", seconds=4), place / "first")
        functions = cloud.console_client.functions
        before = peaks(environment, functions.invocations())
        large = make_video(place / "large.mp4", seconds=3, size="320x180")
        enlarge(large, options.large_mib)
        run(environment, large, place / "second")
        cloud.client("lambda").invoke(FunctionName=environment.outputs["functionNames"]["reconciler"])
        found = peaks(environment, functions.invocations())
        given = {
            key: cloud.client("lambda").get_function_configuration(FunctionName=name)["MemorySize"]
            for key, name in environment.outputs["functionNames"].items()
        }
    print(table(found, given))
    limit = BUFFERS_PER_PARALLEL_PART * numbers["parallelParts"] * numbers["partBytes"] / MIB
    more = found["transfer"] - before["transfer"]
    print(f"\ntransfer: {before['transfer']} MB with a small file, {more} MB more with one of many parts;")
    print(f"a copy holds at most {limit:.0f} MiB")
    if options.json:
        options.json.write_text(json.dumps(found, indent=2), "utf-8")
    if sentences := increased(found):
        sys.exit("\n".join(sentences))


if __name__ == "__main__":
    main()
