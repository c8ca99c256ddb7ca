"""Start the runtime client of one execution environment, as a process or in a container, with Lambda's variables.

The variables are those of Lambda, of the image and of the function; nothing of this machine's environment reaches a
process. Source: "Using Lambda environment variables", defined runtime environment variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from localcloud.context import ContainerImage, LocalImage
from localcloud.lambdahost.containers import FunctionContainer
from localcloud.lambdahost.invocation import FunctionSpec
from localcloud.lambdahost.process import FunctionProcess
from localcloud.roles import RoleCredentials

#: Where a container image has its functions, by Lambda's convention.
_TASK_ROOT = "/var/task"


def variables_of(
    spec: FunctionSpec,
    image: LocalImage | ContainerImage,
    credentials: RoleCredentials,
    *,
    runtime_api: str,
    endpoint: str,
    log_stream: str,
    tmp: Path,
) -> dict[str, str]:
    """Return all variables of a process: the image's, overridden by the function's, then the reserved ones.

    `HOME` and `TMPDIR` are not Lambda's: there each environment has a file system with a private `/tmp`. Here the
    processes share one; so tempfile finds the private directory, and no library finds this user's `~/.aws/config`.
    """
    defaults, image_sets, task_root = {"TZ": ":UTC"}, {}, _TASK_ROOT
    if isinstance(image, LocalImage):
        defaults |= {"LANG": "en_US.UTF-8", "HOME": str(tmp), "TMPDIR": str(tmp)}
        image_sets, task_root = dict(image.environment), image.working_directory
    reserved = {
        "_HANDLER": spec.command[0],
        "AWS_REGION": spec.region,
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_LAMBDA_FUNCTION_NAME": spec.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_LOG_FORMAT": "Text",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": task_root,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
    }
    # AWS is at the endpoint; a function may override it.
    return {**defaults, **image_sets, "AWS_ENDPOINT_URL": endpoint, **dict(spec.environment), **reserved}


def launch(
    environment_id: str,
    spec: FunctionSpec,
    image: LocalImage | ContainerImage,
    variables: Mapping[str, str],
    directory: Path,
    on_output: Callable[[bytes], None],
    on_exit: Callable[[int], None],
) -> FunctionProcess:
    """Start the client with the function's handler; `directory` is the environment's own.

    Raises OSError, with `filename`, when it cannot be started.
    """
    if isinstance(image, ContainerImage):
        return FunctionContainer(environment_id, spec, image, variables, directory, on_output, on_exit)
    command = [image.python, "-m", "awslambdaric", spec.command[0]]
    return FunctionProcess(command, image.working_directory, variables, on_output, on_exit)
