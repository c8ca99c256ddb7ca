"""Clients configured by the environment."""

from __future__ import annotations

from uuid import uuid4

import pytest

from localcloud.process import RunningCloud
from vcp.adapters.aws import clients


def test_clients_use_the_endpoint_of_the_environment(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": cloud.aws,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": cloud.region,
    }.items():
        monkeypatch.setenv(name, value)
    makers = [
        clients.dynamodb,
        clients.s3,
        clients.sqs,
        clients.sns,
        clients.functions,
        clients.mediaconvert,
        clients.secretsmanager,
    ]
    for maker in makers:
        maker.cache_clear()
    bucket = f"endpoint-{uuid4().hex}"

    try:
        clients.s3().create_bucket(Bucket=bucket)
        clients.s3().put_object(Bucket=bucket, Key="a", Body=b"x")
        assert all(maker() is maker() for maker in makers)
        assert {maker().meta.endpoint_url for maker in makers} == {cloud.aws}
    finally:
        for maker in makers:
            maker.cache_clear()
    assert cloud.client("s3").head_object(Bucket=bucket, Key="a")["ContentLength"] == 1
