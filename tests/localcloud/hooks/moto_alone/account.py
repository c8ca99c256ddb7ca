"""Resources of an account in moto without hooks, created when they are first needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any
from unittest import mock

ACCOUNT, REGION = "123456789012", "us-east-1"
LAMBDA_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/films@sha256:" + "a" * 64


@cache
def client(service: Any) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1})
    return boto3.client(
        service, region_name=REGION, aws_access_key_id="local", aws_secret_access_key="local", config=config
    )


def rejected(call: Callable[[], Any]) -> bool:
    """Whether a service rejects the call, without an internal error."""
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"]) < 500
    return False


@cache
def bucket() -> str:
    client("s3").create_bucket(Bucket="films")
    return "films"


@cache
def role() -> str:
    trust = {"Version": "2012-10-17", "Statement": [LAMBDA_TRUST]}
    made = client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust))
    return str(made["Role"]["Arn"])


@cache
def function() -> str:
    """A function from an image, with all settings that the local cloud supports."""
    client("lambda").create_function(
        FunctionName="worker", Role=role(), PackageType="Image", Code={"ImageUri": IMAGE},
        LoggingConfig={"LogFormat": "JSON"}, DeadLetterConfig={"TargetArn": queue("dead")[1]},
    )  # fmt: skip
    return "worker"


@cache
def queue(name: str) -> tuple[str, str]:
    """URL and ARN."""
    url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


@cache
def topic() -> str:
    return str(client("sns").create_topic(Name="mails")["TopicArn"])


def copied_items(dynamodb: Any, table: str, size: int) -> int:
    """How many items moto copies for one transaction of two items on a table of `size` items."""
    from moto.dynamodb.models.dynamo_type import Item

    for number in range(size):
        dynamodb.put_item(TableName=table, Item={"id": {"S": f"item-{number}"}})
    copies = 0

    def counted(self: Item, _: Any) -> Item:
        nonlocal copies
        copies += 1
        return self

    with mock.patch.object(Item, "__deepcopy__", counted, create=True):
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": {"id": {"S": "item-0"}}}},
                {"Put": {"TableName": table, "Item": {"id": {"S": "item-1"}}}},
            ]
        )
    return copies
