"""Secrets in Secrets Manager."""

from __future__ import annotations

from uuid import uuid4

import pytest

from localcloud.process import RunningCloud
from vcp.adapters.aws.secrets import StoredSecret
from vcp.domain.errors import PermanentError


def test_reads_a_secret_once_and_again_on_request(cloud: RunningCloud) -> None:
    manager = cloud.client("secretsmanager")
    arn = manager.create_secret(Name=f"token-{uuid4().hex}", SecretString="topsecret-1")["ARN"]
    secret = StoredSecret(manager, arn)

    assert secret() == "topsecret-1"
    manager.put_secret_value(SecretId=arn, SecretString="topsecret-2")
    assert secret() == "topsecret-1"
    assert secret(fresh=True) == "topsecret-2"
    assert secret() == "topsecret-2"
    assert "topsecret" not in repr(secret)


def test_missing_or_empty_secret_is_a_permanent_error(cloud: RunningCloud) -> None:
    manager = cloud.client("secretsmanager")
    empty = manager.create_secret(Name=f"token-{uuid4().hex}", SecretString=" ")["ARN"]
    binary = manager.create_secret(Name=f"token-{uuid4().hex}", SecretBinary=b"x")["ARN"]

    with pytest.raises(PermanentError, match="secretsmanager_refused"):
        StoredSecret(manager, "no-such-secret")()
    for arn in (empty, binary):
        with pytest.raises(PermanentError, match="secret_empty"):
            StoredSecret(manager, arn)()
