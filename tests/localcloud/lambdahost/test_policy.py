"""A function's resource policy decides which service may invoke it, and from where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from localcloud.lambdahost import function_policy_allows

RULE = "arn:aws:events:us-east-1:123456789012:rule/jobs"
EVENTS = "events.amazonaws.com"


@pytest.fixture
def client() -> Iterator[Any]:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    with mock_aws():
        role = session.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps({}))
        made = session.client("lambda")
        made.create_function(
            FunctionName="fn",
            Role=role["Role"]["Arn"],
            PackageType="Image",
            Code={"ImageUri": "r@sha256:" + "0" * 64},
        )
        yield made


def _arn(client: Any) -> str:
    return str(client.get_function(FunctionName="fn")["Configuration"]["FunctionArn"])


def _permit(client: Any, **settings: str) -> None:
    given = {"Action": "lambda:InvokeFunction", "Principal": EVENTS, **settings}
    client.add_permission(FunctionName="fn", StatementId="permit", **given)


def test_nothing_is_allowed_without_a_statement(client: Any) -> None:
    assert not function_policy_allows(_arn(client), EVENTS, RULE)
    assert not function_policy_allows(_arn(client).replace(":fn", ":other"), EVENTS, RULE)


@pytest.mark.parametrize(
    ("settings", "allowed"),
    [
        ({}, True),
        ({"SourceArn": RULE}, True),
        ({"SourceArn": "arn:aws:events:us-east-1:123456789012:rule/*"}, True),
        ({"SourceArn": RULE + "-other"}, False),
        ({"SourceAccount": "123456789012"}, True),
        ({"SourceAccount": "999999999999"}, False),
        ({"Principal": "s3.amazonaws.com"}, False),
        ({"Action": "lambda:*"}, True),
        ({"Action": "lambda:GetFunction"}, False),
    ],
)
def test_principal_action_and_source_must_all_fit(client: Any, settings: dict[str, str], allowed: bool) -> None:
    _permit(client, **settings)

    assert function_policy_allows(_arn(client), EVENTS, RULE) is allowed


def test_a_condition_that_is_not_known_is_named(client: Any) -> None:
    _permit(client, PrincipalOrgID="o-a1b2c3d4e5")

    with pytest.raises(NotImplementedError, match="PrincipalOrgID"):
        function_policy_allows(_arn(client), EVENTS, RULE)
