"""Run a function's image under Lambda's runtime interface emulator, in a container like Lambda's
(`localcloud.lambdahost.containers`), for tests and benchmarks of the images.

The emulator starts the runtime when the first event arrives.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from localcloud.context import ContainerImage
from localcloud.lambdahost.containers import run_command
from tests.function_specs import SPEC
from tests.loopback import free_port, listens
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[1]
_TIMEOUT_SECONDS = 60.0
#: Enough not to limit any test; memory has its own benchmark.
_MEMORY_MB = 2048


@dataclass(frozen=True)
class Function:
    """A handler in an image; `source` is its module's text when the image does not contain it."""

    image: ContainerImage
    handler: str
    source: str | None = None


@dataclass(frozen=True)
class Emulated:
    """A function that waits for its first event: port, process, and output so far."""

    port: int
    pid: int
    output: Callable[[], str]

    def invoke(self, event: object) -> Any:
        """Return the answer, or the error of a function that did not start (a 502 of the emulator)."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations", json.dumps(event).encode()
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - loopback
                return json.loads(answer.read() or b"null")
        except HTTPError as failed:
            if failed.code != HTTPStatus.BAD_GATEWAY:
                raise
            return json.loads(failed.read())


def emulator() -> Path:
    """Return the emulator's program, fetching it if necessary. Raises subprocess.CalledProcessError."""
    done = subprocess.run([ROOT / "scripts/emulator"], check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.strip())


@contextmanager
def emulated(program: Path, function: Function, variables: Mapping[str, str]) -> Iterator[Emulated]:
    """Run the function under the emulator, on free ports.

    Args:
        program: the emulator.
        variables: the function's environment.

    Raises RuntimeError with the container's last output when it exits before the emulator listens; an AssertionError in
    the meantime gets it as a note.
    """
    port, runtime_port = free_port(), free_port()
    engine, name = function.image.engine, f"vcp-emulated-{os.getpid()}-{port}"
    with tempfile.TemporaryDirectory() as name_of_directory:
        directory, log = Path(name_of_directory), Path(name_of_directory) / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                _command(name, program, function, variables, directory, (port, runtime_port)),
                env={**variables, **os.environ},
                stdout=file,
                stderr=file,
            )

        def output() -> str:
            return log.read_text("utf-8", errors="replace")

        try:
            eventually(lambda: listens(port) or process.poll() is not None, _TIMEOUT_SECONDS, "the emulator listens")
            if process.poll() is not None:
                raise RuntimeError(f"the container exited: {output()[-500:]}")
            yield Emulated(port, _pid(engine, name), output)
        except AssertionError as failed:
            failed.add_note(f"the container's last output: {output()[-500:]}")
            raise
        finally:
            subprocess.run([engine, "kill", name], capture_output=True, check=False)
            process.wait()


def _command(
    name: str,
    program: Path,
    function: Function,
    variables: Mapping[str, str],
    directory: Path,
    ports: tuple[int, int],
) -> list[str]:
    """Return the engine's command line: the emulator in front of the image's entry point."""
    listen = ["--log-level", "info", "--runtime-interface-emulator-address", f"127.0.0.1:{ports[0]}"]
    listen += ["--runtime-api-address", f"127.0.0.1:{ports[1]}"]
    spec = replace(SPEC, memory_mb=_MEMORY_MB, command=(*listen, *_entry_point(function.image), function.handler))
    command = run_command(name, spec, function.image, variables)
    mounts = [f"{program}:/aws-lambda-rie:ro"]
    if function.source is not None:
        module = f"{function.handler.partition('.')[0]}.py"
        (directory / module).write_text(function.source, "utf-8")
        (directory / module).chmod(0o644)  # for the container's user
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
