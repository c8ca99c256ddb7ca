"""Start the runtime client for one execution environment: as a process of this machine, or in its container."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from localcloud.context import ContainerImage, LocalImage
from localcloud.lambdahost.containers import FunctionContainer
from localcloud.lambdahost.invocation import FunctionSpec
from localcloud.lambdahost.process import FunctionProcess


def launch(
    environment_id: str,
    spec: FunctionSpec,
    image: LocalImage | ContainerImage,
    variables: Mapping[str, str],
    directory: Path,
    on_output: Callable[[bytes], None],
    on_exit: Callable[[int], None],
) -> FunctionProcess:
    """The running client with the function's handler; `directory` is its own, and goes with it.

    Raises OSError, with `filename`, when it cannot be started.
    """
    if isinstance(image, ContainerImage):
        return FunctionContainer(environment_id, spec, image, variables, directory, on_output, on_exit)
    command = [image.python, "-m", "awslambdaric", spec.command[0]]
    return FunctionProcess(command, image.working_directory, variables, on_output, on_exit)
