"""The calls of the AWS provider that a deployment needs permission for, by type of resource.

From the provider's sources (terraform-provider-aws, which pulumi-aws bridges): the calls of create, read and update for
the properties that the pipeline sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.infra.harness import ACCOUNT, REGION, Registered

_TAGGED = ("ListTagsForResource", "TagResource")
#: Type -> service, calls on the resource itself.
CALLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "s3/bucket:Bucket": (
        "s3",
        (
            "CreateBucket",
            "ListBucket",
            "GetBucketPolicy",
            "GetBucketAcl",
            "GetBucketCORS",
            "GetBucketWebsite",
            "GetBucketVersioning",
            "GetAccelerateConfiguration",
            "GetBucketRequestPayment",
            "GetBucketLogging",
            "GetLifecycleConfiguration",
            "GetReplicationConfiguration",
            "GetEncryptionConfiguration",
            "GetBucketObjectLockConfiguration",
            "GetBucketTagging",
            "PutBucketTagging",
            *_TAGGED,
        ),
    ),
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        "s3",
        ("PutBucketPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ),
    "s3/bucketOwnershipControls:BucketOwnershipControls": (
        "s3",
        ("PutBucketOwnershipControls", "GetBucketOwnershipControls"),
    ),
    "s3/bucketPolicy:BucketPolicy": ("s3", ("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy")),
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "s3",
        ("PutEncryptionConfiguration", "GetEncryptionConfiguration"),
    ),
    "s3/bucketVersioning:BucketVersioning": ("s3", ("PutBucketVersioning", "GetBucketVersioning")),
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        "s3",
        ("PutLifecycleConfiguration", "GetLifecycleConfiguration"),
    ),
    "dynamodb/table:Table": (
        "dynamodb",
        (
            "CreateTable",
            "DescribeTable",
            "UpdateTable",
            "DescribeContinuousBackups",
            "UpdateContinuousBackups",
            "DescribeTimeToLive",
            "ListTagsOfResource",
            "TagResource",
        ),
    ),
    "secretsmanager/secret:Secret": (
        "secretsmanager",
        ("CreateSecret", "DescribeSecret", "UpdateSecret", "DeleteSecret", "GetResourcePolicy", "TagResource"),
    ),
    "secretsmanager/secretVersion:SecretVersion": ("secretsmanager", ("PutSecretValue", "GetSecretValue")),
    "sqs/queue:Queue": (
        "sqs",
        (
            "CreateQueue",
            "GetQueueAttributes",
            "GetQueueUrl",
            "SetQueueAttributes",
            "DeleteQueue",
            "ListQueueTags",
            "TagQueue",
        ),
    ),
    "sqs/queuePolicy:QueuePolicy": ("sqs", ("SetQueueAttributes", "GetQueueAttributes")),
    "sqs/redriveAllowPolicy:RedriveAllowPolicy": ("sqs", ("SetQueueAttributes", "GetQueueAttributes")),
    "sns/topic:Topic": ("sns", ("CreateTopic", "GetTopicAttributes", "SetTopicAttributes", "DeleteTopic", *_TAGGED)),
    "sns/topicSubscription:TopicSubscription": ("sns", ("Subscribe", "GetSubscriptionAttributes", "Unsubscribe")),
    "sns/topicPolicy:TopicPolicy": ("sns", ("SetTopicAttributes", "GetTopicAttributes")),
    "cloudwatch/eventRule:EventRule": ("events", ("PutRule", "DescribeRule", "DeleteRule", *_TAGGED)),
    "cloudwatch/eventTarget:EventTarget": ("events", ("PutTargets", "ListTargetsByRule", "RemoveTargets")),
    "cloudwatch/metricAlarm:MetricAlarm": (
        "cloudwatch",
        ("PutMetricAlarm", "DescribeAlarms", "DeleteAlarms", *_TAGGED),
    ),
    "cloudwatch/logGroup:LogGroup": (
        "logs",
        ("CreateLogGroup", "DescribeLogGroups", "PutRetentionPolicy", "DeleteLogGroup", *_TAGGED),
    ),
    "lambda/function:Function": (
        "lambda",
        (
            "CreateFunction",
            "GetFunction",
            "GetFunctionConfiguration",
            "GetFunctionCodeSigningConfig",
            "ListVersionsByFunction",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
            "DeleteFunction",
            "TagResource",
            "ListTags",
        ),
    ),
    "lambda/permission:Permission": ("lambda", ("AddPermission", "GetPolicy", "RemovePermission")),
    "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
        "lambda",
        ("PutFunctionEventInvokeConfig", "GetFunctionEventInvokeConfig", "DeleteFunctionEventInvokeConfig"),
    ),
    "lambda/eventSourceMapping:EventSourceMapping": (
        "lambda",
        ("CreateEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping"),
    ),
    "iam/role:Role": (
        "iam",
        (
            "CreateRole",
            "GetRole",
            "UpdateRole",
            "UpdateAssumeRolePolicy",
            "PutRolePermissionsBoundary",
            "ListRolePolicies",
            "ListAttachedRolePolicies",
            "ListInstanceProfilesForRole",
            "DeleteRole",
            "TagRole",
        ),
    ),
    "iam/rolePolicy:RolePolicy": ("iam", ("PutRolePolicy", "GetRolePolicy", "DeleteRolePolicy")),
    "iam/user:User": (
        "iam",
        ("CreateUser", "GetUser", "UpdateUser", "ListGroupsForUser", "DeleteUser", "TagUser"),
    ),
    "iam/userPolicy:UserPolicy": ("iam", ("PutUserPolicy", "GetUserPolicy", "DeleteUserPolicy")),
    "mediaconvert/queue:Queue": ("mediaconvert", ("CreateQueue", "GetQueue", "UpdateQueue", "DeleteQueue", *_TAGGED)),
    "cloudformation/stack:Stack": (
        "cloudformation",
        (
            "CreateStack",
            "DescribeStacks",
            "DescribeStackEvents",
            "GetTemplate",
            "UpdateStack",
            "DeleteStack",
            "TagResource",
        ),
    ),
}
#: Calls without a resource.
NO_RESOURCE = {"mediaconvert:CreateQueue", "mediaconvert:CreatePreset", "lambda:CreateEventSourceMapping"}
#: Calls that require the permissions boundary.
BOUNDED = {
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:CreateUser",
    "iam:PutUserPolicy",
}


def needs(resource: Registered, boundary: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield action, ARN and condition values of every call that a deployment makes for a resource."""
    service, calls = CALLS[resource.type.removeprefix("aws:")]
    arn = arn_of(resource)
    for call in calls:
        action = f"{service}:{call}"
        context = {"iam:PermissionsBoundary": boundary} if action in BOUNDED else {}
        if "EventSourceMapping" in call:
            context["lambda:FunctionArn"] = _function(resource.inputs["functionName"])
        yield action, "*" if action in NO_RESOURCE else arn, context
    if resource.type == "aws:lambda/function:Function":
        yield "iam:PassRole", resource.inputs["role"], {"iam:PassedToService": "lambda.amazonaws.com"}
    if resource.type == "aws:cloudformation/stack:Stack":  # with the permissions of the deploying role
        for call in ("CreatePreset", "GetPreset", "UpdatePreset", "DeletePreset"):
            preset = f"arn:aws:mediaconvert:{REGION}:{ACCOUNT}:presets/{resource.inputs['name'].replace('preset-', '')}"
            yield f"mediaconvert:{call}", "*" if call == "CreatePreset" else preset, {}


def arn_of(resource: Registered) -> str:
    """Return the ARN of this resource's calls."""
    given: dict[str, Any] = dict(resource.inputs)

    def here(service: str, rest: str) -> str:
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"

    kind = resource.type.removeprefix("aws:")
    match kind.split("/")[0]:
        case "s3":
            return f"arn:aws:s3:::{given['bucket']}"
        case "dynamodb":
            return here("dynamodb", f"table/{given['name']}")
        case "secretsmanager":
            return str(
                given["secretId"] if "secretId" in given else here("secretsmanager", f"secret:{given['namePrefix']}1")
            )
        case "sqs":
            return here("sqs", str(given.get("name") or given["queueUrl"].rsplit("/")[-1]))
        case "sns":
            return str(given.get("arn") or given.get("topic") or here("sns", given["name"]))
        case "iam":
            noun = "user" if "user" in kind else "role"
            return f"arn:aws:iam::{ACCOUNT}:{noun}/{given.get(noun) or given['name']}"
        case "mediaconvert":
            return here("mediaconvert", f"queues/{given['name']}")
        case "cloudformation":
            return here("cloudformation", f"stack/{given['name']}/0f1e2d3c")
    match kind:
        case "cloudwatch/eventRule:EventRule":
            return here("events", f"rule/{given['name']}")
        case "cloudwatch/eventTarget:EventTarget":
            return here("events", f"rule/{given['rule']}")
        case "cloudwatch/metricAlarm:MetricAlarm":
            return here("cloudwatch", f"alarm:{given['name']}")
        case "cloudwatch/logGroup:LogGroup":
            return here("logs", f"log-group:{given['name']}")
        case "lambda/eventSourceMapping:EventSourceMapping":
            return here("lambda", "event-source-mapping:0f1e2d3c")
        case "lambda/function:Function":
            return _function(given["name"])
        case "lambda/permission:Permission":
            return _function(given["function"])
        case "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig":
            return _function(given["functionName"])
    raise AssertionError(f"no ARN is known for {kind}")


def _function(name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
