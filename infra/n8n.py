"""n8n's identity in the account: it may knock at the door and nothing else."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.function import ImageFunction
from infra.policies import allow, document


class N8nInvoker(pulumi.ComponentResource):
    """A user without a key: a person makes one in the console, so that it never passes through Pulumi's state."""

    def __init__(
        self, name: str, user_name: str, door: ImageFunction, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("vcp:n8n:N8nInvoker", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        user = aws.iam.User(f"{name}-user", name=user_name, opts=child)
        # n8n's AWS Lambda node always names the qualifier $LATEST, which makes it another resource to IAM.
        knock = allow(["lambda:InvokeFunction"], [door.arn, pulumi.Output.concat(door.arn, ":$LATEST")])
        policy = aws.iam.UserPolicy(
            f"{name}-policy", name="invoke-door", user=user.name, policy=document(knock), opts=child
        )
        self.user_name = user.name
        self.policy_name = policy.name
        self.register_outputs({"userName": self.user_name})
