"""One Lambda function out of a container image: its role, its log group, its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.policies import Statement, allow, allow_service, document
from vcp.wire.environment import environment_of


@dataclass(frozen=True)
class ImageFunctionArgs:
    """One function. `key` names its module in `vcp.handlers` and its settings model."""

    key: str
    function_name: str
    role_name: str
    description: str
    #: By digest: <ECR repository>@sha256:...
    image_uri: str
    #: Field of the settings model -> value, which may be an output.
    settings: Mapping[str, Any]
    memory_mb: int
    timeout_seconds: int
    log_days: int


class ImageFunction(pulumi.ComponentResource):
    """A function that may write its own log and nothing else; the rest is granted by what it uses.

    Raises `WrongEnvironmentError` before any resource of its own when its environment is not what the settings model
    of the function asks for.
    """

    def __init__(self, name: str, args: ImageFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        variables = environment_of(args.key, args.settings)
        super().__init__("vcp:function:ImageFunction", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name = name
        self.role = aws.iam.Role(
            f"{name}-role",
            name=args.role_name,
            description=f"What {args.function_name} may do",
            assume_role_policy=document(allow_service("lambda.amazonaws.com", ["sts:AssumeRole"], None, None)),
            opts=child,
        )
        self.log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs", name=f"/aws/lambda/{args.function_name}", retention_in_days=args.log_days, opts=child
        )
        #: Grants so far; what Lambda checks at creation (a mapping, a destination) has to wait for them.
        self.grants: list[aws.iam.RolePolicy] = []
        streams_of_log = pulumi.Output.concat(self.log_group.arn, ":*")
        self.allow("write-log", allow(["logs:CreateLogStream", "logs:PutLogEvents"], [streams_of_log]))
        self.function = aws.lambda_.Function(
            f"{name}-function",
            name=args.function_name,
            description=args.description,
            role=self.role.arn,
            package_type="Image",
            image_uri=args.image_uri,
            image_config={"commands": [f"vcp.handlers.{args.key}.handler"]},
            environment={"variables": variables},
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            logging_config={"log_format": "Text", "log_group": self.log_group.name},
            opts=child,
        )
        self.key = args.key
        self.arn = self.function.arn
        self.function_name = self.function.name
        self.register_outputs({"arn": self.arn, "name": self.function_name})

    def allow(self, what: str, *statements: Statement) -> None:
        """Let the function do this. `what` names the grant, such as `read-temp`; it must be the function's only one
        of that name. Called by the component that owns the resource."""
        policy = aws.iam.RolePolicy(
            f"{self._name}-{what}",
            name=what,
            role=self.role.name,
            policy=document(*statements),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.grants.append(policy)

    def grant_invoke(self, function: ImageFunction) -> None:
        """Let another function of this stack invoke this one."""
        function.allow(f"invoke-{self.key.replace('_', '-')}", allow(["lambda:InvokeFunction"], [self.arn]))
