"""Functions of pulumi-aws that a program may call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.deployer import DeployError, UnknownProperty
from localcloud.deployer.policy_document import policy_document
from tests.localcloud.deployer.conftest import Workbench


def test_identity_region_and_partition(bench: Workbench) -> None:
    told = bench.deploy(
        """
        pulumi.export('account', aws.get_caller_identity().account_id)
        pulumi.export('region', aws.get_region().region)
        pulumi.export('partition', aws.get_partition().dns_suffix)
        """,
        region="eu-central-1",
    )
    assert told.outputs == {"account": "123456789012", "region": "eu-central-1", "partition": "amazonaws.com"}


def test_a_policy_document_from_outputs(bench: Workbench) -> None:
    told = bench.deploy(
        """
        queue = aws.sqs.Queue('jobs')
        statement = {'actions': ['sqs:SendMessage'], 'resources': [queue.arn]}
        document = aws.iam.get_policy_document_output(statements=[statement])
        pulumi.export('arn', queue.arn)
        pulumi.export('json', document.json)
        """
    )
    assert json.loads(told.outputs["json"])["Statement"] == [
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": told.outputs["arn"]}
    ]


def _statements(**arguments: Any) -> Any:
    return json.loads(policy_document(arguments)["json"])["Statement"]


def test_statements_as_the_provider_writes_them() -> None:
    [statement] = _statements(
        statements=[
            {
                "sid": "Door",
                "effect": "Deny",
                "actions": ["s3:GetObject", "s3:PutObject"],
                "notResources": ["arn:aws:s3:::a/&{aws:username}"],
                "principals": [
                    {"type": "AWS", "identifiers": ["1", "2"]},
                    {"type": "Service", "identifiers": ["lambda.amazonaws.com"]},
                ],
                "conditions": [
                    {"test": "StringEquals", "variable": "aws:x", "values": ["b", "a"]},
                    {"test": "StringEquals", "variable": "aws:y", "values": ["c"]},
                ],
            }
        ]
    )
    assert statement == {
        "Sid": "Door",
        "Effect": "Deny",
        "Action": ["s3:PutObject", "s3:GetObject"],
        "NotResource": "arn:aws:s3:::a/${aws:username}",
        "Principal": {"AWS": ["2", "1"], "Service": "lambda.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:x": ["b", "a"], "aws:y": "c"}},
    }
    [everybody] = _statements(statements=[{"principals": [{"type": "*", "identifiers": ["*"]}]}])
    assert everybody["Principal"] == "*"


def test_documents_are_merged_and_overridden_by_sid() -> None:
    def document(sid: str, action: str) -> str:
        return json.dumps({"Statement": [{"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*"}]})

    merged = _statements(
        sourcePolicyDocuments=[document("A", "a:Old"), document("B", "b:Old")],
        statements=[{"sid": "C", "actions": ["c:Own"], "resources": ["*"]}],
        overridePolicyDocuments=[document("A", "a:New")],
    )
    assert [(statement["Sid"], statement["Action"]) for statement in merged] == [
        ("A", "a:New"),
        ("B", "b:Old"),
        ("C", "c:Own"),
    ]
    with pytest.raises(DeployError, match="two source documents have the sid A"):
        _statements(sourcePolicyDocuments=[document("A", "a:Old"), document("A", "a:Old")])


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(UnknownProperty, match="argument surprise"):
        policy_document({"statements": [{"surprise": 1}]})
