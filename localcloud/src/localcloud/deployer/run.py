"""Deploy a Pulumi Python program (pulumi-aws) onto a running local cloud, without the Pulumi CLI.

The program runs in this process against a mock monitor. Each resource is created by boto3 calls to the cloud's
endpoint, and its outputs are read back from the services. What cannot be deployed is rejected by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from localcloud.deployer.cloud import Cloud
from localcloud.deployer.errors import ConfigError
from localcloud.deployer.monitor import Monitor
from localcloud.deployer.program import run_program
from localcloud.deployer.project import Configuration, load_project, resolve_configuration
from localcloud.deployer.stack import Stack

_DEFAULT_REGION: Final = "us-east-1"
_PROVIDER_KEYS: Final = frozenset({"aws:region", "aws:defaultTags"})


def deploy(
    program_dir: Path,
    stack_name: str,
    endpoint: str,
    *,
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    region: str | None = None,
) -> Stack:
    """Run the program in `program_dir` and create what it declares in the cloud at `endpoint`.

    `config` and `secrets` override the stack file, with values as `pulumi config set` takes them. Raises DeployError;
    what was created before stays until the cloud is stopped.
    """
    project = load_project(program_dir)
    overrides = {**(config or {}), **({"aws:region": region} if region else {})}
    configuration = resolve_configuration(project, stack_name, overrides, secrets or {})
    cloud = Cloud(endpoint, configuration.values.get("aws:region", _DEFAULT_REGION))
    stack = Stack(cloud, _default_tags(configuration), configuration.secrets)
    run_program(project, stack_name, configuration, Monitor(stack, project.name, stack_name))
    return stack


def _default_tags(configuration: Configuration) -> dict[str, str]:
    for key in configuration.values:
        if key.startswith("aws:") and key not in _PROVIDER_KEYS:
            raise ConfigError(f"provider option {key} is not something the local cloud can honor")
    tags: dict[str, str] = json.loads(configuration.values.get("aws:defaultTags", "{}")).get("tags", {})
    return tags
