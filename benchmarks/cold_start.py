"""How long a cold function of the images takes to its first answer, beside functions on the same image that do nothing.

Under Lambda's runtime interface emulator, against the local cloud, in turns, so that what the machine does meanwhile
hits all sides; medians. Beside each function: one that imports the same client libraries and answers nothing
(`clients`; the aim is at most `MOST` times that), one that imports every library the function imports (`libraries`),
and one that imports boto3 alone (`bare`). "Init" is the part until the runtime asks for its first event. Its own work
begins there: clients are made, the event is read, services are asked.

The events are the smallest real ones whose work depends neither on Google's answer nor on a video's size:

- the door: a link that leads to no file of Drive, which it refuses (a function error). `announcement` is the same
  function with a whole announcement: the key is read, Google signs it in, Drive knows no such file, the ledger keeps
  the rejection. That is what n8n waits for, less the real network; no aim is set for it.
- transfer: a message about a video that the ledger does not know; it makes the message visible again.
- completion: MediaConvert says that a job of a video of this stack is complete; the ledger does not know it, which is
  looked up and raised (a function error).
- MetaDataLogger, notifier: a new video, which is what the stream brings first after a quiet time. The mail that it
  calls for is sent in the first turn; the notifier asks for it in each.
- reconciler: its schedule, in an empty ledger.

Needs the images (`make images`); a minute for two rounds.

    python -m benchmarks.cold_start --rounds 9
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.emulator import first_answer
from benchmarks.import_time import MOST, peers
from localcloud.process import running_cloud
from tests.emulation import Function, emulator
from tests.images.test_emulated import CASES, EVENTS, handler_of, variables_of
from vcp.domain.mediaconvert.user_metadata import STACK as STACK_KEY
from vcpctl.demo.environment import DemoEnvironment, container_images, create_environment
from vcpctl.images.built import built_images

#: The door's event that names no file, and how it is refused.
_NO_FILE = {"fileUrl": "https://example.com/film.mov", "fileName": "film.mov", "fileSize": 1, "uploader": "Ann"}
#: What these events end with: no such file, no such video.
_FAILURES = {"intake": "InvalidRequestError", "completion": "RetryableError"}
#: As `create_environment` deploys it.
STACK = "local"
_DOING_NOTHING = "\n\n\ndef handler(event, context):\n    return None\n"
SIDES = ("function", "clients", "libraries", "bare")
#: A row of the table: `announcement` is the door again.
FUNCTION_OF = {**{function: function for function in CASES}, "announcement": "intake"}


@dataclass(frozen=True)
class Median:
    """Of one side of one row, in seconds."""

    seconds: float
    init_seconds: float
    cpu_seconds: float


def event_of(row: str) -> Any:
    """What the function is sent."""
    if row == "intake":
        return _NO_FILE
    event = json.loads((EVENTS / CASES[FUNCTION_OF[row]][1]).read_text("utf-8"))
    if row == "completion":  # of another stack it would be passed over without a look
        event["detail"]["userMetadata"][STACK_KEY] = STACK
    if row in ("airtable_sync", "notifier"):
        del event["Records"][1:]
    return event


def check_answer(row: str, body: Any) -> None:
    """Raises `RuntimeError` when a function did not answer what its event calls for: its time would mean nothing."""
    failure = body.get("errorType") if isinstance(body, dict) else None
    if failure != _FAILURES.get(row) or (row == "announcement" and body.get("code") != "drive_not_found"):
        raise RuntimeError(f"{row} answered {body!r:.500}")


def sides_of(row: str, images: Mapping[str, Any]) -> dict[str, Function]:
    """The function, and what stands beside it on the same image."""
    function = FUNCTION_OF[row]
    sources = {**peers(function), "bare": "import boto3"}
    real = handler_of(function, images)
    beside = {side: Function(real.image, f"{side}.handler", text + _DOING_NOTHING) for side, text in sources.items()}
    return {"function": real, **beside}


def measure(world: DemoEnvironment, rows: list[str], rounds: int) -> dict[str, dict[str, Median]]:
    """Row -> side -> medians. All sides take turns; the first turn fills the disk's cache and is left out."""
    program, images = emulator(), built_images()
    sides = {row: sides_of(row, images) for row in rows}
    variables = {row: variables_of(world, FUNCTION_OF[row]) for row in rows}
    times: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for turn in range(rounds + 1):
        for row in rows:
            for side, function in sides[row].items():
                answer = first_answer(program, function, variables[row], event_of(row))
                if side == "function":
                    check_answer(row, answer.body)
                if turn > 0:
                    measured = (answer.seconds, answer.init_seconds, answer.cpu_seconds)
                    times.setdefault((row, side), []).append(measured)
    return {row: {side: _median(times[row, side]) for side in SIDES} for row in rows}


def _median(times: list[tuple[float, float, float]]) -> Median:
    return Median(*(statistics.median(column) for column in zip(*times, strict=True)))


def table(found: Mapping[str, Mapping[str, Median]]) -> str:
    """The figures in Markdown, in milliseconds."""
    beside = [head for side in SIDES[1:] for head in (side, "ratio")]
    heads = ["first answer", "init", "CPU", "CPU of clients", "ratio", *beside]
    lines = ["| function | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for row, sides in found.items():
        one, clients = sides["function"], sides["clients"]
        whole = one.seconds
        cells = [f"{seconds * 1000:.0f} ms" for seconds in (whole, one.init_seconds, one.cpu_seconds)]
        cells += [f"{clients.cpu_seconds * 1000:.0f} ms", f"{one.cpu_seconds / clients.cpu_seconds:.2f}"]
        for side in SIDES[1:]:
            cells += [f"{sides[side].seconds * 1000:.0f} ms", f"{whole / sides[side].seconds:.2f}"]
        lines.append("| " + " | ".join([row, *cells]) + " |")
    return "\n".join(lines)


def above(found: Mapping[str, Mapping[str, Median]]) -> list[str]:
    """A sentence for each function that takes longer than it may; the announcement has no limit."""
    ratios = {row: sides["function"].seconds / sides["clients"].seconds for row, sides in found.items()}
    return [
        f"{row} takes {ratio:.2f} times its clients to the first answer; {MOST} is the most."
        for row, ratio in ratios.items()
        if row in CASES and ratio > MOST
    ]


def quiet(world: DemoEnvironment) -> None:
    """Nothing but what is measured is to run: the ledger's stream and the queue start no functions."""
    functions = world.cloud.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def main() -> None:
    """Print the table, and where a function takes more than `MOST` times its clients."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=FUNCTION_OF, help="these rows alone")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, running_cloud(Path(directory)) as cloud:
        world = create_environment(cloud, {"vcp:reconcileRate": "rate(1 day)"}, images=container_images())
        quiet(world)
        found = measure(world, given.only or list(FUNCTION_OF), given.rounds)
    print(table(found))
    print(*above(found), sep="\n")
    if given.json:
        plain = {row: {side: vars(each) for side, each in sides.items()} for row, sides in found.items()}
        given.json.write_text(json.dumps(plain, indent=2), "utf-8")


if __name__ == "__main__":
    main()
