"""Memory, routing, IAM, DynamoDB, CloudWatch Logs and SQS."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

from botocore.model import DenormalizedStructureBuilder

from tests.localcloud.hooks.moto_alone.account import client, copied_items, queue
from tests.localcloud.hooks.moto_alone.table import need


@need("hooks.memory", "keeps every instance", "core.common_models.BaseModel.__new__")
def instances_are_kept() -> bool:
    from moto.core.common_models import BaseModel

    class Film(BaseModel):  # type: ignore[misc]  # moto is untyped
        __module__ = "moto.films.models"

    return Film() in Film.instances_tracked


@need(
    "hooks.serializing",
    "determines the possible names of a member for each value",
    "core.serialize.AttributePicker.get_possible_keys",
    "core.serialize.XFormedAttributePicker.get_possible_keys",
)
def names_are_found_out_again() -> bool:
    from moto.core import serialize

    shape = DenormalizedStructureBuilder().with_members({"Key": {"type": "string"}}).build_model().members["Key"]
    picker = serialize.XFormedAttributePicker()
    with mock.patch.object(serialize.ModelAlias, "has_alias", return_value=False) as asked:
        for _ in range(2):
            picker(serialize.AttributePickerContext({}, "Key", shape))
    return int(asked.call_count) == 2


def _listings(call: Callable[[], Any]) -> int:
    call()
    with mock.patch("os.listdir", wraps=os.listdir) as listed:
        call()
        call()
    return int(listed.call_count)


@need("hooks.routing", "lists its package directory each time", "backends.list_of_moto_modules")
def modules_are_listed_again() -> bool:
    from moto import backends

    return _listings(lambda: list(backends.list_of_moto_modules())) == 2


@need(
    "hooks.routing",
    "looks for the service of a host on each request",
    "moto_server.werkzeug_app.DomainDispatcherApplication.get_backend_for_host",
)
def hosts_are_looked_up_again() -> bool:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    app = DomainDispatcherApplication(lambda _: None)
    return _listings(lambda: app.get_backend_for_host("dynamodb")) == 2


@need(
    "hooks.iam",
    "treats calls of these services as calls on everything",
    "dynamodb.responses.DynamoHandler._determine_resource",
    "sns.responses.SNSResponse._determine_resource",
    "secretsmanager.responses.SecretsManagerResponse._determine_resource",
)
def calls_have_no_resource() -> bool:
    from moto.dynamodb.responses import DynamoHandler
    from moto.secretsmanager.responses import SecretsManagerResponse
    from moto.sns.responses import SNSResponse

    return not any(
        hasattr(each, "_determine_resource") for each in (DynamoHandler, SNSResponse, SecretsManagerResponse)
    )


@need(
    "hooks.iam",
    "ignores the conditions of an Allow, so that the evaluator must be exchangeable",
    "core.authorization.ActionAuthenticatorMixin._authenticate_and_authorize_action",
)
def conditions_of_an_allow_are_ignored() -> bool:
    from moto.iam.access_control import IAMPolicy, PermissionResult

    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    statement = {**allow, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "none"}}}
    policy = IAMPolicy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return bool(policy.is_action_permitted("s3:GetObject", "arn:aws:s3:::films/a") == PermissionResult.PERMITTED)


@need(
    "hooks.dynamodb",
    "loses concurrent writes when it rolls back a transaction",
    "dynamodb.responses.DynamoHandler.call_action",
)
def a_rollback_loses_the_writes_of_others() -> bool:
    from botocore.exceptions import ClientError
    from moto.dynamodb.models import DynamoDBBackend

    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put_item = DynamoDBBackend.put_item
    others: list[str] = ["other"]

    def interrupted(self: Any, *arguments: Any, **named: Any) -> Any:
        """Write from another thread in between."""
        while others:
            dynamodb.put_item(TableName="ledger", Item={"id": {"S": others.pop()}})
        return put_item(self, *arguments, **named)

    absent = {"TableName": "ledger", "Key": {"id": {"S": "absent"}}, "ConditionExpression": "attribute_exists(id)"}
    with mock.patch.object(DynamoDBBackend, "put_item", interrupted):
        try:
            dynamodb.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": "ledger", "Item": {"id": {"S": "mine"}}}},
                    {"ConditionCheck": absent},
                ]
            )
        except ClientError:
            pass
        else:
            raise AssertionError("the transaction went through")
    return "Item" not in dynamodb.get_item(TableName="ledger", Key={"id": {"S": "other"}})


@need(
    "hooks.dynamodb",
    "copies the whole table for each item of a transaction",
    "dynamodb.models.DynamoDBBackend.transact_write_items",
)
def a_transaction_copies_the_table() -> bool:
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="copied",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return copied_items(dynamodb, "copied", 10) < copied_items(dynamodb, "copied", 20)


@need(
    "hooks.logs",
    "ignores a filter pattern that it does not support",
    "logs.models.LogsBackend.filter_log_events",
)
def a_json_pattern_matches_every_line() -> bool:
    logs = client("logs")
    logs.create_log_group(logGroupName="films")
    logs.create_log_stream(logGroupName="films", logStreamName="one")
    line = {"timestamp": int(time.time() * 1000), "message": '{"level": "INFO"}'}
    logs.put_log_events(logGroupName="films", logStreamName="one", logEvents=[line])
    return len(logs.filter_log_events(logGroupName="films", filterPattern='{ $.level = "ERROR" }')["events"]) == 1


@need("hooks.sqs", "counts the messages of a queue whenever it reads an attribute", "sqs.models.Queue.attributes")
def sending_counts_messages() -> bool:
    from moto.sqs.models import Queue

    url, _ = queue("counted")
    counted = mock.PropertyMock(return_value=0)
    with mock.patch.object(Queue, "approximate_number_of_messages", counted):
        client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    return counted.call_count > 0


@need("hooks.sqs", "removes the policy of a queue when another attribute is set", "sqs.models.Queue._set_attributes")
def a_queue_loses_its_policy() -> bool:
    url, arn = queue("guarded")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "1"})
    return "Policy" not in client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


@need("hooks.sqs", "never returns the redrive allow policy of a queue", "sqs.models.Queue.attributes")
def a_redrive_allow_policy_is_not_returned() -> bool:
    url, _ = queue("allowing")
    allow = json.dumps({"redrivePermission": "denyAll"})
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": allow})
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return "RedriveAllowPolicy" not in attributes
