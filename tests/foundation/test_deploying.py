"""A role that deploys a stack can manage its resources, none of another stack, and cannot extend its permissions."""

from __future__ import annotations

import json

import pytest

from foundation.names import boundary_arn, deploy_role
from tests.foundation.harness import REPOSITORY, allows, run, statements
from tests.foundation.needs import CALLS, arn_of, needs
from tests.infra.harness import ACCOUNT, REGION, Run

#: IAM, "IAM and AWS STS quotas": characters of a managed policy, white space apart, and policies of a role.
POLICY_CHARACTERS = 6144
POLICIES_OF_A_ROLE = 10


def other(stack: str) -> str:
    return "prod" if stack == "dev" else "dev"


def test_may_manage_every_resource_of_the_program(stack: tuple[str, Run], foundation: Run) -> None:
    name, made = stack
    held = statements(foundation, deploy_role(name))
    resources = [resource for resource in made.resources if resource.type.startswith("aws:")]
    assert len(resources) > 60
    denied = [
        (action, arn)
        for resource in resources
        for action, arn, context in needs(resource, boundary_arn(ACCOUNT, name))
        if not allows(held, action, arn, context)
    ]
    assert denied == []


def test_every_type_of_the_program_has_calls_here(stack: tuple[str, Run]) -> None:
    types = {r.type.removeprefix("aws:") for r in stack[1].resources if r.type.startswith("aws:")}
    assert types == set(CALLS)


def test_may_not_touch_another_stack(stack: tuple[str, Run], foundation: Run) -> None:
    name, made = stack
    held = statements(foundation, deploy_role(other(name)))
    shared = {
        "logs:DescribeLogGroups",
        "cloudwatch:DescribeAlarms",
        "mediaconvert:CreateQueue",
        "mediaconvert:CreatePreset",
    }
    touched = [
        (action, arn)
        for resource in made.resources
        if resource.type.startswith("aws:")
        for action, arn, context in needs(resource, boundary_arn(ACCOUNT, name))
        if action not in shared and "event-source-mapping:" not in arn and allows(held, action, arn, context)
    ]
    assert touched == []
    assert not allows(held, "s3:GetObject", f"arn:aws:s3:::vcp-state-{ACCOUNT}-{REGION}/{name}/.pulumi/meta.yaml")
    (key,) = (k for k in foundation.of("kms/key:Key") if k.name.startswith(name))
    assert not allows(held, "kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key.name}")


@pytest.mark.parametrize(
    "boundary",
    [None, f"arn:aws:iam::{ACCOUNT}:policy/vcp-boundary-prod", "arn:aws:iam::aws:policy/AdministratorAccess"],
)
@pytest.mark.parametrize("action", ["CreateRole", "PutRolePolicy", "PutRolePermissionsBoundary"])
def test_roles_need_the_permissions_boundary(foundation: Run, action: str, boundary: str | None) -> None:
    held = statements(foundation, deploy_role("dev"))
    context = {"iam:PermissionsBoundary": boundary} if boundary else {}
    role = f"arn:aws:iam::{ACCOUNT}:role/vcp-dev-new"
    assert not allows(held, f"iam:{action}", role, context)
    assert allows(held, f"iam:{action}", role, {"iam:PermissionsBoundary": boundary_arn(ACCOUNT, "dev")})


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreatePolicyVersion", boundary_arn(ACCOUNT, "dev")),
        ("iam:DeletePolicy", boundary_arn(ACCOUNT, "dev")),
        ("iam:DeleteRolePermissionsBoundary", f"arn:aws:iam::{ACCOUNT}:role/vcp-dev-video-transfer"),
        ("iam:AttachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/vcp-ci-deploy-dev"),
        ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/vcp-ci-deploy-prod"),
        ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/vcp-dev-n8n"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/another"),
        ("s3:DeleteBucket", f"arn:aws:s3:::vcp-dev-compressed-{ACCOUNT}-{REGION}"),
        ("s3:GetObject", f"arn:aws:s3:::vcp-dev-compressed-{ACCOUNT}-{REGION}/videos/x/0001/out.mp4"),
        ("dynamodb:DeleteTable", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/vcp-dev-ledger"),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/vcp-dev-ledger"),
        ("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:vcp-dev-transfers"),
        ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:video-file-processor-dev"),
        ("ecr:InitiateLayerUpload", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/vcp/media"),
        ("ecr:SetRepositoryPolicy", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/vcp/media"),
        ("ecr:BatchDeleteImage", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/vcp/media"),
        ("kms:ScheduleKeyDeletion", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/dev-state-key"),
    ],
)
def test_may_not(foundation: Run, action: str, resource: str) -> None:
    held = statements(foundation, deploy_role("dev"))
    bounded = {"iam:PermissionsBoundary": boundary_arn(ACCOUNT, "dev"), "iam:PassedToService": "lambda.amazonaws.com"}
    assert not allows(held, action, resource, bounded)


def test_the_boundary_allows_everything_that_identities_are_granted(stack: tuple[str, Run], foundation: Run) -> None:
    name, made = stack
    (policy,) = (p for p in foundation.of("iam/policy:Policy") if p.inputs["name"] == f"vcp-boundary-{name}")
    bound = json.loads(policy.inputs["policy"])["Statement"]
    granted = [p for kind in ("rolePolicy:RolePolicy", "userPolicy:UserPolicy") for p in made.of(f"iam/{kind}")]
    assert len(granted) > 20
    blocked = [
        (action, resource)
        for grant in granted
        for statement in json.loads(grant.inputs["policy"])["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
        if not allows(
            bound, action, resource, {k: v for c in statement.get("Condition", {}).values() for k, v in c.items()}
        )
    ]
    assert blocked == []


def test_the_boundary_allows_nothing_in_another_stack(stack: tuple[str, Run], foundation: Run) -> None:
    name, made = stack
    (policy,) = (p for p in foundation.of("iam/policy:Policy") if p.inputs["name"] == f"vcp-boundary-{other(name)}")
    bound = json.loads(policy.inputs["policy"])["Statement"]
    for kind in ("dynamodb/table:Table", "sqs/queue:Queue", "sns/topic:Topic", "lambda/function:Function"):
        for resource in made.of(kind):
            for verb in ("dynamodb:GetItem", "sqs:SendMessage", "sns:Publish", "lambda:InvokeFunction"):
                assert not allows(bound, verb, arn_of(resource))
    for verb in ("iam:CreateRole", "iam:PutRolePolicy", "sts:AssumeRole", "kms:Decrypt", "s3:DeleteBucket"):
        assert not allows(bound, verb, f"arn:aws:iam::{ACCOUNT}:role/vcp-{other(name)}-transcode")


def test_policies_fit_the_limits_of_iam_with_long_names() -> None:
    longest = run(
        {**REPOSITORY, "aws:region": "ap-southeast-2", "stacks": '["dev", "as-long-as-it-can-be"]', "bareNames": ""}
    )
    policies = longest.of("iam/policy:Policy")
    for policy in policies:
        assert len("".join(policy.inputs["policy"].split())) <= POLICY_CHARACTERS, policy.name
    attached = longest.of("iam/rolePolicyAttachment:RolePolicyAttachment")
    for role in longest.of("iam/role:Role"):
        assert 1 <= sum(a.inputs["role"] == role.inputs["name"] for a in attached) <= POLICIES_OF_A_ROLE
