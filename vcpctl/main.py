"""The operator's command, `vcp`: its outermost edge.

Signals are heeded before anything else is imported, since that alone takes a second.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from vcpctl.stopping import Stopped, heed_signals


def app() -> None:
    """Run the command line and end the process with its exit code."""
    heed_signals()
    try:
        from vcpctl.cli import run

        code = run(sys.argv[1:])
    except Stopped as stopped:
        with suppress(OSError):  # the terminal may be gone
            print("Stopped; nothing had been started.", file=sys.stderr)
        code = stopped.code
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    # Threads of a deployment that was interrupted still try to reach a cloud that is gone: nobody waits for them.
    os._exit(code)


if __name__ == "__main__":
    app()
