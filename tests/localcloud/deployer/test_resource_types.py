"""Each resource type: created, read back, updated or replaced, and deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.deployer.cloud import Cloud
from localcloud.deployer.resources.base import Properties, ResourceType
from localcloud.deployer.resources.table import TABLE
from tests.localcloud.deployer.conftest import Workbench

#: By the names that programs use, such as `sqs.Queue`.
_TYPES = {
    f"{token.split(':')[1].split('/')[0].replace('lambda', 'lambda_')}.{token.rpartition(':')[2]}": kind
    for token, kind in TABLE.items()
}
_ASSUME = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
_ALLOW = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:123456789012:x"}
        ],
    }
)
_ROLE = f"role = aws.iam.Role('role', assume_role_policy='''{_ASSUME}''')\n"
_FUNCTION = (
    _ROLE
    + "function = aws.lambda_.Function('function', package_type='Image', role=role.arn, "
    + "image_uri='123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:"
    + "0" * 64
    + "')\n"
)
_BUCKET = "bucket = aws.s3.Bucket('bucket')\n"
_TOPIC = "topic = aws.sns.Topic('topic')\n"
_QUEUE = "queue = aws.sqs.Queue('queue')\n"
_RULE = "rule = aws.cloudwatch.EventRule('rule', event_pattern='{\"source\": [\"shop\"]}')\n"
_SECRET = "secret = aws.secretsmanager.Secret('secret', recovery_window_in_days=0)\n"


@dataclass(frozen=True)
class Case:
    """`before` and `after` are the arguments of the resource; `outputs` are expected after the change."""

    kind: str
    before: str
    after: str
    outputs: dict[str, Any]
    needs: str = ""
    action: str = "update"


def _cases() -> list[Case]:
    return [*_storage(), *_messaging(), *_identity(), *_compute(), *_operations()]


def _storage() -> list[Case]:
    return [
        Case("s3.Bucket", "tags={'a': '1'}", "tags={'a': '2'}", {"tags": {"a": "2"}, "bucket_region": "us-east-1"}),
        Case(
            "s3.BucketLifecycleConfiguration",
            "bucket=bucket.id, rules=[{'id': 'old', 'status': 'Enabled', 'filter': {}, 'expiration': {'days': 7}}]",
            "bucket=bucket.id, rules=[{'id': 'old', 'status': 'Enabled', 'filter': {'prefix': 'tmp/'}, "
            "'expiration': {'days': 9}, 'abort_incomplete_multipart_upload': {'days_after_initiation': 1}}]",
            {"bucket": ...},
            _BUCKET,
        ),
        Case(
            "s3.BucketVersioning",
            "bucket=bucket.id, versioning_configuration={'status': 'Enabled'}",
            "bucket=bucket.id, versioning_configuration={'status': 'Suspended'}",
            {"versioning_configuration": {"status": "Suspended"}},
            _BUCKET,
        ),
        Case(
            "s3.BucketServerSideEncryptionConfiguration",
            "bucket=bucket.id, rules=[{'apply_server_side_encryption_by_default': {'sse_algorithm': 'AES256'}}]",
            "bucket=bucket.id, rules=[{'apply_server_side_encryption_by_default': {'sse_algorithm': 'aws:kms'}, "
            "'bucket_key_enabled': True}]",
            {"bucket": ...},
            _BUCKET,
        ),
        Case(
            "s3.BucketPublicAccessBlock",
            "bucket=bucket.id, block_public_acls=True",
            "bucket=bucket.id, block_public_acls=True, restrict_public_buckets=True",
            {"restrict_public_buckets": True, "ignore_public_acls": False},
            _BUCKET,
        ),
        Case(
            "s3.BucketOwnershipControls",
            "bucket=bucket.id, rule={'object_ownership': 'BucketOwnerEnforced'}",
            "bucket=bucket.id, rule={'object_ownership': 'ObjectWriter'}",
            {"rule": {"object_ownership": "ObjectWriter"}},
            _BUCKET,
        ),
        Case(
            "s3.BucketPolicy",
            f"bucket=bucket.id, policy='''{_ALLOW}'''",
            f"bucket=bucket.id, policy='''{_ALLOW.replace('Send', 'Receive')}'''",
            {"policy": ...},
            _BUCKET,
        ),
        Case(
            "dynamodb.Table",
            "hash_key='id', billing_mode='PAY_PER_REQUEST', attributes=[{'name': 'id', 'type': 'S'}]",
            "hash_key='id', billing_mode='PAY_PER_REQUEST', "
            "attributes=[{'name': 'id', 'type': 'S'}, {'name': 'state', 'type': 'S'}], "
            "global_secondary_indexes=[{'name': 'byState', 'projection_type': 'ALL', "
            "'key_schemas': [{'attribute_name': 'state', 'key_type': 'HASH'}]}], "
            "stream_enabled=True, stream_view_type='NEW_AND_OLD_IMAGES', "
            "point_in_time_recovery={'enabled': True}, deletion_protection_enabled=False",
            {"stream_view_type": "NEW_AND_OLD_IMAGES", "point_in_time_recovery": {"enabled": True}},
        ),
        Case(
            "secretsmanager.Secret",
            "description='one', recovery_window_in_days=0",
            "description='two', recovery_window_in_days=0",
            {"description": "two"},
        ),
        Case(
            "secretsmanager.SecretVersion",
            "secret_id=secret.id, secret_string='first value'",
            "secret_id=secret.id, secret_string='second value'",
            {"secret_string": "second value"},
            _SECRET,
            "replace",
        ),
    ]


def _messaging() -> list[Case]:
    return [
        Case(
            "sqs.Queue",
            "visibility_timeout_seconds=30",
            "visibility_timeout_seconds=60, tags={'a': 'b'}",
            {"visibility_timeout_seconds": 60, "message_retention_seconds": 345600, "tags": {"a": "b"}},
        ),
        Case(
            "sqs.QueuePolicy",
            f"queue_url=queue.url, policy='''{_ALLOW}'''",
            f"queue_url=queue.url, policy='''{_ALLOW.replace('Send', 'Receive')}'''",
            {"policy": ...},
            _QUEUE,
        ),
        Case(
            "sqs.RedriveAllowPolicy",
            'queue_url=queue.url, redrive_allow_policy=\'{"redrivePermission": "allowAll"}\'',
            'queue_url=queue.url, redrive_allow_policy=\'{"redrivePermission": "denyAll"}\'',
            {"redrive_allow_policy": ...},
            _QUEUE,
        ),
        Case("sns.Topic", "display_name='One'", "display_name='Two'", {"display_name": "Two", "owner": "123456789012"}),
        Case(
            "sns.TopicPolicy",
            f"arn=topic.arn, policy='''{_ALLOW}'''",
            f"arn=topic.arn, policy='''{_ALLOW.replace('Send', 'Receive')}'''",
            {"policy": ...},
            _TOPIC,
        ),
        Case(
            "sns.TopicSubscription",
            "topic=topic.arn, protocol='sqs', endpoint=queue.arn",
            "topic=topic.arn, protocol='sqs', endpoint=queue.arn, raw_message_delivery=True",
            {"raw_message_delivery": True, "pending_confirmation": False},
            _TOPIC + _QUEUE,
        ),
        Case(
            "cloudwatch.EventRule",
            'event_pattern=\'{"source": ["a"]}\'',
            "event_pattern='{\"source\": [\"b\"]}', state='DISABLED'",
            {"state": "DISABLED", "event_pattern": '{"source": ["b"]}'},
        ),
        Case(
            "cloudwatch.EventTarget",
            "rule=rule.name, arn=queue.arn",
            "rule=rule.name, arn=queue.arn, dead_letter_config={'arn': dead.arn}, "
            "retry_policy={'maximum_retry_attempts': 2, 'maximum_event_age_in_seconds': 60}",
            {"retry_policy": {"maximum_retry_attempts": 2, "maximum_event_age_in_seconds": 60}},
            _RULE + _QUEUE + "dead = aws.sqs.Queue('dead')\n",
        ),
    ]


def _identity() -> list[Case]:
    return [
        Case(
            "iam.Role",
            f"assume_role_policy='''{_ASSUME}'''",
            f"assume_role_policy='''{_ASSUME}''', description='works', max_session_duration=7200",
            {"description": "works", "max_session_duration": 7200},
        ),
        Case(
            "iam.RolePolicy",
            f"role=role.id, policy='''{_ALLOW}'''",
            f"role=role.id, policy='''{_ALLOW.replace('Send', 'Receive')}'''",
            {"policy": ...},
            _ROLE,
        ),
        Case("iam.User", "tags={'a': '1'}", "tags={'b': '2'}", {"tags": {"b": "2"}}),
        Case(
            "iam.UserPolicy",
            f"user=user.name, policy='''{_ALLOW}'''",
            f"user=user.name, policy='''{_ALLOW.replace('Send', 'Receive')}'''",
            {"policy": ...},
            "user = aws.iam.User('user')\n",
        ),
    ]


def _compute() -> list[Case]:
    image = "package_type='Image', role=role.arn, image_uri='123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:"
    return [
        Case(
            "lambda_.Function",
            image + "0" * 64 + "', memory_size=256, environment={'variables': {'TABLE': '1'}}",
            image
            + "1" * 64
            + "', memory_size=512, timeout=60, environment={'variables': {'TABLE': '2'}}, tags={'t': 'u'}",
            {"memory_size": 512, "timeout": 60, "environment": {"variables": {"TABLE": "2"}}, "tags": {"t": "u"}},
            _ROLE,
        ),
        Case(
            "lambda_.Permission",
            "action='lambda:InvokeFunction', function=function.name, principal='events.amazonaws.com'",
            "action='lambda:InvokeFunction', function=function.name, principal='s3.amazonaws.com', "
            "source_account='123456789012'",
            {"principal": "s3.amazonaws.com"},
            _FUNCTION,
            "replace",
        ),
        Case(
            "lambda_.EventSourceMapping",
            "event_source_arn=queue.arn, function_name=function.arn, batch_size=1",
            "event_source_arn=queue.arn, function_name=function.arn, batch_size=5",
            {"batch_size": 5},
            _FUNCTION + _QUEUE,
        ),
        Case(
            "lambda_.FunctionEventInvokeConfig",
            "function_name=function.name, maximum_retry_attempts=1",
            "function_name=function.name, maximum_retry_attempts=2, "
            "destination_config={'on_failure': {'destination': queue.arn}}",
            {"maximum_retry_attempts": 2},
            _FUNCTION + _QUEUE,
        ),
    ]


def _operations() -> list[Case]:
    metric = "metric_name='Errors', namespace='AWS/Lambda', statistic='Sum', dimensions={'FunctionName': 'f'}"
    alarm = "comparison_operator='GreaterThanThreshold', evaluation_periods=1, threshold=0, "
    template = (
        "template_body=json.dumps({'Resources': {'Q': {'Type': 'AWS::SQS::Queue', 'Properties': "
        "{'VisibilityTimeout': %d}}}, 'Outputs': {'Url': {'Value': {'Ref': 'Q'}}}})"
    )
    return [
        Case("cloudwatch.LogGroup", "retention_in_days=7", "retention_in_days=14", {"retention_in_days": 14}),
        Case(
            "cloudwatch.MetricAlarm",
            alarm + metric + ", period=60",
            alarm + metric + ", period=300",
            {"period": 300, "dimensions": {"FunctionName": "f"}},
        ),
        Case("mediaconvert.Queue", "description='one'", "description='two', status='PAUSED'", {"status": "PAUSED"}),
        Case("cloudformation.Stack", template % 10, template % 20, {"outputs": ...}),
    ]


class _Lifecycle:
    """Acts as a resource type that updates or replaces the resource created first when a second one is created."""

    def __init__(self, kind: ResourceType) -> None:
        self.kind = kind
        self.action = ""
        self._first: tuple[str, Properties] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kind, name)

    def create(self, cloud: Cloud, inputs: dict[str, Any]) -> str:
        if self._first is None:
            self._first = self.kind.create(cloud, inputs), inputs
            return self._first[0]
        resource_id, old = self._first
        if self.kind.named_by is not None:
            inputs[self.kind.named_by] = old[self.kind.named_by]
        names = (old.keys() | inputs.keys()) - ({"tags"} if self.kind.schema.taggable else set())
        changed = frozenset(name for name in names if not self.kind.same(name, old.get(name), inputs.get(name)))
        if changed & self.kind.replaces:
            self.action = "replace"
            self.kind.delete(cloud, resource_id, old)
            return self.kind.create(cloud, inputs)
        self.action = "update"
        self.kind.update(cloud, resource_id, inputs, changed)
        return resource_id


def _differences(kind: ResourceType, inputs: Properties, outputs: Properties) -> list[str]:
    """Properties that the service reports differently from what it was sent: it dropped or changed them."""
    return [
        name
        for name in sorted(kind.deployed & inputs.keys())
        if not _kept(inputs[name], outputs[name]) and not kind.same(name, inputs[name], outputs[name])
    ]


def _kept(sent: Any, read: Any) -> bool:
    if isinstance(sent, Mapping) and isinstance(read, Mapping):
        return all(_kept(item, read.get(key)) for key, item in sent.items())
    if isinstance(sent, list) and isinstance(read, list):
        return len(sent) == len(read) and all(map(_kept, sent, read))
    # an empty value is read back as absent
    return bool(sent == read) or (read is None and sent in ("", False, [], {}))


def test_every_type_of_the_table_has_a_case() -> None:
    assert {case.kind for case in _cases()} == _TYPES.keys()


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.kind)
def test_creates_reads_changes_and_deletes(bench: Workbench, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = _TYPES[case.kind]
    lifecycle = _Lifecycle(kind)
    monkeypatch.setitem(TABLE, kind.pulumi_type, lifecycle)
    exports = "".join(f"pulumi.export('{name}', after.{name})\n" for name in case.outputs)
    stack = bench.deploy(
        f"{case.needs}before = aws.{case.kind}('before', {case.before})\n"
        f"after = aws.{case.kind}('after', {case.after}, opts=pulumi.ResourceOptions(depends_on=[before]))\n{exports}"
    )
    assert lifecycle.action == case.action
    assert {name: stack.outputs[name] for name, value in case.outputs.items() if value is not ...} == {
        name: value for name, value in case.outputs.items() if value is not ...
    }
    assert all(stack.outputs[name] for name, value in case.outputs.items() if value is ...)
    states = {resource.name: resource for resource in stack.resources if resource.type == kind.pulumi_type}
    for name in ("before", "after"):
        assert _differences(kind, states[name].inputs, states[name].outputs) == []

    stack.destroy()
    assert kind.read(stack.cloud, states["after"].id, states["after"].inputs) is None


@pytest.mark.parametrize("kind", TABLE.values(), ids=lambda kind: kind.pulumi_type)
def test_the_table_uses_property_names_of_pulumi_aws(kind: ResourceType) -> None:
    assert kind.accepted <= kind.schema.inputs
    assert kind.replaces | kind.documents | kind.sets <= kind.accepted
