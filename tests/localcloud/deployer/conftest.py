"""Programs written for one test, deployed onto the local cloud of the test run."""

from __future__ import annotations

import importlib
import textwrap
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from localcloud.deployer import Deployment, deploy, destroy
from localcloud.process import RunningCloud

_HEAD = """
import json
import pulumi
import pulumi_aws as aws
"""


class Workbench:
    """A project directory, its state file and the cloud that it is deployed to."""

    def __init__(self, directory: Path, endpoint: str) -> None:
        self.directory = directory
        self.endpoint = endpoint
        self.state_file = directory / "state" / "dev.json"
        self.project("")

    def project(self, config: str, stack_file: str | None = None) -> None:
        """Write Pulumi.yaml, with this `config` block, and the stack file."""
        text = "name: shop\nruntime: python\n" + textwrap.dedent(config)
        (self.directory / "Pulumi.yaml").write_text(text, "utf-8")
        if stack_file is not None:
            (self.directory / "Pulumi.dev.yaml").write_text(textwrap.dedent(stack_file), "utf-8")

    def program(self, source: str) -> None:
        """Write the program; the usual imports are there."""
        (self.directory / "__main__.py").write_text(_HEAD + textwrap.dedent(source), "utf-8")

    def deploy(self, source: str | None = None, *, config: Mapping[str, str] | None = None, **more: Any) -> Deployment:
        """Deploy the program (this one, when given) as stack dev."""
        if source is not None:
            self.program(source)
        return deploy(self.directory, "dev", self.endpoint, config=config, state_file=self.state_file, **more)

    def destroy(self) -> Deployment:
        """Delete all that was deployed."""
        return destroy(self.state_file, self.endpoint)

    def client(self, service: str) -> Any:
        """A boto3 client of the same cloud, to look from the outside."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="someone",
            aws_secret_access_key="else",
        )


def actions(deployment: Deployment) -> dict[str, str]:
    """Logical name -> what was done."""
    return {resource.name: resource.action for resource in deployment.resources}


@pytest.fixture(scope="session")
def _quiet_import() -> None:
    """pulumi-aws warns of its own deprecated classes when its S3 module is first imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        importlib.import_module("pulumi_aws.s3")


@pytest.fixture
def bench(tmp_path: Path, cloud: RunningCloud, _quiet_import: None) -> Workbench:
    """A workbench on the local cloud of the test run."""
    return Workbench(tmp_path, cloud.aws)
