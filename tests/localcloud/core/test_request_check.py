"""Requests that a real service rejects for their form are rejected with the same error, before moto sees them."""

from __future__ import annotations

import json
import uuid
from functools import cache
from typing import Any

import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.process import RunningCloud
from localcloud.request_check import validation_message
from localcloud.service_model import Problem, Rule

KEYS: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
ALARM: dict[str, Any] = {
    "AlarmName": "late",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "MetricName": "Late",
    "Namespace": "Films",
    "Period": 60,
    "Threshold": 1,
    "Statistic": "Sum",
}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
QUEUE_URL = "http://127.0.0.1/123456789012/none"
LIFECYCLE = "put_bucket_lifecycle_configuration"


def rule(**changes: Any) -> dict[str, Any]:
    whole = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 7}, **changes}
    return {"Bucket": "nothing", "LifecycleConfiguration": {"Rules": [whole]}}


#: service, call, parameters, code, and a part of the message.
BY_MODEL: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("events", "put_rule", {"Name": "every day", "ScheduleExpression": "rate(1 day)"}, "ValidationException",
     "Value 'every day' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\."),
    ("dynamodb", "create_table", {"TableName": "films", **KEYS, "BillingMode": "FREE"},
     "ValidationException", "Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]"),
    ("dynamodb", "transact_write_items", {"TransactItems": []},
     "ValidationException", "Member must have length greater than or equal to 1"),
    ("dynamodb", "create_table", {"TableName": "films", **KEYS, "KeySchema": [{"AttributeName": "i", "KeyType": "?"}]},
     "ValidationException", "Value '?' at 'keySchema.1.member.keyType'"),
    ("iam", "create_role", {"RoleName": "the role", "AssumeRolePolicyDocument": TRUST}, "ValidationError", "roleName"),
    ("iam", "create_role", {"RoleName": "r" * 65, "AssumeRolePolicyDocument": TRUST},
     "ValidationError", "Member must have length less than or equal to 64"),
    ("lambda", "invoke", {"FunctionName": "no such name!", "Payload": b"{}"}, "ValidationException", "functionName"),
    ("lambda", "update_function_configuration", {"FunctionName": "f", "MemorySize": 64},
     "ValidationException", "Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater"),
    ("logs", "create_log_group", {"logGroupName": "a group"}, "InvalidParameterException", "logGroupName"),
    ("mediaconvert", "list_jobs", {"MaxResults": 21}, "ValidationException", "Value '21' at 'maxResults'"),
    ("s3", "put_object", {"Bucket": "nothing", "Key": "a", "StorageClass": "CHEAP"}, "InvalidArgument", "storageClass"),
    ("s3", LIFECYCLE, rule(Status="On"), "InvalidArgument", "rules.1.member.status"),
    ("sns", "list_subscriptions_by_topic", {}, "InvalidParameter", "Value null at 'topicArn'"),
    ("sqs", "create_queue", {"QueueName": "q", "Attributes": {"Visibility": "1"}},
     "InvalidAttributeName", "Member must satisfy enum value set"),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "a b"},
     "ValidationError", "roleSessionName"),
    ("cloudwatch", "put_metric_alarm", {**ALARM, "EvaluationPeriods": 0}, "Validation", "evaluationPeriods"),
]  # fmt: skip
BY_REFERENCE: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("cloudwatch", "put_metric_alarm", {**ALARM, "Period": 90}, "ValidationError", "Period must be 10, 20, 30 or"),
    ("dynamodb", "create_table", {"TableName": "ab", **KEYS, "BillingMode": "PAY_PER_REQUEST"},
     "ValidationException", "3 to 255 letters"),
    ("dynamodb", "create_table", {"TableName": "films!", **KEYS, "BillingMode": "PAY_PER_REQUEST"},
     "ValidationException", "3 to 255 letters"),
    ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": "{"}, "MalformedPolicyDocument", "JSON"),
    ("logs", "put_retention_policy", {"logGroupName": "g", "retentionInDays": 8},
     "InvalidParameterException", "must be one of [1, 3, 5, 7,"),
    ("s3", "create_bucket", {"Bucket": "Films_of_Anna"}, "InvalidBucketName", "small letters"),
    ("s3", "create_bucket", {"Bucket": "192.168.0.1"}, "InvalidBucketName", "small letters"),
    ("s3", "delete_objects", {"Bucket": "nothing", "Delete": {"Objects": [{"Key": "a"}] * 1001}},
     "MalformedXML", "at most 1000"),
    ("s3", "put_bucket_policy", {"Bucket": "nothing", "Policy": "{"}, "MalformedPolicy", "valid JSON"),
    ("s3", "put_object", {"Bucket": "nothing", "Key": "é" * 513}, "KeyTooLongError", "at most 1024 bytes"),
    ("s3", LIFECYCLE, rule(Expiration={"Days": -1}), "InvalidArgument", "positive"),
    ("s3", LIFECYCLE, rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 0}), "InvalidArgument", "positive"),
    ("secretsmanager", "create_secret", {"Name": "a key", "SecretString": "x"}, "ValidationException", "letters"),
    ("sns", "create_topic", {"Name": "t", "Attributes": {"Policy": "{"}}, "InvalidParameter", "valid JSON"),
    ("sns", "set_topic_attributes",
     {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "AttributeName": "Policy", "AttributeValue": "[]"},
     "InvalidParameter", "a JSON object"),
    ("sqs", "create_queue", {"QueueName": "q", "Attributes": {"VisibilityTimeout": "43201"}},
     "InvalidAttributeValue", "between 0 and 43200"),
    ("sqs", "create_queue", {"QueueName": "q", "Attributes": {"MessageRetentionPeriod": "59"}},
     "InvalidAttributeValue", "between 60 and 1209600"),
    ("sqs", "create_queue", {"QueueName": "q", "Attributes": {"DelaySeconds": "soon"}},
     "InvalidAttributeValue", "between 0 and 900"),
    ("sqs", "create_queue", {"QueueName": "q", "Attributes": {"SqsManagedSseEnabled": "perhaps"}},
     "InvalidAttributeValue", "true or false"),
    ("sqs", "set_queue_attributes", {"QueueUrl": QUEUE_URL, "Attributes": {"RedrivePolicy": "{"}},
     "InvalidAttributeValue", "valid JSON"),
    ("sqs", "send_message", {"QueueUrl": QUEUE_URL, "MessageBody": ""}, "InvalidMessageContents", "1 to"),
    ("sqs", "send_message", {"QueueUrl": QUEUE_URL, "MessageBody": "a\x01"}, "InvalidMessageContents", "character"),
    ("sqs", "send_message_batch", {"QueueUrl": QUEUE_URL, "Entries": [{"Id": "1", "MessageBody": ""}]},
     "InvalidMessageContents", "1 to"),
]  # fmt: skip


@cache
def unchecked_client(cloud: RunningCloud, service: str) -> Any:
    """A client that does not validate parameters; cached, since creating one is slow."""
    return cloud.client(service, config=Config(parameter_validation=False))


@pytest.mark.parametrize(
    ("service", "call", "parameters", "code", "message"),
    [*BY_MODEL, *BY_REFERENCE],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_rejects_what_the_service_rejects(
    cloud: RunningCloud, service: str, call: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(unchecked_client(cloud, service), call)(**parameters)
    error = raised.value.response["Error"]
    assert code in error["Code"]
    assert message in error["Message"]
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_rejected_request_has_no_effect(cloud: RunningCloud) -> None:
    name = f"rejected-{uuid.uuid4().hex[:8]}"
    sqs = cloud.client("sqs")
    with pytest.raises(ClientError, match="InvalidAttributeValue"):
        sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "901"})
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=name)


def test_a_rejected_secret_is_not_shown(cloud: RunningCloud) -> None:
    secret = "correct horse" * 6000
    with pytest.raises(ClientError, match="Value at 'secretString' failed") as raised:
        unchecked_client(cloud, "secretsmanager").create_secret(Name="a-key", SecretString=secret)
    assert "horse" not in str(raised.value)
    assert "horse" not in cloud.log.read_text("utf-8")


def test_reports_all_problems() -> None:
    problems = [
        Problem(("Rules", "0", "Status"), Rule.ENUM, ("Enabled", "Disabled"), "ExpirationStatus", "On"),
        Problem(("Bucket",), Rule.REQUIRED, None, "BucketName"),
    ]
    assert validation_message(problems) == (
        "2 validation errors detected: Value 'On' at 'rules.1.member.status' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Enabled, Disabled]; "
        "Value null at 'bucket' failed to satisfy constraint: Member must not be null"
    )


def test_an_unreadable_body_is_a_serialization_error(cloud: RunningCloud) -> None:
    answer = requests.post(
        cloud.aws,
        data=b'{"TableName": "films", "Limit": "many"}',
        headers={
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
            "SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "DynamoDB_20120810.Scan",
        },
        timeout=10,
    )
    assert answer.status_code == 400
    assert answer.json()["__type"] == "SerializationException"


def test_validates_the_calls_of_n8n(cloud: RunningCloud) -> None:
    """n8n sends Lambda's Invoke with a content type that is not Lambda's."""
    answer = requests.post(
        f"{cloud.aws}/2015-03-31/functions/a%20b/invocations?Qualifier=$LATEST",
        data=b"{}",
        headers={
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request, "
            "SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Invocation-Type": "RequestResponse",
        },
        timeout=10,
    )
    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == "ValidationException"


def test_the_journal_counts_requests(cloud: RunningCloud) -> None:
    def counts() -> dict[str, int]:
        found = [
            each
            for each in cloud.console_client.requests()
            if (each["service"], each["operation"]) == ("sqs", "ListQueues")
        ]
        return found[0] if found else {"valid": 0, "refused": 0, "unchecked": 0}

    before = counts()
    sqs = unchecked_client(cloud, "sqs")
    sqs.list_queues()
    assert {name: counts()[name] - before[name] for name in ("valid", "refused", "unchecked")} == {
        "valid": 1,
        "refused": 0,
        "unchecked": 0,
    }
