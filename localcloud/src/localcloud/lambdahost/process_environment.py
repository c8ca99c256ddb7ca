"""The environment variables of a function's process: what Lambda sets, what the image sets, what the function
sets; nothing of the machine that runs it.

Source: "Using Lambda environment variables", defined runtime environment variables.
"""

from __future__ import annotations

from pathlib import Path

from localcloud.context import ContainerImage, LocalImage
from localcloud.lambdahost.invocation import FunctionSpec
from localcloud.lambdahost.roles import RoleCredentials

#: Where a container image has its functions, by Lambda's convention.
_TASK_ROOT = "/var/task"


def process_environment(
    spec: FunctionSpec,
    image: LocalImage | ContainerImage,
    credentials: RoleCredentials,
    *,
    runtime_api: str,
    endpoint: str,
    log_stream: str,
    tmp: Path,
) -> dict[str, str]:
    """All variables of one execution environment's process.

    The image's own come first and may be overridden by the function's; the reserved ones come last and may not.
    `HOME` and `TMPDIR` are not Lambda's: there each environment has a file system of its own with a private
    `/tmp`; here the processes share one, so the private directory is announced the way tempfile looks for it, and
    no library finds the settings of whoever runs the cloud (`~/.aws/config`). A container has that file system, and
    what its image sets is set by the engine.
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
        "AWS_LAMBDA_LOG_FORMAT": spec.log_format,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": task_root,
        **credentials.environment(),
    }
    if spec.application_log_level:
        reserved["AWS_LAMBDA_LOG_LEVEL"] = spec.application_log_level
    own = dict(spec.environment)
    return {
        **defaults,
        **image_sets,
        "AWS_ENDPOINT_URL": endpoint,  # where AWS is, on this machine; a function may point elsewhere itself
        **own,
        **reserved,
    }
