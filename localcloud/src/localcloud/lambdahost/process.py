"""One function process; it is frozen, thawed and killed as a whole process group."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence

_READ_BYTES = 65_536


class FunctionProcess:
    """A child process that runs one handler. Raises OSError when it cannot start.

    `on_output` receives stdout and stderr, in order; `on_exit` the exit code, negative for a signal.
    """

    #: How long the pipe must be quiet until all output has arrived; 0: the process itself writes into the pipe.
    settle_ms = 0

    def __init__(
        self,
        command: Sequence[str],
        working_directory: str | None,
        environment: Mapping[str, str],
        on_output: Callable[[bytes], None],
        on_exit: Callable[[int], None],
    ) -> None:
        self._on_output = on_output
        self._on_exit = on_exit
        self._pipe_lock = threading.Lock()
        self._pipe, write_end = os.pipe()
        try:
            # A process group of its own, in our session: it is killed as a whole; and if we are killed, the kernel
            # continues and hangs up frozen members (POSIX: orphaned groups with stopped members).
            self._process = subprocess.Popen(
                command,
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
        pid = self._process.pid
        threading.Thread(target=self._watch_exit, name=f"lambda-exit-{pid}", daemon=True).start()
        threading.Thread(target=self._read_output, name=f"lambda-output-{pid}", daemon=True).start()

    @property
    def pid(self) -> int | None:
        """Process id of the handler on this machine, None while there is none."""
        return self._process.pid

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def wait(self) -> None:
        self._process.wait()

    def reason(self, code: int) -> str:
        """Return Lambda's message for a process that ended with this code."""
        if code < 0:
            return f"Runtime exited with error: signal: {(signal.strsignal(-code) or 'killed').lower()}"
        return f"Runtime exited with error: exit status {code}" if code else "Runtime exited without providing a reason"

    def drain(self) -> bool:
        """Forward the current content of the pipe; return False at its end. What a process wrote before it made a
        request is in the pipe when the request arrives, so this call forwards all of it."""
        with self._pipe_lock:
            readable = select.poll()
            if self._pipe >= 0:
                readable.register(self._pipe, select.POLLIN)
            while readable.poll(self.settle_ms):
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
        self._on_exit(self._exit_code(self._process.wait()))

    def _exit_code(self, code: int) -> int:
        return code

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return
