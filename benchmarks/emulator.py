"""One cold start of an image under Lambda's runtime interface emulator: the first event, timed until its answer.

The emulator starts the runtime when the first event comes, so what is timed is Python's start, the runtime client, the
function's module and its handler; not the engine's work on the container. The container is as Lambda has it
(`localcloud.lambdahost.containers`).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from localcloud.context import ContainerImage
from localcloud.lambdahost import memory
from localcloud.lambdahost.containers import run_command
from localcloud.lambdahost.invocation import FunctionSpec
from tests.loopback import free_port, listens

ROOT = Path(__file__).resolve().parents[1]
_PATIENCE_SECONDS = 60.0
#: What the emulator says when the runtime asks for its first event.
_INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)")
#: Much, so that only what is measured bounds it: memory has its own benchmark.
_SPEC = FunctionSpec(
    function_name="",
    function_arn="",
    version="$LATEST",
    role_arn="",
    package_type="Image",
    image_uri="",
    command=(),
    environment=(),
    memory_mb=2048,
    timeout_seconds=60,
    ephemeral_storage_mb=512,
    log_group="",
    log_format="Text",
    application_log_level=None,
    region="",
    account_id="",
)
T = TypeVar("T")


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


@dataclass(frozen=True)
class Emulated:
    """A handler in an image; `source` is the text of its module when the image has none."""

    image: ContainerImage
    handler: str
    source: str | None = None


def emulator() -> Path:
    """The emulator's program, fetched where it is not there. Raises `subprocess.CalledProcessError`."""
    done = subprocess.run([ROOT / "scripts/emulator"], check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.strip())


def first_answer(program: Path, function: Emulated, variables: Mapping[str, str], event: object) -> FirstAnswer:
    """Start the function anew and send it one event.

    Args:
        program: the emulator.
        variables: the function's environment.

    Raises `RuntimeError` with the container's last words when it does not come to an answer.
    """
    with _container(program, function, variables) as (port, pid, words):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations", json.dumps(event).encode()
        )
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:  # noqa: S310 - our own address
            body = json.loads(answer.read() or b"null")
        seconds = time.perf_counter() - began
        cpu_seconds = sum(_cpu_seconds(each) for each in memory.family(pid))
        init = _until(lambda: _INIT.search(words()), words)
    return FirstAnswer(body, seconds, float(init[1]) / 1000, cpu_seconds)


@contextmanager
def _container(
    program: Path, function: Emulated, variables: Mapping[str, str]
) -> Iterator[tuple[int, int, Callable[[], str]]]:
    """The port that the emulator listens on, its process, and what it has said so far."""
    port, runtime_port = free_port(), free_port()
    name = f"benchmark-{os.getpid()}-{port}"
    with tempfile.TemporaryDirectory() as kept:
        directory, log = Path(kept), Path(kept) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(name, program, function, variables, directory, (port, runtime_port)),
                env={**variables, **os.environ},
                stdout=output,
                stderr=output,
            )

        def words() -> str:
            return log.read_text("utf-8", errors="replace")

        try:
            _until(lambda: listens(port) or process.poll() is not None, words)
            if process.poll() is not None:
                raise RuntimeError(f"the container ended: {words()[-500:]}")
            yield port, _pid(function.image.engine, name), words
        finally:
            engine = function.image.engine
            subprocess.run([engine, "kill", name], capture_output=True, check=False)
            process.wait()


def _command(
    name: str,
    program: Path,
    function: Emulated,
    variables: Mapping[str, str],
    directory: Path,
    ports: tuple[int, int],
) -> list[str]:
    """The engine's command line: the emulator in front of the image's own entry point."""
    listen = ["--log-level", "info", "--runtime-interface-emulator-address", f"127.0.0.1:{ports[0]}"]
    listen += ["--runtime-api-address", f"127.0.0.1:{ports[1]}"]
    spec = replace(_SPEC, command=(*listen, *_entry_point(function.image), function.handler))
    command = run_command(name, spec, function.image, variables)
    mounts = [f"{program}:/aws-lambda-rie:ro"]
    if function.source is not None:
        module = f"{function.handler.partition('.')[0]}.py"
        (directory / module).write_text(function.source, "utf-8")
        (directory / module).chmod(0o644)  # its user is another one
        mounts.append(f"{directory / module}:/var/task/{module}:ro")
    options = [word for mount in mounts for word in ("--volume", mount)]
    place = command.index("run") + 1
    return [*command[:place], *options, "--entrypoint", "/aws-lambda-rie", *command[place:]]


def _entry_point(image: ContainerImage) -> list[str]:
    command = [image.engine, "image", "inspect", "--format", "{{json .Config.Entrypoint}}", image.reference]
    entry: list[str] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return entry


def _pid(engine: str, name: str) -> int:
    command = [engine, "inspect", "--format", "{{.State.Pid}}", name]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def _cpu_seconds(pid: int) -> float:
    """Of one process: fields 14 and 15 of proc(5)'s `stat`, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _until(condition: Callable[[], T | None], words: Callable[[], str]) -> T:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing within {_PATIENCE_SECONDS:.0f} s; last words: {words()[-500:]}")
        time.sleep(0.01)
    return found
