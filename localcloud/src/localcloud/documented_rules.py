"""Rules of the API references that are missing in the service models, and that moto does not check.

In a model the value of an SQS attribute, a policy document or a retention in days is just a text or a number; the
reference states in prose which ones are valid. Here are only rules about a single request; what depends on the state of
a service is checked by moto or by a hook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: CloudWatch Logs, PutRetentionPolicy.
_RETENTION_DAYS = frozenset(
    (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
)
#: SQS, SendMessage: "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF".
_UNSENDABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MESSAGE_BYTES = 1 << 20
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]+")
_BUCKET_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_KEY_BYTES = 1024
_DELETED_AT_ONCE = 1000
_SUB_MINUTE_PERIODS = (10, 20, 30)
_MINUTE_SECONDS = 60

#: Returns what is wrong with a value, as the end of "<where> ..."; None when it is valid.
Judge = Callable[[Any], str | None]


@dataclass(frozen=True)
class DocumentedRule:
    """One rule about one member of a request.

    Attributes:
        service: botocore's name.
        operations: those that it applies to; empty: all of the service.
        where: members from the root of the request; `*` is every item of a list.
        code: the error code according to the reference.
    """

    service: str
    operations: tuple[str, ...]
    where: tuple[str, ...]
    judge: Judge
    code: str


def _between(low: int, high: int) -> Judge:
    def judge(value: Any) -> str | None:
        number = int(value) if re.fullmatch(r"-?\d{1,18}", str(value)) else None
        return None if number is not None and low <= number <= high else f"must be between {low} and {high}"

    return judge


def _fits(pattern: re.Pattern[str], what: str) -> Judge:
    return lambda value: None if pattern.fullmatch(str(value)) else f"must be {what}"


def _json_object(value: Any) -> str | None:
    if value == "":  # removes a policy
        return None
    try:
        document = json.loads(value)
    except ValueError as error:
        return f"must be valid JSON: {error}"
    return None if isinstance(document, dict) else "must be a JSON object"


def _flag(value: Any) -> str | None:
    return None if str(value).lower() in ("true", "false") else "must be true or false"


def _message(value: Any) -> str | None:
    if not 1 <= len(str(value).encode("utf-8", "surrogatepass")) <= _MESSAGE_BYTES:
        return f"must have 1 to {_MESSAGE_BYTES} bytes"
    return "holds a character that cannot be sent" if _UNSENDABLE.search(str(value)) else None


def _key(value: Any) -> str | None:
    return None if len(str(value).encode()) <= _KEY_BYTES else f"must have at most {_KEY_BYTES} bytes"


def _positive(value: Any) -> str | None:
    return None if int(value) > 0 else "must be a positive integer"


def _period(value: Any) -> str | None:
    whole_minutes = int(value) > 0 and int(value) % _MINUTE_SECONDS == 0
    return None if whole_minutes or int(value) in _SUB_MINUTE_PERIODS else "must be 10, 20, 30 or a multiple of 60"


_QUEUE = ("CreateQueue", "SetQueueAttributes")
_QUEUE_ATTRIBUTES: Mapping[str, Judge] = {
    "ContentBasedDeduplication": _flag,
    "DelaySeconds": _between(0, 900),
    "FifoQueue": _flag,
    "KmsDataKeyReusePeriodSeconds": _between(60, 86_400),
    "MessageRetentionPeriod": _between(60, 1_209_600),
    "Policy": _json_object,
    "ReceiveMessageWaitTimeSeconds": _between(0, 20),
    "RedriveAllowPolicy": _json_object,
    "RedrivePolicy": _json_object,
    "SqsManagedSseEnabled": _flag,
    "VisibilityTimeout": _between(0, 43_200),
}
_LIFECYCLE = ("LifecycleConfiguration", "Rules", "*")

RULES: tuple[DocumentedRule, ...] = (
    *(
        DocumentedRule("sqs", _QUEUE, ("Attributes", name), judge, "InvalidAttributeValue")
        for name, judge in _QUEUE_ATTRIBUTES.items()
    ),
    DocumentedRule("sqs", ("SendMessage",), ("MessageBody",), _message, "InvalidMessageContents"),
    DocumentedRule("sqs", ("SendMessageBatch",), ("Entries", "*", "MessageBody"), _message, "InvalidMessageContents"),
    *(
        DocumentedRule("sns", (), ("Attributes", name), _json_object, "InvalidParameter")
        for name in ("DeliveryPolicy", "FilterPolicy", "Policy", "RedrivePolicy")
    ),
    DocumentedRule(
        "s3",
        ("CreateBucket",),
        ("Bucket",),
        _fits(_BUCKET_NAME, "3 to 63 small letters, digits, dots and hyphens"),
        "InvalidBucketName",
    ),
    DocumentedRule("s3", (), ("Key",), _key, "KeyTooLongError"),
    DocumentedRule(
        "s3",
        ("DeleteObjects",),
        ("Delete", "Objects"),
        lambda objects: None if len(objects) <= _DELETED_AT_ONCE else f"must be at most {_DELETED_AT_ONCE}",
        "MalformedXML",
    ),
    DocumentedRule("s3", ("PutBucketPolicy",), ("Policy",), _json_object, "MalformedPolicy"),
    *(
        DocumentedRule("s3", ("PutBucketLifecycleConfiguration",), (*_LIFECYCLE, *where), _positive, "InvalidArgument")
        for where in (
            ("Expiration", "Days"),
            ("NoncurrentVersionExpiration", "NoncurrentDays"),
            ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
        )
    ),
    DocumentedRule(
        "dynamodb",
        ("CreateTable",),
        ("TableName",),
        _fits(_TABLE_NAME, "3 to 255 letters, digits and _.-"),
        "ValidationException",
    ),
    *(
        DocumentedRule("iam", (), (name,), _json_object, "MalformedPolicyDocument")
        for name in ("AssumeRolePolicyDocument", "PolicyDocument")
    ),
    DocumentedRule(
        "logs",
        ("PutRetentionPolicy",),
        ("retentionInDays",),
        lambda value: None if value in _RETENTION_DAYS else f"must be one of {sorted(_RETENTION_DAYS)}",
        "InvalidParameterException",
    ),
    DocumentedRule("cloudwatch", ("PutMetricAlarm",), ("Period",), _period, "ValidationError"),
    DocumentedRule(
        "secretsmanager",
        ("CreateSecret",),
        ("Name",),
        _fits(_SECRET_NAME, "letters, digits and /_+=.@-"),
        "ValidationException",
    ),
)


def broken_rules(service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the error code and message of every rule that a request breaks.

    Args:
        parameters: by the SDK's names.
    """
    named = parameters.get("AttributeName")
    if service == "sns" and named is not None:  # SetTopicAttributes has one attribute, other operations a map
        parameters = {"Attributes": {named: parameters.get("AttributeValue") or ""}}
    for rule in RULES:
        if rule.service == service and (not rule.operations or operation in rule.operations):
            for value in _values(parameters, rule.where):
                if (problem := rule.judge(value)) is not None:
                    yield rule.code, f"{'.'.join(rule.where)} {problem}"


def _values(found: Any, where: tuple[str, ...]) -> Iterator[Any]:
    if found is None:
        return
    if not where:
        yield found
    elif where[0] == "*":
        for item in found:
            yield from _values(item, where[1:])
    elif isinstance(found, Mapping):
        yield from _values(found.get(where[0]), where[1:])
