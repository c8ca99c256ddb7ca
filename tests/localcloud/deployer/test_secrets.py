"""Secrets reach the services and nothing else."""

from __future__ import annotations

import json

import pytest

from localcloud.deployer import ServiceRefused
from tests.localcloud.deployer.conftest import Workbench, actions

_WORD = "swordfish-0815"
_PROGRAM = """
config = pulumi.Config()
secret = aws.secretsmanager.Secret('token', recovery_window_in_days=0)
aws.secretsmanager.SecretVersion('value', secret_id=secret.id, secret_string=config.require_secret('password'))
aws.ssm.Parameter('line', type='SecureString', value=pulumi.Output.concat('pw=', config.require_secret('password')))
aws.sqs.Queue('jobs', tags={'owner': config.require_secret('password'), 'plain': 'seen'})
pulumi.export('arn', secret.arn)
pulumi.export('password', config.require_secret('password'))
"""
_CONFIG = """
config:
  password:
    type: string
    secret: true
"""


def test_no_secret_lies_in_the_state_file(bench: Workbench) -> None:
    bench.project(_CONFIG)
    made = bench.deploy(_PROGRAM, secrets={"password": _WORD})
    stored = bench.state_file.read_text("utf-8")
    assert _WORD not in stored
    assert "seen" in stored
    assert bench.state_file.stat().st_mode & 0o077 == 0
    assert made.outputs["password"] == _WORD
    assert made.secret_outputs == {"password"}
    client = bench.client("secretsmanager")
    assert client.get_secret_value(SecretId=made.outputs["arn"])["SecretString"] == _WORD


def test_a_secret_is_compared_without_being_known(bench: Workbench) -> None:
    bench.project(_CONFIG)
    bench.deploy(_PROGRAM, secrets={"password": _WORD})
    assert set(actions(bench.deploy(secrets={"password": _WORD})).values()) == {"same"}

    other = bench.deploy(secrets={"password": "another-word"})
    assert actions(other) == {"token": "same", "value": "replace", "line": "update", "jobs": "update"}
    told = bench.client("secretsmanager").get_secret_value(SecretId=other.outputs["arn"])
    assert told["SecretString"] == "another-word"


def test_no_secret_shows_in_an_error(bench: Workbench) -> None:
    bench.project(_CONFIG)
    program = """
    word = pulumi.Config().require_secret('password')
    aws.iam.RolePolicyAttachment('bad', role=word, policy_arn='arn:aws:iam::123456789012:policy/none')
    """
    with pytest.raises(ServiceRefused) as refused:
        bench.deploy(program, secrets={"password": _WORD})
    assert _WORD not in str(refused.value)


def test_a_salt_of_its_own_hides_equal_secrets(bench: Workbench) -> None:
    bench.project(_CONFIG)
    program = "aws.ssm.Parameter('line', type='String', value=pulumi.Config().require_secret('password'))"
    hashes = set()
    for _ in range(2):
        bench.deploy(program, secrets={"password": _WORD})
        state = json.loads(bench.state_file.read_text("utf-8"))
        hashes.add(json.dumps(state["resources"][0]["inputs"]["value"]))
        bench.destroy()
        bench.state_file.unlink()
    assert len(hashes) == 2


def test_tags_that_are_secret_as_a_whole(bench: Workbench) -> None:
    made = bench.deploy(
        "queue = aws.sqs.Queue('jobs', tags=pulumi.Output.secret({'a': 'b'}))\npulumi.export('t', queue.tags)"
    )
    assert made.outputs["t"] == {"a": "b"}
    assert "t" in made.secret_outputs
    assert set(actions(bench.deploy()).values()) == {"same"}
