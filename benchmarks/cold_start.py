"""Measure the first answer of each cold function in the images, next to peers on the same image that do nothing.

All run under Lambda's runtime interface emulator, against the local cloud, in turns, so that other load affects all
sides alike; the figures are medians. The peers import the function's client libraries (`clients`; the target is at most
`MAX_RATIO` times that), all its libraries (`libraries`), and boto3 only (`bare`). "Init" ends when the runtime asks for
its first event; creating clients, parsing the event and calling services come after it.

The events are the smallest real ones that depend neither on Google's answer nor on a video's size:

- intake: a link that is not a Drive file, which is rejected (a function error). `submission` is the same function with
  a complete request: it reads the key, signs in to Google, finds no such file, and stores the rejection in the ledger.
  That is n8n's waiting time without the real network; it has no target.
- transfer: a message about a video that is not in the ledger; its visibility timeout is set to zero.
- completion: MediaConvert's COMPLETE event of a video of this stack that is not in the ledger (a function error).
- airtable sync, notifier: a new video, the usual first stream record after a quiet time. Its mail is sent in the first
  turn; later turns find it sent.
- reconciler: its schedule, with an empty ledger.

Needs the images (`make images`); two rounds take a minute.

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
from benchmarks.import_time import MAX_RATIO, peers
from localcloud.process import running_cloud
from tests.emulation import Function, emulator
from tests.images.test_emulated import CASES, EVENTS, handler_of, variables_of
from vcp.domain.mediaconvert.user_metadata import STACK as STACK_KEY
from vcpctl.demo.environment import DemoEnvironment, container_images, create_environment
from vcpctl.images.built import built_images

#: A request with a link that is not a Drive file.
_NO_FILE = {"fileUrl": "https://example.com/film.mov", "fileName": "film.mov", "fileSize": 1, "uploader": "Ann"}
#: The expected errors: no such file, no such video.
_FAILURES = {"intake": "InvalidRequestError", "completion": "RetryableError"}
#: The stack that `create_environment` deploys.
STACK = "local"
_EMPTY_HANDLER = "\n\n\ndef handler(event, context):\n    return None\n"
SIDES = ("function", "clients", "libraries", "bare")
#: Rows of the table; `submission` is intake again.
FUNCTION_OF = {**{function: function for function in CASES}, "submission": "intake"}


@dataclass(frozen=True)
class Median:
    """The medians of one side of one row."""

    seconds: float
    init_seconds: float
    cpu_seconds: float


def event_of(row: str) -> Any:
    """Return the event of a row."""
    if row == "intake":
        return _NO_FILE
    event = json.loads((EVENTS / CASES[FUNCTION_OF[row]][1]).read_text("utf-8"))
    if row == "completion":  # events of other stacks are ignored
        event["detail"]["userMetadata"][STACK_KEY] = STACK
    if row in ("airtable_sync", "notifier"):
        del event["Records"][1:]
    return event


def check_answer(row: str, body: Any) -> None:
    """Raise RuntimeError for an unexpected answer, since its time would be meaningless."""
    failure = body.get("errorType") if isinstance(body, dict) else None
    if failure != _FAILURES.get(row) or (row == "submission" and body.get("code") != "drive_not_found"):
        raise RuntimeError(f"{row} answered {body!r:.500}")


def sides_of(row: str, images: Mapping[str, Any]) -> dict[str, Function]:
    """Return the function and its peers on the same image."""
    function = FUNCTION_OF[row]
    sources = {**peers(function), "bare": "import boto3"}
    real = handler_of(function, images)
    others = {side: Function(real.image, f"{side}.handler", text + _EMPTY_HANDLER) for side, text in sources.items()}
    return {"function": real, **others}


def measure(environment: DemoEnvironment, rows: list[str], rounds: int) -> dict[str, dict[str, Median]]:
    """Return medians by row and side. The first turn fills the disk cache and is not counted."""
    program, images = emulator(), built_images()
    sides = {row: sides_of(row, images) for row in rows}
    variables = {row: variables_of(environment, FUNCTION_OF[row]) for row in rows}
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
    """Return the figures as Markdown, in milliseconds."""
    peer_heads = [head for side in SIDES[1:] for head in (side, "ratio")]
    heads = ["first answer", "init", "CPU", "CPU of clients", "ratio", *peer_heads]
    lines = ["| function | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for row, sides in found.items():
        one, clients = sides["function"], sides["clients"]
        cells = [f"{value * 1000:.0f} ms" for value in (one.seconds, one.init_seconds, one.cpu_seconds)]
        cells += [f"{clients.cpu_seconds * 1000:.0f} ms", f"{one.cpu_seconds / clients.cpu_seconds:.2f}"]
        for side in SIDES[1:]:
            cells += [f"{sides[side].seconds * 1000:.0f} ms", f"{one.seconds / sides[side].seconds:.2f}"]
        lines.append("| " + " | ".join([row, *cells]) + " |")
    return "\n".join(lines)


def too_slow(found: Mapping[str, Mapping[str, Median]]) -> list[str]:
    """Return a sentence for each function above the target; the submission has none."""
    ratios = {row: sides["function"].seconds / sides["clients"].seconds for row, sides in found.items()}
    return [
        f"{row} takes {ratio:.2f} times as long as its clients to the first answer; the target is {MAX_RATIO}."
        for row, ratio in ratios.items()
        if row in CASES and ratio > MAX_RATIO
    ]


def disable_triggers(environment: DemoEnvironment) -> None:
    """Keep the ledger's stream and the queue from starting functions during a measurement."""
    functions = environment.cloud.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def main() -> None:
    """Print the table and the functions above the target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=FUNCTION_OF, help="measure only these rows")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, running_cloud(Path(directory)) as cloud:
        environment = create_environment(cloud, {"vcp:reconcileRate": "rate(1 day)"}, images=container_images())
        disable_triggers(environment)
        found = measure(environment, given.only or list(FUNCTION_OF), given.rounds)
    print(table(found))
    print(*too_slow(found), sep="\n")
    if given.json:
        plain = {row: {side: vars(each) for side, each in sides.items()} for row, sides in found.items()}
        given.json.write_text(json.dumps(plain, indent=2), "utf-8")


if __name__ == "__main__":
    main()
