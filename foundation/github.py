"""GitHub's workflows as identities of the account: by a token of the run, so that no key is kept anywhere.

Which run it is stands in the token's claims (GitHub documentation, "OpenID Connect reference"). `sub` names repository
and branch, environment or event; repositories made since July 2026 have the owner's and the repository's ids in it.
The ids are asked for in either form, since a name can be given up and taken by somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.policies import Statement, document

HOST = "token.actions.githubusercontent.com"
#: What the official action asks its tokens for.
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True)
class Repository:
    """A repository and the branch that is deployed."""

    name: str
    owner_id: str
    repository_id: str
    branch: str

    def subjects(self, run: str) -> list[str]:
        """`sub` of a kind of run, such as `pull_request` or `environment:prod`, in both forms."""
        owner, repository = self.name.split("/")
        immutable = f"{owner}@{self.owner_id}/{repository}@{self.repository_id}"
        return [f"repo:{self.name}:{run}", f"repo:{immutable}:{run}"]


@dataclass(frozen=True)
class Runs:
    """Which runs of the repository's workflows: what their token says of itself."""

    subject: str
    #: The ref that it runs on, where the subject does not say it.
    ref: str | None = None


def on_branch(repository: Repository) -> Runs:
    """Pushes to the deployed branch, or a person who starts a workflow on it; in no environment."""
    return Runs(f"ref:refs/heads/{repository.branch}")


def approved(repository: Repository, stack: str) -> Runs:
    """Jobs in the environment named after the stack, which GitHub starts after approval; of the deployed branch."""
    return Runs(f"environment:{stack}", f"refs/heads/{repository.branch}")


def on_pull_request() -> Runs:
    """Pull requests. Those from forks get no token from GitHub at all."""
    return Runs("pull_request")


def provider(given_arn: str) -> pulumi.Output[str]:
    """ARN of GitHub's identity provider. An account can have one: it is made unless its ARN is given."""
    if given_arn:
        return pulumi.Output.from_input(given_arn)
    # Without thumbprints: AWS checks GitHub's certificate by its own store of authorities.
    made = aws.iam.OpenIdConnectProvider(
        "github", url=f"https://{HOST}", client_id_lists=[AUDIENCE], opts=pulumi.ResourceOptions(protect=True)
    )
    return made.arn


def trust(provider_arn: pulumi.Output[str], repository: Repository, runs: Runs) -> pulumi.Output[str]:
    """Who may take on a role. Every condition must hold, and a claim that is not there fulfils none."""
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
    """A role for runs of workflows."""

    role_name: str
    description: str
    assume_role_policy: pulumi.Output[str]
    #: What a policy is about, the end of its name -> its statements, which may contain outputs.
    grants: dict[str, list[Statement]]


class WorkflowRole(pulumi.ComponentResource):
    """A role that some runs of the repository's workflows can take on for an hour."""

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
            # Managed ones: IAM takes 6,144 characters in each of these, but 10,240 in all inline ones together.
            policy = aws.iam.Policy(
                f"{name}-{what}", name=f"{args.role_name}-{what}", policy=document(*statements), opts=child
            )
            aws.iam.RolePolicyAttachment(f"{name}-{what}", role=self.role.name, policy_arn=policy.arn, opts=child)
        self.arn = self.role.arn
        self.register_outputs({"arn": self.arn})
