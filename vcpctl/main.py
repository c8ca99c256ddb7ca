"""Entry point of the command `vcp`.

Signal handlers are installed before anything else is imported, since the imports alone take a second.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from vcpctl.signals import Stopped, handle_signals


def app() -> None:
    """Run the command line and end the process with its exit code."""
    handle_signals()
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
    # Do not wait for the threads of an interrupted deployment: they may still be calling a cloud that is gone.
    os._exit(code)


if __name__ == "__main__":
    app()
