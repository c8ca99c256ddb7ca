"""Roles that GitHub workflow runs assume with their OIDC token, so that no key is stored anywhere.

The token's claims identify the run (GitHub documentation, "OpenID Connect reference"). `sub` has repository and branch,
environment or event; for repositories created since July 2026 also the ids of owner and repository. The ids are
required in both forms, since a name can be taken over by another owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.policies import Statement, document

HOST = "token.actions.githubusercontent.com"
#: Audience of the official action's tokens.
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True)
class Repository:
    """A repository and the branch that is deployed."""

    name: str
    owner_id: str
    repository_id: str
    branch: str

    def subjects(self, run: str) -> list[str]:
        """Return `sub` of a kind of run, such as `pull_request` or `environment:prod`, in both forms."""
        owner, repository = self.name.split("/")
        immutable = f"{owner}@{self.owner_id}/{repository}@{self.repository_id}"
        return [f"repo:{self.name}:{run}", f"repo:{immutable}:{run}"]


@dataclass(frozen=True)
class Runs:
    """Workflow runs, by the claims of their tokens."""

    subject: str
    #: The ref, if it is not part of the subject.
    ref: str | None = None


def on_branch(repository: Repository) -> Runs:
    """Return runs on the deployed branch without an environment: pushes, and workflows that are started manually."""
    return Runs(f"ref:refs/heads/{repository.branch}")


def approved(repository: Repository, stack: str) -> Runs:
    """Return jobs of the deployed branch in the stack's environment, which GitHub starts after approval."""
    return Runs(f"environment:{stack}", f"refs/heads/{repository.branch}")


def on_pull_request() -> Runs:
    """Return pull requests. Those from forks get no token from GitHub."""
    return Runs("pull_request")


def provider(given_arn: str) -> pulumi.Output[str]:
    """Return the ARN of GitHub's identity provider; create it unless it is given: an account can have only one."""
    if given_arn:
        return pulumi.Output.from_input(given_arn)
    # Without thumbprints: AWS verifies GitHub's certificate with its own trust store.
    created = aws.iam.OpenIdConnectProvider(
        "github", url=f"https://{HOST}", client_id_lists=[AUDIENCE], opts=pulumi.ResourceOptions(protect=True)
    )
    return created.arn


def trust(provider_arn: pulumi.Output[str], repository: Repository, runs: Runs) -> pulumi.Output[str]:
    """Return a role's trust policy. All conditions must hold; a missing claim fulfills none."""
    claims: dict[str, Any] = {
        f"{HOST}:aud": AUDIENCE,
        f"{HOST}:sub": repository.subjects(runs.subject),
        f"{HOST}:repository_id": repository.repository_id,
    }
    if runs.ref:
        claims[f"{HOST}:ref"] = runs.ref
    statement: Statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": ["sts:AssumeRoleWithWebIdentity"],
        "Condition": {"StringEquals": claims},
    }
    return document(statement)


@dataclass(frozen=True)
class WorkflowRoleArgs:
    """A role for workflow runs."""

    role_name: str
    description: str
    assume_role_policy: pulumi.Output[str]
    #: Policy name without the role's -> statements, which may contain outputs.
    grants: dict[str, list[Statement]]


class WorkflowRole(pulumi.ComponentResource):
    """A role that workflow runs can assume for an hour."""

    def __init__(self, name: str, args: WorkflowRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp-foundation:github:WorkflowRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.role = aws.iam.Role(
            f"{name}-role",
            name=args.role_name,
            description=args.description,
            assume_role_policy=args.assume_role_policy,
            max_session_duration=3600,
            opts=child,
        )
        for what, statements in args.grants.items():
            # Managed policies: IAM allows 6,144 characters in each, but 10,240 in all inline policies together.
            policy = aws.iam.Policy(
                f"{name}-{what}", name=f"{args.role_name}-{what}", policy=document(*statements), opts=child
            )
            aws.iam.RolePolicyAttachment(f"{name}-{what}", role=self.role.name, policy_arn=policy.arn, opts=child)
        self.arn = self.role.arn
        self.register_outputs({"arn": self.arn})
