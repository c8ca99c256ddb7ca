"""One function process: started, listened to, frozen, thawed, killed, always as a whole process group."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping

_READ_BYTES = 65_536


class FunctionProcess:
    """The runtime client with one handler, as a child of this process. Raises OSError when it cannot start.

    `on_output` takes what it writes to stdout and stderr, in order; `on_exit` its exit code, negative for a signal.
    """

    def __init__(
        self,
        python: str,
        handler: str,
        working_directory: str,
        environment: Mapping[str, str],
        on_output: Callable[[bytes], None],
        on_exit: Callable[[int], None],
    ) -> None:
        self._on_output = on_output
        self._on_exit = on_exit
        self._pipe_lock = threading.Lock()
        self._pipe, write_end = os.pipe()
        try:
            # A process group of its own, in our session: it is killed as a whole, and should we be killed, the
            # kernel wakes and hangs up what we left frozen (POSIX: orphaned groups with stopped members).
            self._process = subprocess.Popen(
                [python, "-m", "awslambdaric", handler],
                cwd=working_directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                process_group=0,
            )
        except OSError:
            os.close(self._pipe)
            raise
        finally:
            os.close(write_end)
        self.pid = self._process.pid
        threading.Thread(target=self._watch_exit, name=f"lambda-exit-{self.pid}", daemon=True).start()
        threading.Thread(target=self._read_output, name=f"lambda-output-{self.pid}", daemon=True).start()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def wait(self) -> None:
        self._process.wait()

    def drain(self) -> bool:
        """Hand on what the pipe holds now; False at its end. What a process wrote before it made a request is
        in the pipe when the request arrives, so after this call all of it has been handed on."""
        with self._pipe_lock:
            readable = select.poll()
            if self._pipe >= 0:
                readable.register(self._pipe, select.POLLIN)
            while readable.poll(0):
                data = os.read(self._pipe, _READ_BYTES)
                if not data:
                    return False
                self._on_output(data)
        return True

    def _read_output(self) -> None:
        readable = select.poll()
        readable.register(self._pipe, select.POLLIN)
        while readable.poll() and self.drain():
            pass
        with self._pipe_lock:
            os.close(self._pipe)
            self._pipe = -1

    def _watch_exit(self) -> None:
        self._on_exit(self._process.wait())

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return
