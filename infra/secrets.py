"""Secrets Manager: functions get a secret's ARN and read it themselves."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from pydantic import SecretStr

from infra.function import ImageFunction
from infra.policies import allow

#: The shortest time in which a deleted secret can be brought back (Secrets Manager, DeleteSecret).
RECOVERY_DAYS = 7


class StoredSecret(pulumi.ComponentResource):
    """One secret. Its value is encrypted in Pulumi's state, and in no environment, log or output."""

    def __init__(
        self,
        name: str,
        name_prefix: str,
        description: str,
        value: SecretStr,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("vcp:secrets:StoredSecret", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Pulumi ends the name: a whole one would be taken for the days in which a deleted secret can be brought back.
        self.secret = aws.secretsmanager.Secret(
            f"{name}-secret",
            name_prefix=f"{name_prefix}-",
            description=description,
            recovery_window_in_days=RECOVERY_DAYS,
            opts=child,
        )
        aws.secretsmanager.SecretVersion(
            f"{name}-version",
            secret_id=self.secret.id,
            secret_string=pulumi.Output.secret(value.get_secret_value()),
            opts=child,
        )
        self._name = name
        self.arn = self.secret.arn
        self.register_outputs({"arn": self.arn})

    def grant_read(self, function: ImageFunction) -> None:
        """Read the current value."""
        function.allow(f"read-{self._name}", allow(["secretsmanager:GetSecretValue"], [self.arn]))
