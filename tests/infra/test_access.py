"""Each identity may do exactly what it needs, on exactly the resources that it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.harness import ACCOUNT, REGION, WHOLE, Run, run

TEMP = f"arn:aws:s3:::vcp-test-temp-{ACCOUNT}-{REGION}"
COMPRESSED = f"arn:aws:s3:::vcp-test-compressed-{ACCOUNT}-{REGION}"


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


TABLE = arn("dynamodb", "table/vcp-test-ledger")
STREAM = f"{TABLE}/stream/2026-01-01T00:00:00.000"
TRANSFERS = arn("sqs", "vcp-test-transfers")
JOB_QUEUE = arn("mediaconvert", "queues/vcp-test-transcode")
GOOGLE_KEY = arn("secretsmanager", "secret:vcp-test-google-key-2026-AbCdEf")
WRITES_LEDGER = {f"dynamodb:{action}": {TABLE} for action in ("GetItem", "PutItem", "UpdateItem")}
READS_STREAM = {f"dynamodb:{action}": {STREAM} for action in ("DescribeStream", "GetRecords", "GetShardIterator")} | {
    "dynamodb:ListStreams": {f"{TABLE}/stream/*"}
}
READS_GOOGLE_KEY = {"secretsmanager:GetSecretValue": {GOOGLE_KEY}}
SUBMITS = {
    "mediaconvert:CreateJob": {JOB_QUEUE},
    "mediaconvert:ListJobs": {JOB_QUEUE},
    "mediaconvert:GetJob": {arn("mediaconvert", "jobs/*")},
    "iam:PassRole": {f"arn:aws:iam::{ACCOUNT}:role/vcp-test-transcode"},
}


#: Functions that the reconciler invokes.
INVOKED = ("completion-handler", "video-file-processor")


def fails_into(role: str) -> dict[str, set[str]]:
    return {"sqs:SendMessage": {arn("sqs", f"vcp-test-{role}-failures")}}


EXPECTED: dict[str, Mapping[str, set[str]]] = {
    "video-file-processor": WRITES_LEDGER | READS_GOOGLE_KEY | {"sqs:SendMessage": {TRANSFERS}},
    "video-transfer": WRITES_LEDGER
    | READS_GOOGLE_KEY
    | SUBMITS
    | {
        "dynamodb:DeleteItem": {TABLE},
        "sqs:ReceiveMessage": {TRANSFERS},
        "sqs:DeleteMessage": {TRANSFERS},
        "sqs:GetQueueAttributes": {TRANSFERS},
        "sqs:ChangeMessageVisibility": {TRANSFERS},
        "s3:GetObject": {f"{TEMP}/incoming/*"},
        "s3:PutObject": {f"{TEMP}/incoming/*"},
        "s3:AbortMultipartUpload": {f"{TEMP}/incoming/*"},
        "s3:ListMultipartUploadParts": {f"{TEMP}/incoming/*"},
        "s3:DeleteObject": {f"{TEMP}/incoming/*"},
        "s3:ListBucket": {TEMP},
    },
    "completion-handler": WRITES_LEDGER
    | SUBMITS
    | fails_into("completion-handler")
    | {
        "dynamodb:DeleteItem": {TABLE},
        "s3:GetObject": {f"{TEMP}/staging/*", f"{COMPRESSED}/videos/*"},
        "s3:DeleteObject": {f"{TEMP}/staging/*", f"{TEMP}/incoming/*"},
        "s3:PutObject": {f"{COMPRESSED}/videos/*"},
        "s3:AbortMultipartUpload": {f"{COMPRESSED}/videos/*"},
        "s3:ListMultipartUploadParts": {f"{COMPRESSED}/videos/*"},
        "s3:ListBucket": {TEMP, COMPRESSED},
    },
    "MetaDataLogger": READS_STREAM
    | fails_into("MetaDataLogger")
    | {
        "dynamodb:GetItem": {TABLE},
        "secretsmanager:GetSecretValue": {arn("secretsmanager", "secret:vcp-test-airtable-token-2026-AbCdEf")},
    },
    "video-notifier": WRITES_LEDGER
    | READS_STREAM
    | fails_into("video-notifier")
    | {"sns:Publish": {arn("sns", "vcp-test-mails")}},
    "video-reconciler": WRITES_LEDGER
    | READS_GOOGLE_KEY
    | {
        "dynamodb:BatchGetItem": {TABLE},
        "dynamodb:Query": {f"{TABLE}/index/due"},
        "sqs:SendMessage": {TRANSFERS, arn("sqs", "vcp-test-video-reconciler-failures")},
        "lambda:InvokeFunction": {arn("lambda", f"function:{name}-test") for name in INVOKED},
        "mediaconvert:GetJob": {arn("mediaconvert", "jobs/*")},
    },
    "transcode": {
        "s3:GetObject": {f"{TEMP}/incoming/*"},
        "s3:PutObject": {f"{TEMP}/staging/*"},
        "s3:AbortMultipartUpload": {f"{TEMP}/staging/*"},
        "s3:ListMultipartUploadParts": {f"{TEMP}/staging/*"},
        "s3:ListBucket": {TEMP},
    },
}


def granted(run: Run, role: str) -> dict[str, set[str]]:
    """Return action -> resources from all policies of a role."""
    actions: dict[str, set[str]] = {}
    for policy in run.of("iam/rolePolicy:RolePolicy"):
        if policy.inputs["role"] != role:
            continue
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            assert statement["Effect"] == "Allow"
            for action in statement["Action"]:
                actions.setdefault(action, set()).update(statement["Resource"])
    return actions


@pytest.mark.parametrize("role", EXPECTED)
def test_each_role_may_do_exactly_what_it_needs(whole: Run, role: str) -> None:
    actions = granted(whole, f"vcp-test-{role}")
    presets = actions.pop("mediaconvert:GetPreset", set())
    logs = {action: actions.pop(action, None) for action in ("logs:CreateLogStream", "logs:PutLogEvents")}
    assert actions == EXPECTED[role]
    if "mediaconvert:CreateJob" in actions:
        stack = whole.of("cloudformation/stack:Stack")[0]
        name = json.loads(stack.inputs["templateBody"])["Resources"]["Preset"]["Properties"]["Name"]
        assert presets == {arn("mediaconvert", f"presets/{name}")}
    if role != "transcode":
        own = {arn("logs", f"log-group:/aws/lambda/{role}-test:*")}
        assert logs == {"logs:CreateLogStream": own, "logs:PutLogEvents": own}


def test_without_a_watched_folder_the_reconciler_may_not_read_drive_or_invoke_the_intake() -> None:
    may = granted(run(), "vcp-test-video-reconciler")
    assert may["lambda:InvokeFunction"] == {arn("lambda", "function:completion-handler-test")}
    assert not may.keys() & {"secretsmanager:GetSecretValue", "dynamodb:BatchGetItem"}


def test_every_role_of_the_stack_is_expected_here(whole: Run) -> None:
    roles = {role.inputs["name"].removeprefix("vcp-test-") for role in whole.of("iam/role:Role")}
    assert roles == set(EXPECTED)
    assert not whole.of("iam/rolePolicyAttachment:RolePolicyAttachment")


def test_no_statement_has_a_wildcard_where_the_service_supports_arns(whole: Run) -> None:
    for name, statement in whole.policies():
        if statement["Effect"] == "Deny":
            continue
        assert "*" not in "".join(statement["Action"]), name
        for resource in statement.get("Resource", []):
            assert resource.startswith("arn:"), (name, resource)
            assert resource.count("*") == (1 if resource.endswith("*") else 0), (name, resource)


def test_functions_and_triggers_are_created_after_all_grants_of_the_function(whole: Run) -> None:
    dependencies = {resource.urn: set(resource.dependencies) for resource in whole.resources}
    triggers: dict[str, int] = {}
    for function in whole.of("lambda/function:Function"):
        role = function.inputs["role"].rsplit("/", 1)[1]
        grants = {p.urn for p in whole.of("iam/rolePolicy:RolePolicy") if p.inputs["role"] == role}
        assert len(grants) >= 3
        assert grants <= dependencies[function.urn], function.name
        for kind in (
            "lambda/eventSourceMapping:EventSourceMapping",
            "cloudwatch/eventTarget:EventTarget",
            "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        ):
            for trigger in whole.of(kind):
                invoked = str(trigger.inputs.get("functionName") or trigger.inputs["arn"]).rsplit(":", 1)[-1]
                if invoked == function.inputs["name"]:
                    triggers[kind] = triggers.get(kind, 0) + 1
                    assert {function.urn, *grants} <= dependencies[trigger.urn], trigger.name
    assert triggers == {
        "lambda/eventSourceMapping:EventSourceMapping": 3,
        "cloudwatch/eventTarget:EventTarget": 2,
        "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": 2,
    }


def test_events_come_after_the_rule_may_invoke_the_function_and_its_failures_have_a_queue(whole: Run) -> None:
    for target in whole.of("cloudwatch/eventTarget:EventTarget"):
        names = {urn.rsplit("::", 1)[1] for urn in target.dependencies}
        rule = target.name.removesuffix("-target")
        assert {f"{rule}-permission", f"{rule}-invoke-config", f"{rule}-undelivered-policy"} <= names


def test_only_services_may_assume_roles_and_only_for_this_stack(whole: Run) -> None:
    for role in whole.of("iam/role:Role"):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert statement["Action"] == ["sts:AssumeRole"]
        if role.inputs["name"] == "vcp-test-transcode":
            assert statement["Principal"] == {"Service": "mediaconvert.amazonaws.com"}
            assert statement["Condition"] == {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnEquals": {"aws:SourceArn": JOB_QUEUE},
            }
        else:
            assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_roles_are_passed_to_mediaconvert_only(whole: Run) -> None:
    passing = [s for _, s in whole.policies() if "iam:PassRole" in s["Action"]]
    assert len(passing) == 2
    for statement in passing:
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "mediaconvert.amazonaws.com"}}


def test_n8n_may_invoke_the_intake_and_nothing_else(whole: Run) -> None:
    (policy,) = whole.of("iam/userPolicy:UserPolicy")
    assert policy.inputs["user"] == whole.one("iam/user:User", "n8n-user").inputs["name"] == "vcp-test-n8n"
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    intake = arn("lambda", "function:video-file-processor-test")
    # n8n's Lambda node always names the qualifier.
    assert statement == {
        "Effect": "Allow",
        "Action": ["lambda:InvokeFunction"],
        "Resource": [intake, f"{intake}:$LATEST"],
    }
    assert not [r for r in whole.resources if "accessKey" in r.type]


def test_only_this_stacks_rules_may_invoke_functions(whole: Run) -> None:
    permissions = whole.of("lambda/permission:Permission")
    assert {(p.inputs["function"], p.inputs["principal"], p.inputs["sourceArn"]) for p in permissions} == {
        ("completion-handler-test", "events.amazonaws.com", arn("events", "rule/vcp-test-jobs")),
        ("video-reconciler-test", "events.amazonaws.com", arn("events", "rule/vcp-test-reconcile")),
    }


def test_secrets_are_only_in_secret_resources(whole: Run) -> None:
    marks = ("never-seen-in-plain", "patNeverSeenInPlain")
    seen: dict[str, Any] = {}
    for resource in whole.resources:
        text = json.dumps(resource.inputs)
        for mark in marks:
            if mark in text:
                assert resource.type == "aws:secretsmanager/secretVersion:SecretVersion"
                assert resource.secret_inputs == {"secretString"}
                seen[mark] = resource.name
    assert set(seen) == set(marks)
    assert not any(mark in json.dumps(whole.outputs) for mark in marks)


BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/vcp-boundary-test"


def test_every_role_and_user_has_the_permissions_boundary_if_one_is_configured(whole: Run) -> None:
    def boundaries(made: Run) -> dict[str, str | None]:
        identities = [*made.of("iam/role:Role"), *made.of("iam/user:User")]
        return {identity.inputs["name"]: identity.inputs.get("permissionsBoundary") for identity in identities}

    unbounded = boundaries(whole)
    assert set(unbounded.values()) == {None}
    assert boundaries(run({**WHOLE, "permissionsBoundary": BOUNDARY})) == dict.fromkeys(unbounded, BOUNDARY)
