"""Access to a stack's state, and the key that encrypts its secrets. The bucket is in `state.json`."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from foundation.names import key_alias
from foundation.place import Place
from infra.policies import Statement, allow

#: The maximum of KMS: without the key a stack's secrets cannot be read.
_DELETION_DAYS = 30


class StateKey(pulumi.ComponentResource):
    """A stack's own key, so that access to one stack's secrets gives none to another's."""

    def __init__(self, name: str, stack: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp-foundation:state:StateKey", name, None, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=True)
        self.key = aws.kms.Key(
            f"{name}-key",
            description=f"Encrypts secrets in configuration and state of the pipeline's stack {stack}",
            enable_key_rotation=True,
            deletion_window_in_days=_DELETION_DAYS,
            opts=kept,
        )
        aws.kms.Alias(f"{name}-alias", name=key_alias(stack), target_key_id=self.key.key_id, opts=kept)
        self.arn = self.key.arn
        self.register_outputs({"arn": self.arn})


def read_state(place: Place, key_arn: pulumi.Input[str]) -> list[Statement]:
    """Read a stack's state and secrets, as a preview does, which locks and writes nothing."""
    return [
        allow(["s3:GetObject"], [f"{place.state_bucket}/{place.stack}/*"]),
        allow(["s3:ListBucket"], [place.state_bucket], {"StringLike": {"s3:prefix": [f"{place.stack}/*"]}}),
        allow(["kms:Decrypt", "kms:DescribeKey"], [key_arn]),
    ]


def write_state(place: Place, key_arn: pulumi.Input[str]) -> list[Statement]:
    """Also write a stack's state: checkpoints, history, the lock."""
    return [
        *read_state(place, key_arn),
        allow(["s3:PutObject", "s3:DeleteObject"], [f"{place.state_bucket}/{place.stack}/*"]),
        allow(["kms:Encrypt"], [key_arn]),
    ]
