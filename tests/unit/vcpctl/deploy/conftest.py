"""A machine with credentials for an empty account and a checkout with the stacks dev and prod."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tests.unit.vcpctl.deploy.layouts import REGION
from tests.unit.vcpctl.deploy.machine import KEY, Machine
from vcpctl.deploy.command import ROOT


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """A session with moto's account."""
    return boto3.Session("testing", "testing", region_name=REGION)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: boto3.Session) -> Iterator[Machine]:
    """A machine that deploys to moto, where the foundation's repositories exist already."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "foundation").mkdir()
    shutil.copy(ROOT / "foundation/state.json", tmp_path / "foundation")
    for stack in ("dev", "prod", "local"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(f"config:\n  aws:region: {REGION}\n", "utf-8")
    (tmp_path / "key.json").write_text(json.dumps(KEY), "utf-8")
    # One session for all tests here: loading boto3's service models takes longer than a test.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        ecr = boto3.client("ecr", REGION)
        for repository in ("vcp/media", "vcp/core"):
            ecr.create_repository(repositoryName=repository, imageTagMutability="IMMUTABLE")
        yield Machine(tmp_path, answers={"File with the JSON key": str(tmp_path / "key.json"), "[y/N]": "y"})
