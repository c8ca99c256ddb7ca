"""One cold start of an image under Lambda's runtime interface emulator: the first event, timed until its answer.

The emulator starts the runtime when the first event comes, so what is timed is Python's start, the runtime client, the
function's module and its handler; not the engine's work on the container.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.lambdahost import memory
from tests.emulation import Function, emulated
from tests.waiting import eventually

#: What the emulator says when the runtime asks for its first event.
_INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)")


@dataclass(frozen=True)
class FirstAnswer:
    """What a cold function answered, and when.

    `init_seconds`: until its runtime asked for the event. `cpu_seconds`: what all its processes had of the processors
    until the answer, which tells the same on a machine that does other things too.
    """

    body: Any
    seconds: float
    init_seconds: float
    cpu_seconds: float


def first_answer(program: Path, function: Function, variables: Mapping[str, str], event: object) -> FirstAnswer:
    """Start the function anew and send it one event.

    Args:
        program: the emulator.
        variables: the function's environment.

    Raises `RuntimeError` or `AssertionError` with the container's last words when it does not start.
    """
    with emulated(program, function, variables) as running:
        began = time.perf_counter()
        body = running.invoke(event)
        seconds = time.perf_counter() - began
        cpu_seconds = sum(_cpu_seconds(each) for each in memory.family(running.pid))
        init = eventually(lambda: _INIT.search(running.words()), what="the emulator says how long the start took")
    return FirstAnswer(body, seconds, float(init[1]) / 1000, cpu_seconds)


def _cpu_seconds(pid: int) -> float:
    """Of one process: fields 14 and 15 of proc(5)'s `stat`, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
