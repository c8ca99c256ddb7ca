"""Time one cold start of an image under Lambda's runtime interface emulator, from the first event to its answer.

The emulator starts the runtime when the first event arrives, so the time covers Python, the runtime client, the
function's module and its handler, but not the container engine.
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

#: The emulator's message when the runtime asks for its first event.
_INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)")


@dataclass(frozen=True)
class FirstAnswer:
    """The answer of a cold function and its times.

    `init_seconds` ends when the runtime asks for the event. `cpu_seconds` is the processor time of all its processes
    until the answer, which does not depend on other load.
    """

    body: Any
    seconds: float
    init_seconds: float
    cpu_seconds: float


def first_answer(program: Path, function: Function, variables: Mapping[str, str], event: object) -> FirstAnswer:
    """Start the function and send it one event.

    Args:
        program: the emulator.
        variables: the function's environment.

    Raises RuntimeError or AssertionError with the container's last output when it does not start.
    """
    with emulated(program, function, variables) as running:
        began = time.perf_counter()
        body = running.invoke(event)
        seconds = time.perf_counter() - began
        cpu_seconds = sum(_cpu_seconds(each) for each in memory.family(running.pid))
        init = eventually(lambda: _INIT.search(running.output()), what="the emulator reports the init time")
    return FirstAnswer(body, seconds, float(init[1]) / 1000, cpu_seconds)


def _cpu_seconds(pid: int) -> float:
    """Return the processor time of a process: fields 14 and 15 of proc(5)'s `stat`, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
