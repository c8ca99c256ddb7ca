"""Fixtures of the hooks' tests."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import uuid
from typing import Any

import pytest

from localcloud.process import RunningCloud


@pytest.fixture
def s3(cloud: RunningCloud) -> Any:
    return cloud.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"hooks-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


def run_with_hooks(program: str) -> str:
    """Run a program in its own interpreter, after the hooks are installed, and return its output."""
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from localcloud.hooks.install import install_hooks\ninstall_hooks()\n" + textwrap.dedent(program),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()
