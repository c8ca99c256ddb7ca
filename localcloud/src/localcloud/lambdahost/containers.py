"""Functions in real container images, run by podman or docker as Lambda runs them.

A read-only root with only `/tmp` writable, an unprivileged user, no capabilities, 1,024 files and processes, the
function's memory ("Create a Lambda function using a container image" and "Lambda quotas", developer guide). `/tmp` has
the size of the function's ephemeral storage, but is in memory here, where it counts as used.

No container outlives its cloud: a watcher process removes them when the cloud's end of a pipe closes, or the next
cloud that runs containers does.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from localcloud.context import ContainerImage
from localcloud.lambdahost import memory
from localcloud.lambdahost.invocation import FunctionSpec
from localcloud.lambdahost.process import FunctionProcess

#: Label of every container of a local cloud; its name is `localcloud-CLOUD-ENVIRONMENT`.
LABEL = "localcloud"
#: User and group of a function: Lambda's own, not the image's (as `id` in a function reports).
_USER = "993:990"
#: Exit code of an engine that itself failed, not the container (podman-run(1), docker run).
_ENGINE_FAILED = 125
_ENGINE_SECONDS = 30.0
#: Exit codes above this are signals.
_SIGNALLED = 128
#: Engine commands for processes that we may not signal (rootless, in a virtual machine).
_SIGNAL_COMMANDS = {signal.SIGSTOP: "pause", signal.SIGCONT: "unpause", signal.SIGKILL: "kill"}
#: Remove a container without SIGTERM first: a frozen one would not receive it.
_REMOVE = {"podman": ("rm", "--force", "--time", "0"), "docker": ("rm", "--force")}
_WATCHER = (
    'cat >/dev/null; engine=$1 name=$2; shift 2; ids=$("$engine" ps --all --quiet --filter "name=$name"); '
    '[ -z "$ids" ] || "$engine" "$@" $ids'
)


class UnavailableError(Exception):
    """A container image that this machine cannot run; the message says what to do."""


def cloud_id(pid: int | None = None) -> str | None:
    """Return an id of a process that includes when it started, so that a later process with the same pid differs.

    None when there is no such process, or it is a zombie (proc(5), `stat`).
    """
    try:
        stat = Path(f"/proc/{pid or os.getpid()}/stat").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *_, started = stat.rpartition(")")[2].split()[:20]
    return None if state in ("Z", "X") else f"{pid or os.getpid()}x{started}"


def engine_run(engine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the engine; a failure is in its return code. Raises UnavailableError when it is missing or hangs."""
    if shutil.which(engine) is None:
        raise UnavailableError(f"{engine} is not installed here; install it, or run the functions as processes.")
    try:
        return subprocess.run(
            [engine, *arguments], capture_output=True, text=True, check=False, timeout=_ENGINE_SECONDS
        )
    except subprocess.TimeoutExpired as stuck:
        raise UnavailableError(
            f"{engine} {arguments[0]} did not answer within {_ENGINE_SECONDS:.0f} s; look at: {engine} info"
        ) from stuck


class Containers:
    """The containers of this cloud. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: dict[ContainerImage, ContainerImage] = {}
        self._watchers: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self, image: ContainerImage) -> ContainerImage:
        """Return the image by its id, so that a later build changes nothing. Raises UnavailableError."""
        with self._lock:
            if image not in self._ids:
                found = engine_run(image.engine, "image", "inspect", "--format", "{{.Id}}", image.reference)
                if found.returncode != 0:
                    why = f"{image.engine} has no image {image.reference}; build or pull it first."
                    raise UnavailableError(f"{why} ({found.stderr.strip()})")
                self._ids[image] = by_id = ContainerImage(image.engine, found.stdout.strip())
                self._ids[by_id] = by_id
            if image.engine not in self._watchers:
                remove_leftovers(image.engine)
                self._watchers[image.engine] = _watch(image.engine)
            return self._ids[image]


def remove_leftovers(engine: str) -> None:
    """Remove the containers of clouds that have ended."""
    names = engine_run(engine, "ps", "--all", "--filter", f"label={LABEL}", "--format", "{{.Names}}").stdout.split()
    if left := [name for name in names if _is_left(name)]:
        engine_run(engine, *_REMOVE[engine], *left)


def _is_left(name: str) -> bool:
    """Return whether a container belongs to a cloud that has ended."""
    cloud = name.removeprefix("localcloud-").partition("-")[0]
    pid = cloud.partition("x")[0]
    return pid.isdigit() and cloud_id(int(pid)) != cloud


def _watch(engine: str) -> subprocess.Popen[bytes]:
    """Start a process that removes our containers when we have ended."""
    return subprocess.Popen(
        ["/bin/sh", "-c", _WATCHER, "watcher", engine, f"localcloud-{cloud_id()}-", *_REMOVE[engine]],
        stdin=subprocess.PIPE,  # closes when we end, in any way; no other process inherits it
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def run_command(name: str, spec: FunctionSpec, image: ContainerImage, variables: Mapping[str, str]) -> list[str]:
    """Return the engine's command line. The engine reads variables from its own environment, because every user could
    read them on the command line; except those that the engine needs for itself."""
    command = [image.engine, "run", "--rm", "--name", name, "--label", LABEL, "--network", "host", "--read-only"]
    command += ["--tmpfs", f"/tmp:rw,exec,size={spec.ephemeral_storage_mb}m,mode=1777", "--ipc", "none"]
    command += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", _USER]
    command += ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
    if os.geteuid() == 0 or Path("/sys/fs/cgroup/cgroup.controllers").exists():
        command += ["--memory", f"{spec.memory_mb}m", "--memory-swap", f"{spec.memory_mb}m"]
    if image.engine == "podman":
        # Without these podman adds writable /run and /var/tmp, this machine's proxies, a copy of the output.
        command += ["--read-only-tmpfs=false", "--http-proxy=false", "--log-driver", "passthrough"]
    else:
        command += ["--log-driver", "none"]
    for variable, value in variables.items():
        command += ["--env", f"{variable}={value}" if variable in os.environ else variable]
    return [*command, image.reference, *spec.command]


class FunctionContainer(FunctionProcess):
    """A container that runs the image's own entry point with the function's command."""

    def __init__(
        self,
        environment_id: str,
        spec: FunctionSpec,
        image: ContainerImage,
        variables: Mapping[str, str],
        directory: Path,
        on_output: Callable[[bytes], None],
        on_exit: Callable[[int], None],
    ) -> None:
        self._engine = image.engine
        self._name = f"localcloud-{cloud_id()}-{environment_id}"
        self._pid: int | None = None
        self._last_output: deque[bytes] = deque(maxlen=4)
        if image.engine != "podman":
            self.settle_ms = 30  # output passes through docker's daemon
        command = run_command(self._name, spec, image, variables)
        # In its working directory podman leaves a file about a container that exceeded its memory (conmon, `oom`).
        super().__init__(command, str(directory), {**variables, **os.environ}, self._keeping(on_output), on_exit)

    @property
    def pid(self) -> int | None:
        """Process id of the container's first process on this machine, None before it runs."""
        if self._pid is None and self._process.poll() is None:
            with suppress(UnavailableError):
                pid = engine_run(self._engine, "inspect", "--format", "{{.State.Pid}}", self._name).stdout.strip()
                self._pid = int(pid) if pid.isdigit() and pid != "0" else None
        return self._pid

    def wait(self) -> None:
        """Wait until the container is removed, not only until the process ends."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENGINE_SECONDS)
            if self._process.returncode >= 0:
                return  # the engine ended by itself, so it has removed the container
        super()._signal(signal.SIGKILL)
        self._process.wait()
        engine_run(self._engine, *_REMOVE[self._engine], self._name)

    def reason(self, code: int) -> str:
        if code == _ENGINE_FAILED:
            output = b"".join(self._last_output).decode(errors="replace").strip()
            return f"{self._engine} could not start the container: {output}"
        return super().reason(code)

    def _keeping(self, on_output: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def keep(data: bytes) -> None:
            self._last_output.append(data)
            on_output(data)

        return keep

    def _exit_code(self, code: int) -> int:
        return _SIGNALLED - code if code > _SIGNALLED else code

    def _signal(self, number: signal.Signals) -> None:
        """Signal every process of the container; before it has any, the engine that starts it."""
        if self._process.poll() is not None:
            return
        pid = self.pid
        if pid is None:
            super()._signal(number)
            return
        try:
            for each in memory.family(pid):
                os.kill(each, number)
        except ProcessLookupError:
            return
        except PermissionError:
            engine_run(self._engine, _SIGNAL_COMMANDS[number], self._name)
