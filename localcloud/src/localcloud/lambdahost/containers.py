"""Functions in the real container images, run by podman or docker the way Lambda runs them.

A read-only root with only `/tmp` writable, a user without rights, no capabilities, 1,024 files and processes, the
function's memory ("Create a Lambda function using a container image" and "Lambda quotas", developer guide). `/tmp` is
of the function's ephemeral storage, but lies in memory here: what is written there counts as used.

No container outlives its cloud: when the cloud is killed, a watcher that hears the cloud's end of a pipe close removes
its containers; should that be killed too, the next cloud that runs containers does.
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

#: Every container of a local cloud bears it, and is named `localcloud-CLOUD-ENVIRONMENT`.
LABEL = "localcloud"
#: User and group of a function, which are not the image's: Lambda brings its own (`id` in a function says so).
_USER = "993:990"
#: What an engine ends with when it is itself that failed, not the container (podman-run(1), docker run).
_ENGINE_FAILED = 125
_ENGINE_SECONDS = 30.0
#: As runtimes and shells tell the end by a signal.
_SIGNALLED = 128
#: What `engine` is asked where its processes are not ours to signal (rootless, in a virtual machine).
_ASKED = {signal.SIGSTOP: "pause", signal.SIGCONT: "unpause", signal.SIGKILL: "kill"}
#: How an engine removes a container that is not asked to end first: one that is frozen would not hear it.
_REMOVE = {"podman": ("rm", "--force", "--time", "0"), "docker": ("rm", "--force")}
_WATCHER = (
    'cat >/dev/null; engine=$1 name=$2; shift 2; ids=$("$engine" ps --all --quiet --filter "name=$name"); '
    '[ -z "$ids" ] || "$engine" "$@" $ids'
)


class CannotRun(Exception):  # noqa: N818 - a sentence for people
    """A container image that this machine cannot run; the message says what to do."""


def cloud_id(pid: int | None = None) -> str | None:
    """Which process this is among all that ever had its id: by when it started. None when there is none, or it has
    ended and only its parent has not noticed (proc(5), `stat`)."""
    try:
        stat = Path(f"/proc/{pid or os.getpid()}/stat").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *_, started = stat.rpartition(")")[2].split()[:20]
    return None if state in ("Z", "X") else f"{pid or os.getpid()}x{started}"


def engine_run(engine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the engine answers; its failure is in the answer. Raises CannotRun when it is not there or stuck."""
    if shutil.which(engine) is None:
        raise CannotRun(f"{engine} is not installed here; install it, or run the functions as processes.")
    try:
        return subprocess.run(
            [engine, *arguments], capture_output=True, text=True, check=False, timeout=_ENGINE_SECONDS
        )
    except subprocess.TimeoutExpired as stuck:
        raise CannotRun(
            f"{engine} {arguments[0]} did not answer within {_ENGINE_SECONDS:.0f} s; look at: {engine} info"
        ) from stuck


class Containers:
    """The containers of this cloud. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: dict[ContainerImage, ContainerImage] = {}
        self._watchers: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self, image: ContainerImage) -> ContainerImage:
        """The image by its id, so that what is built meanwhile changes nothing. Raises CannotRun."""
        with self._lock:
            if image not in self._ids:
                found = engine_run(image.engine, "image", "inspect", "--format", "{{.Id}}", image.reference)
                if found.returncode != 0:
                    why = f"{image.engine} has no image {image.reference}; build or pull it first."
                    raise CannotRun(f"{why} ({found.stderr.strip()})")
                self._ids[image] = by_id = ContainerImage(image.engine, found.stdout.strip())
                self._ids[by_id] = by_id
            if image.engine not in self._watchers:
                remove_leftovers(image.engine)
                self._watchers[image.engine] = _watch(image.engine)
            return self._ids[image]


def remove_leftovers(engine: str) -> None:
    """Remove the containers of clouds that are no more."""
    names = engine_run(engine, "ps", "--all", "--filter", f"label={LABEL}", "--format", "{{.Names}}").stdout.split()
    if left := [name for name in names if _is_left(name)]:
        engine_run(engine, *_REMOVE[engine], *left)


def _is_left(name: str) -> bool:
    """Whether a container's name is that of a cloud that is no more."""
    cloud = name.removeprefix("localcloud-").partition("-")[0]
    pid = cloud.partition("x")[0]
    return pid.isdigit() and cloud_id(int(pid)) != cloud


def _watch(engine: str) -> subprocess.Popen[bytes]:
    """A process that removes our containers when we are no more."""
    return subprocess.Popen(
        ["/bin/sh", "-c", _WATCHER, "watcher", engine, f"localcloud-{cloud_id()}-", *_REMOVE[engine]],
        stdin=subprocess.PIPE,  # closes with us, whatever ends us; nobody else inherits it
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def run_command(name: str, spec: FunctionSpec, image: ContainerImage, variables: Mapping[str, str]) -> list[str]:
    """The engine's command line. Values are not on it, where every user could read them: the engine takes them from
    its own environment, but for those that it needs for itself."""
    command = [image.engine, "run", "--rm", "--name", name, "--label", LABEL, "--network", "host", "--read-only"]
    command += ["--tmpfs", f"/tmp:rw,exec,size={spec.ephemeral_storage_mb}m,mode=1777", "--ipc", "none"]
    command += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", _USER]
    command += ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
    if os.geteuid() == 0 or Path("/sys/fs/cgroup/cgroup.controllers").exists():
        command += ["--memory", f"{spec.memory_mb}m", "--memory-swap", f"{spec.memory_mb}m"]
    if image.engine == "podman":
        # What podman adds by itself: writable /run and /var/tmp, this machine's proxies, a copy of the output.
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
            self.settle_ms = 30  # docker's daemon stands between; milliseconds by its own account
        command = run_command(self._name, spec, image, variables)
        # Of a container that outgrew its memory podman leaves a file where it was started (conmon, `oom`).
        super().__init__(command, str(directory), {**variables, **os.environ}, self._keeping(on_output), on_exit)

    @property
    def pid(self) -> int | None:
        """Of the container's first process, as this machine counts; None before it runs."""
        if self._pid is None and self._process.poll() is None:
            with suppress(CannotRun):
                told = engine_run(self._engine, "inspect", "--format", "{{.State.Pid}}", self._name).stdout.strip()
                self._pid = int(told) if told.isdigit() and told != "0" else None
        return self._pid

    def wait(self) -> None:
        """Until the container is gone, not only the process."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENGINE_SECONDS)
            if self._process.returncode >= 0:
                return  # the engine itself saw it through: it has removed the container
        super()._signal(signal.SIGKILL)
        self._process.wait()
        engine_run(self._engine, *_REMOVE[self._engine], self._name)

    def reason(self, code: int) -> str:
        if code == _ENGINE_FAILED:
            told = b"".join(self._last_output).decode(errors="replace").strip()
            return f"{self._engine} could not start the container: {told}"
        return super().reason(code)

    def _keeping(self, on_output: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def keep(data: bytes) -> None:
            self._last_output.append(data)
            on_output(data)

        return keep

    def _exit_code(self, code: int) -> int:
        return _SIGNALLED - code if code > _SIGNALLED else code

    def _signal(self, number: signal.Signals) -> None:
        """To every process of the container; while it has none, the engine that starts it is ended instead."""
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
            engine_run(self._engine, _ASKED[number], self._name)
