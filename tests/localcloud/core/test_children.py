"""No child process survives, whether it runs, is stopped or ignores SIGTERM."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, signal, subprocess, sys
from localcloud import children
wait = "import signal; print('up', flush=True); signal.pause()"
stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"
started = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for code in (wait, wait, stubborn)]
for process in started:
    process.stdout.readline()
os.kill(started[1].pid, signal.SIGSTOP)
children.end_all(grace_seconds=0.3)
for process in started:
    try:
        os.kill(process.pid, 0)
        print("alive")
    except ProcessLookupError:
        print("gone")
"""


def test_ends_children_that_are_stopped_or_ignore_sigterm() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)

    assert ended.stdout.split() == ["gone"] * 3
