"""Fixtures for objects on S3."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.integration.aws.s3.uploads import PART_BYTES
from vcp.adapters.aws.s3.objects import S3Objects
from vcp.adapters.retry import Backoff


@pytest.fixture(scope="module")
def content() -> bytes:
    return random.Random(7).randbytes(2 * PART_BYTES + 12_345)  # noqa: S311 - test data


@pytest.fixture
def objects(s3: Any, bucket: str, quick: Backoff) -> S3Objects:
    return S3Objects(s3, bucket, backoff=quick)
