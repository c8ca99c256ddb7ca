"""Each resource type: made, read back, left alone the second time, changed, and gone in the end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.deployer.resources import TABLE
from tests.localcloud.deployer.conftest import Workbench, actions

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
    """`made` and `changed` are the arguments of the resource, before and after; `tells` are outputs expected then."""

    kind: str
    made: str
    changed: str
    tells: dict[str, Any]
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
            "s3.BucketNotification",
            "bucket=bucket.id, queues=[{'queue_arn': queue.arn, 'events': ['s3:ObjectCreated:*']}]",
            "bucket=bucket.id, queues=[{'queue_arn': queue.arn, 'events': ['s3:ObjectRemoved:*'], "
            "'filter_prefix': 'in/'}]",
            {"eventbridge": False, "queues": ...},
            _BUCKET + _QUEUE,
        ),
        Case(
            "dynamodb.Table",
            "hash_key='id', billing_mode='PAY_PER_REQUEST', attributes=[{'name': 'id', 'type': 'S'}]",
            "hash_key='id', billing_mode='PAY_PER_REQUEST', "
            "attributes=[{'name': 'id', 'type': 'S'}, {'name': 'state', 'type': 'S'}], "
            "global_secondary_indexes=[{'name': 'byState', 'hash_key': 'state', 'projection_type': 'ALL'}], "
            "stream_enabled=True, stream_view_type='NEW_AND_OLD_IMAGES', "
            "ttl={'attribute_name': 'until', 'enabled': True}, "
            "point_in_time_recovery={'enabled': True}, deletion_protection_enabled=False",
            {"stream_view_type": "NEW_AND_OLD_IMAGES", "ttl": {"attribute_name": "until", "enabled": True}},
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
        Case("ssm.Parameter", "type='String', value='1'", "type='String', value='2'", {"value": "2", "version": 2}),
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
            "sqs.RedrivePolicy",
            "queue_url=queue.url, redrive_policy=dead.arn.apply("
            "lambda a: json.dumps({'deadLetterTargetArn': a, 'maxReceiveCount': 3}))",
            "queue_url=queue.url, redrive_policy=dead.arn.apply("
            "lambda a: json.dumps({'deadLetterTargetArn': a, 'maxReceiveCount': 5}))",
            {"redrive_policy": ...},
            _QUEUE + "dead = aws.sqs.Queue('dead')\n",
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
        Case(
            "iam.Policy", f"policy='''{_ALLOW}'''", f"policy='''{_ALLOW.replace('Send', 'Receive')}'''", {"policy": ...}
        ),
        Case(
            "iam.RolePolicyAttachment",
            "role=role.name, policy_arn=first.arn",
            "role=role.name, policy_arn=second.arn",
            {"policy_arn": ...},
            _ROLE
            + f"first = aws.iam.Policy('first', policy='''{_ALLOW}''')\n"
            + f"second = aws.iam.Policy('second', policy='''{_ALLOW}''')\n",
            "replace",
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
        Case(
            "lambda_.FunctionRecursionConfig",
            "function_name=function.name, recursive_loop='Allow'",
            "function_name=function.name, recursive_loop='Terminate'",
            {"recursive_loop": "Terminate"},
            _FUNCTION,
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
        Case(
            "cloudwatch.Dashboard",
            "dashboard_name='shop', dashboard_body='{\"widgets\": []}'",
            'dashboard_name=\'shop\', dashboard_body=\'{"widgets": [], "start": "-PT6H"}\'',
            {"dashboard_body": ...},
        ),
        Case("mediaconvert.Queue", "description='one'", "description='two', status='PAUSED'", {"status": "PAUSED"}),
        Case("cloudformation.Stack", template % 10, template % 20, {"outputs": ...}),
    ]


def test_every_type_of_the_table_has_a_case() -> None:
    """A type that nobody deploys in a test is not deployed."""
    assert {case.kind.replace("lambda_", "lambda").lower() for case in _cases()} == {
        f"{token.split(':')[1].split('/')[0]}.{token.rpartition(':')[2]}".lower() for token in TABLE
    }


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.kind)
def test_a_resource_lives_and_dies(bench: Workbench, case: Case) -> None:
    tells = "".join(f"pulumi.export('{name}', subject.{name})\n" for name in case.tells)

    made = bench.deploy(
        f"{case.needs}subject = aws.{case.kind}('subject', {case.made})\npulumi.export('id', subject.id)"
    )
    assert actions(made)["subject"] == "create"
    assert made.warnings == ()

    again = bench.deploy()
    assert set(actions(again).values()) == {"same"}
    assert again.outputs == made.outputs

    changed = bench.deploy(f"{case.needs}subject = aws.{case.kind}('subject', {case.changed})\n{tells}")
    assert actions(changed)["subject"] == case.action
    assert changed.warnings == ()
    assert {name: changed.outputs[name] for name, value in case.tells.items() if value is not ...} == {
        name: value for name, value in case.tells.items() if value is not ...
    }
    assert all(changed.outputs[name] for name, value in case.tells.items() if value is ...)
    assert set(actions(bench.deploy()).values()) == {"same"}

    gone = bench.destroy()
    assert "subject" in actions(gone)
    assert (
        actions(bench.deploy(f"{case.needs}subject = aws.{case.kind}('subject', {case.made})"))["subject"] == "create"
    )
    bench.destroy()


@pytest.mark.parametrize("kind", TABLE.values(), ids=lambda kind: kind.pulumi_type)
def test_the_table_speaks_of_properties_that_pulumi_aws_knows(kind: Any) -> None:
    assert kind.accepted <= kind.schema.inputs
    assert kind.replaces | kind.documents | kind.sets <= kind.accepted
