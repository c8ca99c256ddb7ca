"""IAM policy documents and grants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

#: IAM's policy language; the older version has no variables and other defaults.
_VERSION = "2012-10-17"

Statement = dict[str, Any]
Arns = Sequence[pulumi.Input[str]]
Conditions = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Grant:
    """Something that a function uses: what its role allows, and the settings with which the function reaches it."""

    #: Name of the role's inline policy, unique in the role.
    name: str
    statements: Sequence[Statement]
    #: Field of the function's settings -> value.
    settings: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


def allow(actions: Sequence[str], resources: Arns, conditions: Conditions | None = None) -> Statement:
    """Return a statement of an identity's policy. `resources` are ARNs, never a bare `*`."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": conditions} if conditions else {})


def allow_service(
    service: str, actions: Sequence[str], resources: Arns | None = None, conditions: Conditions | None = None
) -> Statement:
    """Return a statement of a resource's policy (or of a role's trust policy, without resources) for a service."""
    statement: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    if resources is not None:
        statement["Resource"] = list(resources)
    return statement | ({"Condition": conditions} if conditions else {})


def deny_insecure_transport(actions: str, resources: Arns) -> Statement:
    """Return a statement that denies requests without TLS."""
    return {
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def document(*statements: Statement) -> pulumi.Output[str]:
    """Return the policy as JSON; ARNs in it may be outputs."""
    return pulumi.Output.json_dumps({"Version": _VERSION, "Statement": list(statements)})
