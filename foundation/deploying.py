"""Permissions of a role that deploys a stack: create and change the resources of the pipeline's program in this stack.

The role manages resources but not their content: no objects, records, messages or invocations. It cannot delete buckets
and the ledger. Identities that it creates need the permissions boundary (`foundation.boundaries`), and it cannot change
the boundary, its own role or another stack. The actions are the calls of pulumi-aws to create, read, update and delete
each type; `tests/foundation` compares them with every resource of the program.
"""

from __future__ import annotations

from collections.abc import Iterator

from foundation.names import REPOSITORIES, boundary_arn
from foundation.place import Place, below
from infra.policies import Statement, allow

_LAMBDA = "lambda.amazonaws.com"


def actions(service: str, *names: str) -> list[str]:
    """Return `["sqs:CreateQueue"]` for `actions("sqs", "CreateQueue")`."""
    return [f"{service}:{name}" for name in names]


def grants(place: Place) -> dict[str, list[Statement]]:
    """Return policy name -> statements."""
    return {
        "data": list(_data(place)),
        "messages": list(_messages(place)),
        "functions": list(_functions(place)),
        "identities": list(_identities(place)),
        "transcoding": list(_transcoding(place)),
        "images": list(images(place)),
    }


def _data(place: Place) -> Iterator[Statement]:
    """Buckets, ledger, secrets."""
    yield allow(
        actions(
            "s3",
            "CreateBucket",
            "ListBucket",
            # To read a bucket, the provider gets every setting: GetBucketAcl, GetBucketCORS, ...
            "GetBucket*",
            "GetAccelerateConfiguration",
            "GetEncryptionConfiguration",
            "GetLifecycleConfiguration",
            "GetReplicationConfiguration",
            "PutBucketOwnershipControls",
            "PutBucketPolicy",
            "DeleteBucketPolicy",
            "PutBucketPublicAccessBlock",
            "PutBucketTagging",
            "PutBucketVersioning",
            "PutEncryptionConfiguration",
            "PutLifecycleConfiguration",
            "ListTagsForResource",
            "TagResource",
            "UntagResource",
        ),
        place.buckets,
    )
    yield allow(
        actions(
            "dynamodb",
            "CreateTable",
            "DescribeTable",
            "UpdateTable",
            "DescribeContinuousBackups",
            "UpdateContinuousBackups",
            "DescribeTimeToLive",
            "ListTagsOfResource",
            "TagResource",
            "UntagResource",
        ),
        place.ours("dynamodb", "table/", "ledger"),
    )
    yield allow(
        actions(
            "secretsmanager",
            "CreateSecret",
            "DescribeSecret",
            "UpdateSecret",
            "DeleteSecret",
            "GetResourcePolicy",
            # The provider compares the stored value with the configured one.
            "GetSecretValue",
            "PutSecretValue",
            "UpdateSecretVersionStage",
            "TagResource",
            "UntagResource",
        ),
        place.ours("secretsmanager", "secret:"),
    )


def _messages(place: Place) -> Iterator[Statement]:
    """Queues, topics, rules, alarms."""
    queue = ("CreateQueue", "DeleteQueue", "GetQueueAttributes", "GetQueueUrl", "SetQueueAttributes")
    yield allow(actions("sqs", *queue, "ListQueueTags", "TagQueue", "UntagQueue"), place.ours("sqs"))
    topic = ("CreateTopic", "DeleteTopic", "GetTopicAttributes", "SetTopicAttributes", "Subscribe", "Unsubscribe")
    subscription = ("GetSubscriptionAttributes", "SetSubscriptionAttributes", "ListSubscriptionsByTopic")
    yield allow(actions("sns", *topic, *subscription, *_TAGS), place.ours("sns"))
    rule = ("PutRule", "DeleteRule", "DescribeRule", "PutTargets", "RemoveTargets", "ListTargetsByRule")
    yield allow(actions("events", *rule, *_TAGS), place.ours("events", "rule/"))
    yield allow(actions("cloudwatch", "PutMetricAlarm", "DeleteAlarms", *_TAGS), place.ours("cloudwatch", "alarm:"))
    yield allow(["cloudwatch:DescribeAlarms"], [place.arn("cloudwatch", "alarm:*")])


def _functions(place: Place) -> Iterator[Statement]:
    """Functions, their triggers and logs."""
    function = (
        "CreateFunction",
        "DeleteFunction",
        "GetFunction",
        "GetFunctionConfiguration",
        "GetFunctionCodeSigningConfig",
    )
    update = ("UpdateFunctionCode", "UpdateFunctionConfiguration", "ListVersionsByFunction")
    permission = ("AddPermission", "RemovePermission", "GetPolicy")
    invoking = [f"{verb}FunctionEventInvokeConfig" for verb in ("Put", "Update", "Get", "Delete")]
    tags = ("ListTags", "TagResource", "UntagResource")
    yield allow(
        actions("lambda", *function, *update, *permission, *invoking, *tags),
        [*place.functions, *below(place.functions, ":$LATEST")],
    )
    mapping = [f"{verb}EventSourceMapping" for verb in ("Create", "Get", "Update", "Delete")]
    # Lambda names mappings, so the condition uses the function that they invoke; CreateEventSourceMapping has no ARN.
    yield allow(actions("lambda", *mapping), ["*"], {"ArnEquals": {"lambda:FunctionArn": place.functions}})
    yield allow(actions("lambda", *tags), [place.arn("lambda", "event-source-mapping:*")])
    yield allow(
        actions("logs", "CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy", *_TAGS),
        [*place.logs(""), *place.logs(":*")],
    )
    yield allow(["logs:DescribeLogGroups"], [place.arn("logs", "log-group:*")])


def _identities(place: Place) -> Iterator[Statement]:
    """Roles and users of the stack, only with the permissions boundary."""
    bounded = {
        "StringEquals": {"iam:PermissionsBoundary": boundary_arn(place.account_id, place.stack, place.partition)}
    }
    roles, users = place.iam("role"), place.iam("user", "n8n")
    yield allow(actions("iam", "CreateRole", "PutRolePolicy", "PutRolePermissionsBoundary"), roles, bounded)
    role = ("GetRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy", "DeleteRole")
    listing = ("ListRolePolicies", "ListAttachedRolePolicies", "ListInstanceProfilesForRole", "ListRoleTags")
    policy = ("GetRolePolicy", "DeleteRolePolicy", "TagRole", "UntagRole")
    yield allow(actions("iam", *role, *listing, *policy), roles)
    yield allow(["iam:PassRole"], roles, {"StringEquals": {"iam:PassedToService": _LAMBDA}})
    yield allow(actions("iam", "CreateUser", "PutUserPolicy", "PutUserPermissionsBoundary"), users, bounded)
    user = ("GetUser", "UpdateUser", "DeleteUser", "GetUserPolicy", "DeleteUserPolicy", "ListUserPolicies")
    yield allow(actions("iam", *user, "ListGroupsForUser", "ListUserTags", "TagUser", "UntagUser"), users)


def _transcoding(place: Place) -> Iterator[Statement]:
    """MediaConvert's queue, and the preset, which CloudFormation creates with the role's permissions."""
    # Service authorization reference, "AWS Elemental MediaConvert": these two have no resource.
    yield allow(actions("mediaconvert", "CreateQueue", "CreatePreset"), ["*"])
    queue = ("GetQueue", "UpdateQueue", "DeleteQueue", *_TAGS)
    yield allow(actions("mediaconvert", *queue), place.ours("mediaconvert", "queues/"))
    preset = ("GetPreset", "UpdatePreset", "DeletePreset", *_TAGS)
    yield allow(actions("mediaconvert", *preset), place.ours("mediaconvert", "presets/"))
    stack = ("CreateStack", "UpdateStack", "DeleteStack", "DescribeStacks", "DescribeStackEvents", "GetTemplate")
    yield allow(
        actions("cloudformation", *stack, "ListStackResources", "TagResource", "UntagResource"),
        [f"{arn}/*" for arn in place.ours("cloudformation", "stack/", "preset-*")],
    )


def images(place: Place) -> Iterator[Statement]:
    """Read images and tag the deployed one. No upload: the registries only have images pushed from main."""
    reading = ("DescribeImages", "BatchGetImage", "GetDownloadUrlForLayer", "GetRepositoryPolicy")
    repositories = [place.arn("ecr", f"repository/{name}") for name in REPOSITORIES.values()]
    yield allow(actions("ecr", *reading, "PutImage"), repositories)


_TAGS = ("ListTagsForResource", "TagResource", "UntagResource")
