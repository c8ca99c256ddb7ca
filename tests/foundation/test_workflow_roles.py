"""Which roles a workflow run may assume, by the claims of its token."""

from __future__ import annotations

import json

import pytest

from foundation.github import HOST
from foundation.names import IMAGES_ROLE, PREVIEW_ROLE, deploy_role
from tests.foundation.harness import REPOSITORY, allows, assumable, roles, run, statements, token
from tests.infra.harness import ACCOUNT, REGION, Run

OURS = ("repo:studio/pipeline", "repo:studio@1234/pipeline@5678")
MAIN = {"ref": "refs/heads/main"}
MEDIA = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/vcp/media"
STATE = f"arn:aws:s3:::vcp-state-{ACCOUNT}-{REGION}"


@pytest.mark.parametrize("ours", OURS)
def test_a_push_to_main_may_push_images_and_deploy_dev(foundation: Run, ours: str) -> None:
    assert assumable(foundation, token(f"{ours}:ref:refs/heads/main", **MAIN)) == {IMAGES_ROLE, deploy_role("dev")}


@pytest.mark.parametrize("ours", OURS)
def test_an_approved_job_of_main_may_deploy_prod_and_nothing_else(foundation: Run, ours: str) -> None:
    assert assumable(foundation, token(f"{ours}:environment:prod", environment="prod", **MAIN)) == {deploy_role("prod")}


@pytest.mark.parametrize("ours", OURS)
def test_a_pull_request_may_only_preview(foundation: Run, ours: str) -> None:
    assert assumable(foundation, token(f"{ours}:pull_request", ref="refs/pull/7/merge")) == {PREVIEW_ROLE}


@pytest.mark.parametrize(
    ("sub", "claims"),
    [
        ("repo:studio/pipeline:ref:refs/heads/feature", {"ref": "refs/heads/feature"}),
        ("repo:studio/pipeline:ref:refs/heads/main-2", {"ref": "refs/heads/main-2"}),
        ("repo:studio/pipeline:ref:refs/tags/main", {"ref": "refs/tags/main"}),
        ("repo:studio/pipeline:environment:prod", {"ref": "refs/heads/feature"}),
        ("repo:studio/pipeline:environment:prod", {}),
        ("repo:studio/pipeline:environment:production", MAIN),
        ("repo:studio/pipeline:environment:dev", MAIN),
        ("repo:studio/pipeline", MAIN),
        # A fork, and what runs in it.
        ("repo:stranger/pipeline:pull_request", {"repository_id": "9999"}),
        ("repo:stranger/pipeline:ref:refs/heads/main", {"repository_id": "9999", **MAIN}),
        # Other repositories of the same owner, or with similar names.
        ("repo:studio/website:ref:refs/heads/main", {"repository_id": "9999", **MAIN}),
        ("repo:studio/pipeline-2:ref:refs/heads/main", {"repository_id": "9999", **MAIN}),
        ("repo:Studio/Pipeline:ref:refs/heads/main", {"repository_id": "9999", **MAIN}),
        # Another owner has the name now.
        ("repo:studio/pipeline:ref:refs/heads/main", {"repository_id": "9999", **MAIN}),
        ("repo:studio@77/pipeline@9999:ref:refs/heads/main", {"repository_id": "9999", **MAIN}),
        # A token for another audience.
        ("repo:studio/pipeline:ref:refs/heads/main", {"aud": "https://github.com/studio", **MAIN}),
    ],
)
def test_any_other_run_may_assume_no_role(foundation: Run, sub: str, claims: dict[str, str]) -> None:
    assert assumable(foundation, token(sub, **claims)) == set()


@pytest.mark.parametrize("claim", ["aud", "sub", "repository_id"])
def test_a_token_without_a_claim_may_assume_no_role(foundation: Run, claim: str) -> None:
    claims = token("repo:studio/pipeline:ref:refs/heads/main", **MAIN)
    del claims[f"{HOST}:{claim}"]
    assert assumable(foundation, claims) == set()


def test_roles_are_assumed_only_with_tokens_and_for_an_hour(foundation: Run) -> None:
    assert {name for name, _ in roles(foundation)} == {
        IMAGES_ROLE,
        PREVIEW_ROLE,
        "vcp-ci-deploy-dev",
        "vcp-ci-deploy-prod",
    }
    for _, role in roles(foundation):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert statement["Action"] == ["sts:AssumeRoleWithWebIdentity"]
        assert statement["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"}
        assert set(statement["Condition"]) == {"StringEquals"}  # no wildcards
        assert role.inputs["maxSessionDuration"] == 3600


def test_a_preview_reads_the_state_of_dev_and_changes_nothing(foundation: Run) -> None:
    held = statements(foundation, PREVIEW_ROLE)
    assert {action for statement in held for action in statement["Action"]} == {
        "s3:GetObject",
        "s3:ListBucket",
        "kms:Decrypt",
        "kms:DescribeKey",
    }
    assert allows(held, "s3:GetObject", f"{STATE}/dev/.pulumi/stacks/vcp/dev.json")
    assert allows(held, "s3:ListBucket", STATE, {"s3:prefix": "dev/.pulumi/stacks/"})
    assert not allows(held, "s3:GetObject", f"{STATE}/prod/.pulumi/stacks/vcp/prod.json")
    assert not allows(held, "s3:ListBucket", STATE, {"s3:prefix": "prod/"})
    assert not allows(held, "s3:ListBucket", STATE)
    assert allows(held, "kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/dev-state-key")
    assert not allows(held, "kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/prod-state-key")


def test_the_images_role_may_push_images_and_nothing_else(foundation: Run) -> None:
    held = statements(foundation, IMAGES_ROLE)
    actions = {action for statement in held for action in statement["Action"]}
    assert {action.partition(":")[0] for action in actions} == {"ecr"}
    for action in (
        "InitiateLayerUpload",
        "UploadLayerPart",
        "CompleteLayerUpload",
        "PutImage",
        "BatchCheckLayerAvailability",
    ):
        assert allows(held, f"ecr:{action}", MEDIA)
        assert not allows(held, f"ecr:{action}", MEDIA.replace("vcp/media", "another/repository"))
    assert allows(held, "ecr:GetAuthorizationToken", "*")
    for action in (
        "BatchDeleteImage",
        "DeleteRepository",
        "PutLifecyclePolicy",
        "PutImageTagMutability",
        "SetRepositoryPolicy",
    ):
        assert not allows(held, f"ecr:{action}", MEDIA)


def test_any_stack_other_than_dev_needs_an_approval() -> None:
    made = run({**REPOSITORY, "stacks": '["dev", "prod", "dubbing"]'})
    assert assumable(made, token("repo:studio/pipeline:environment:dubbing", **MAIN)) == {deploy_role("dubbing")}


def test_the_deployed_branch_is_configurable() -> None:
    made = run({**REPOSITORY, "branch": "trunk"})
    assert assumable(made, token("repo:studio/pipeline:ref:refs/heads/main", **MAIN)) == set()
    assert deploy_role("dev") in assumable(
        made, token("repo:studio/pipeline:ref:refs/heads/trunk", ref="refs/heads/trunk")
    )


def test_uses_an_existing_identity_provider() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"
    made = run({**REPOSITORY, "githubProvider": arn})
    assert not made.of("iam/openIdConnectProvider:OpenIdConnectProvider")
    assert all(arn in role.inputs["assumeRolePolicy"] for _, role in roles(made))


def test_without_a_repository_there_are_no_roles() -> None:
    made = run()
    assert not made.of("iam/role:Role")
    assert not made.of("iam/openIdConnectProvider:OpenIdConnectProvider")
    assert {r.inputs["name"] for r in made.of("ecr/repository:Repository")} == {"vcp/media", "vcp/core"}


def test_creates_no_access_keys(foundation: Run) -> None:
    assert not [r.type for r in foundation.resources if "accessKey" in r.type or "iam/user" in r.type]
