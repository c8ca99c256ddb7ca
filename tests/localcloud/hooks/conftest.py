"""Fixtures of the hooks' tests."""

from __future__ import annotations

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
