"""Resource and trust policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.policies import Access, allows, trusts

QUEUE = "arn:aws:sqs:eu-west-3:123456789012:letters"
RULE = "arn:aws:events:eu-west-3:123456789012:rule/jobs"
ACCESS = Access("events.amazonaws.com", "sqs:SendMessage", QUEUE, RULE, "123456789012")


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        **changes,
    }


def condition(operation: str, key: str, value: Any) -> dict[str, Any]:
    return statement(Condition={operation: {key: value}})


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], False),
        ([statement()], True),
        ([statement(Principal={"Service": ["s3.amazonaws.com", "events.amazonaws.com"]})], True),
        ([statement(Principal={"Service": "s3.amazonaws.com"})], False),
        ([statement(Principal="*")], True),
        ([statement(Principal={"AWS": "*"})], True),
        ([statement(Principal={"AWS": "arn:aws:iam::123456789012:root"})], False),
        ([statement(Action=["sqs:Send*"])], True),
        ([statement(Action="SQS:sendmessage")], True),
        ([statement(Action="sqs:ReceiveMessage")], False),
        ([statement(Resource=QUEUE + "2")], False),
        ([statement(Resource="arn:aws:sqs:*:*:letters")], True),
        ([statement(), statement(Effect="Deny")], False),
        ([statement(), statement(Effect="Deny", Action="sqs:ReceiveMessage")], True),
        ([condition("ArnEquals", "aws:SourceArn", RULE)], True),
        ([condition("ArnLike", "AWS:SourceArn", "arn:aws:events:*:*:rule/*")], True),
        ([condition("ArnEquals", "aws:SourceArn", RULE + "-other")], False),
        ([condition("StringEquals", "aws:SourceAccount", ["1", "123456789012"])], True),
        ([condition("StringEquals", "AWS:SourceOwner", "123456789012")], False),
        ([statement(), condition("Bool", "aws:SecureTransport", "false") | {"Effect": "Deny"}], True),
    ],
)
def test_resource_policy_allows_what_it_says(statements: list[dict[str, Any]], expected: bool) -> None:
    assert allows(statements, ACCESS) is expected


@pytest.mark.parametrize(
    ("unknown", "name"),
    [
        (condition("DateLessThan", "aws:CurrentTime", "2030-01-01"), "condition DateLessThan"),
        (condition("StringEqualsIfExists", "AWS:SourceOwner", "1"), "condition StringEqualsIfExists"),
        (statement(NotAction="sqs:*"), "element NotAction"),
    ],
)
def test_names_an_element_that_is_not_evaluated(unknown: dict[str, Any], name: str) -> None:
    with pytest.raises(NotImplementedError, match=name):
        allows([unknown], ACCESS)


TRUST = {"Effect": "Allow", "Principal": {"Service": "mediaconvert.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("changes", "trusted"),
    [
        ({}, True),
        ({"Effect": "Deny"}, False),
        ({"Principal": "*"}, False),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, False),
        ({"Action": ["sts:TagSession"]}, False),
        ({"Principal": {"Service": ["a", "mediaconvert.amazonaws.com"]}, "Action": ["sts:*"]}, True),
    ],
)
def test_trust_policy_names_service_and_action(changes: dict[str, Any], trusted: bool) -> None:
    document = {"Statement": [{**TRUST, **changes}]}

    assert trusts(json.dumps(document), "mediaconvert.amazonaws.com") is trusted
    assert trusts(document, "mediaconvert.amazonaws.com") is trusted
