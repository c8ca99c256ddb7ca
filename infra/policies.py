"""IAM policy documents, written so that the reader sees who may do what, on what, under which condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

#: IAM's policy language; the older version has no variables and other defaults.
_VERSION = "2012-10-17"

Statement = dict[str, Any]
Arns = Sequence[pulumi.Input[str]]
Conditions = Mapping[str, Mapping[str, Any]]


def allow(actions: Sequence[str], resources: Arns, conditions: Conditions | None = None) -> Statement:
    """A statement of an identity's own policy. `resources` are ARNs, never a bare `*`."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": conditions} if conditions else {})


def allow_service(
    service: str, actions: Sequence[str], resources: Arns | None, conditions: Conditions | None
) -> Statement:
    """A statement of a resource's policy (or a role's trust, then without resources) for an AWS service."""
    statement: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    if resources is not None:
        statement["Resource"] = list(resources)
    return statement | ({"Condition": conditions} if conditions else {})


def deny_plain_transport(actions: str, resources: Arns) -> Statement:
    """Nobody, from anywhere, without TLS."""
    return {
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def document(*statements: Statement) -> pulumi.Output[str]:
    """The policy as JSON; ARNs in it may be outputs."""
    return pulumi.Output.json_dumps({"Version": _VERSION, "Statement": list(statements)})
