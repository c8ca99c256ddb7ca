"""Secrets Manager: a function gets a secret's ARN and reads the value itself."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pydantic import SecretStr

from infra.policies import Grant, allow

#: The shortest recovery window of a deleted secret (Secrets Manager, DeleteSecret).
RECOVERY_DAYS = 7


@dataclass(frozen=True)
class StoredSecretArgs:
    """A secret's value. Pulumi completes the name: a fixed one stays reserved during the recovery window."""

    name_prefix: str
    description: str
    value: SecretStr


class StoredSecret(pulumi.ComponentResource):
    """One secret. Its value is encrypted in Pulumi's state, and in no environment, log or output."""

    def __init__(self, name: str, args: StoredSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:secret:StoredSecret", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        secret = aws.secretsmanager.Secret(
            f"{name}-secret",
            name_prefix=f"{args.name_prefix}-",
            description=args.description,
            recovery_window_in_days=RECOVERY_DAYS,
            opts=child,
        )
        aws.secretsmanager.SecretVersion(
            f"{name}-version",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(args.value.get_secret_value()),
            opts=child,
        )
        self._name = name
        self.arn = secret.arn
        self.register_outputs({"arn": self.arn})

    def read(self) -> Grant:
        """Read the current value."""
        return Grant(
            f"read-{self._name}",
            [allow(["secretsmanager:GetSecretValue"], [self.arn])],
            {f"{self._name.replace('-', '_')}_secret_arn": self.arn},
        )
