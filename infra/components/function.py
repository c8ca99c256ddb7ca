"""A Lambda function from a container image, with its role, log group and environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.components.alarms import Alarm
from infra.components.failure_queue import FailureQueue, FailureQueueArgs
from infra.policies import Grant, allow, allow_service, document
from vcp.wire.environment import environment_of


@dataclass(frozen=True)
class ImageFunctionArgs:
    """One function. `key` names its handler and its settings model."""

    key: str
    function_name: str
    role_name: str
    description: str
    #: By digest: <ECR repository>@sha256:...
    image_uri: str
    #: Field of the settings model -> value, except for those that come with the grants.
    settings: Mapping[str, Any]
    memory_mb: int
    timeout_seconds: int
    log_days: int
    #: Everything that the function may do, apart from writing its log.
    grants: Sequence[Grant]
    #: For events that Lambda accepted and the function failed to handle; None for callers that wait for the answer.
    failure_queue_name: str | None
    permissions_boundary: str | None


class ImageFunction(pulumi.ComponentResource):
    """A function that is created after all of its grants.

    Raises `WrongEnvironmentError` before any resource of its own if its environment is not exactly what the function's
    settings model requires.
    """

    def __init__(self, name: str, args: ImageFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        granted = {field: value for grant in args.grants for field, value in grant.settings.items()}
        variables = environment_of(args.key, {**granted, **args.settings})
        super().__init__("vcp:function:ImageFunction", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-role",
            name=args.role_name,
            description=f"Permissions of {args.function_name}",
            assume_role_policy=document(allow_service("lambda.amazonaws.com", ["sts:AssumeRole"])),
            permissions_boundary=args.permissions_boundary,
            opts=child,
        )
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-logs", name=f"/aws/lambda/{args.function_name}", retention_in_days=args.log_days, opts=child
        )
        log_streams = pulumi.Output.concat(log_group.arn, ":*")
        self.failures: FailureQueue | None = None
        grants = list(args.grants)
        if args.failure_queue_name:
            self.failures = FailureQueue(f"{name}-failures", FailureQueueArgs(args.failure_queue_name), opts=child)
            grants.append(self.failures.send())
        write_log = Grant("write-log", [allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_streams])])
        policies = [
            aws.iam.RolePolicy(
                f"{name}-{grant.name}", name=grant.name, role=role.name, policy=document(*grant.statements), opts=child
            )
            for grant in (write_log, *grants)
        ]
        function = aws.lambda_.Function(
            f"{name}-function",
            name=args.function_name,
            description=args.description,
            role=role.arn,
            package_type="Image",
            image_uri=args.image_uri,
            image_config={"commands": [f"vcp.handlers.{args.key}.handler"]},
            environment={"variables": variables},
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            logging_config={"log_format": "Text", "log_group": log_group.name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
        )
        self.name = name
        self.key = args.key
        self.arn = function.arn
        self.function_name = function.name
        self.alarms = [
            Alarm(
                f"{name}-errors",
                "A function failed; see its log.",
                ("AWS/Lambda", "Errors", "Sum", 0),
                {"FunctionName": self.function_name},
            )
        ]
        self.register_outputs({"arn": self.arn, "name": self.function_name})

    @property
    def failure_queue(self) -> FailureQueue:
        """The queue for events that the function failed to handle. Raises `ValueError` if it has none."""
        if self.failures is None:
            raise ValueError(f"{self.name} has no failure queue")
        return self.failures

    def invoke(self) -> Grant:
        """Invoke this function."""
        return Grant(
            f"invoke-{self.key}",
            [allow(["lambda:InvokeFunction"], [self.arn])],
            {f"{self.key}_function": self.function_name},
        )
