"""n8n's identity in the account: it may invoke the intake and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.function import ImageFunction
from infra.policies import allow, document


@dataclass(frozen=True)
class N8nUserArgs:
    """The user and what it may invoke."""

    user_name: str
    intake: ImageFunction
    permissions_boundary: str | None


class N8nUser(pulumi.ComponentResource):
    """A user without a key: an operator creates one in the console, so that it is never in Pulumi's state."""

    def __init__(self, name: str, args: N8nUserArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:n8n_user:N8nUser", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        user = aws.iam.User(
            f"{name}-user", name=args.user_name, permissions_boundary=args.permissions_boundary, opts=child
        )
        arn = args.intake.arn
        # n8n's AWS Lambda node always names the qualifier $LATEST, which IAM treats as a resource of its own.
        invoke = allow(["lambda:InvokeFunction"], [arn, pulumi.Output.concat(arn, ":$LATEST")])
        policy = aws.iam.UserPolicy(
            f"{name}-policy", name="invoke-intake", user=user.name, policy=document(invoke), opts=child
        )
        self.user_name = user.name
        self.policy_name = policy.name
        self.register_outputs({"userName": self.user_name})
