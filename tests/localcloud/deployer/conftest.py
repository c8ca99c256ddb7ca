"""Programs written for one test, deployed onto the local cloud of the test run."""

from __future__ import annotations

import importlib
import textwrap
import warnings
from pathlib import Path
from typing import Any

import boto3
import pytest

from localcloud.deployer.run import deploy
from localcloud.deployer.stack import Stack
from localcloud.process import RunningCloud

_HEAD = """
import json
import pulumi
import pulumi_aws as aws
"""


class Workbench:
    """A project directory, and the cloud that it is deployed to."""

    def __init__(self, directory: Path, endpoint: str) -> None:
        self.directory = directory
        self.endpoint = endpoint
        self.project("")

    def project(self, config: str, stack_file: str | None = None) -> None:
        """Write Pulumi.yaml, with this `config` block, and the stack file."""
        text = "name: shop\nruntime: python\n" + textwrap.dedent(config)
        (self.directory / "Pulumi.yaml").write_text(text, "utf-8")
        if stack_file is not None:
            (self.directory / "Pulumi.dev.yaml").write_text(textwrap.dedent(stack_file), "utf-8")

    def deploy(self, source: str, **options: Any) -> Stack:
        """Deploy this program, with the usual imports, as stack dev."""
        (self.directory / "__main__.py").write_text(_HEAD + textwrap.dedent(source), "utf-8")
        return deploy(self.directory, "dev", self.endpoint, **options)

    def client(self, service: str) -> Any:
        """A boto3 client of the same cloud, to look from the outside."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="someone",
            aws_secret_access_key="else",
        )


@pytest.fixture(scope="session")
def _quiet_import() -> None:
    """Import the S3 module of pulumi-aws, which warns of its own deprecated classes the first time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        importlib.import_module("pulumi_aws.s3")


@pytest.fixture
def bench(tmp_path: Path, cloud: RunningCloud, _quiet_import: None) -> Workbench:
    """A workbench on the local cloud of the test run."""
    return Workbench(tmp_path, cloud.aws)
