"""The AWS account: whose it is, and the place for Pulumi's state in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    WaiterError,
)

from foundation.names import STATE_STACK
from vcpctl.command_exit import FAILED, CommandExit
from vcpctl.deploy.registry import Registry

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

#: What CloudFormation answers when the template is the one that it has.
_UNCHANGED = "No updates are to be performed"
#: States out of which no update leads (CloudFormation user guide, "Stack status codes").
_STUCK = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"}


@dataclass(frozen=True)
class Account:
    """An account and region that we are signed in to."""

    id: str
    region: str
    arn: str
    #: Where the registry answers, when that is not its host by https.
    registry_url: str = ""

    @cached_property
    def registry(self) -> Registry:
        """Its container registry."""
        # ECR user guide, "Private registries".
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        host = f"{self.id}.dkr.ecr.{self.region}.{suffix}"
        return Registry(boto3.client("ecr", self.region), host, self.registry_url or f"https://{host}")

    @property
    def partition(self) -> str:
        """`aws`, but for the regions that are apart."""
        return self.arn.split(":")[1]


def sign_in(region: str) -> Account:
    """The account that the credentials at hand are for. Raises CommandExit."""
    try:
        identity = boto3.client("sts", region).get_caller_identity()
    except (NoCredentialsError, NoRegionError) as none:
        raise CommandExit(
            "No AWS credentials are at hand: sign in (aws sso login, or set AWS_PROFILE), then run it again."
        ) from none
    except EndpointConnectionError as unreachable:
        raise CommandExit(f"AWS cannot be reached: {unreachable}.", FAILED) from unreachable
    except (ClientError, BotoCoreError) as refused:
        raise CommandExit(
            f"AWS does not take the credentials at hand: {refused}. Sign in again, then run it again."
        ) from refused
    return Account(identity["Account"], region, identity["Arn"])


def lay_state(account: Account, template: Path, say: Callable[[str], None]) -> None:
    """Make or mend the bucket for Pulumi's state and the first key: by CloudFormation, which keeps no state of ours.

    Raises CommandExit when CloudFormation cannot.
    """
    cloudformation = boto3.client("cloudformation", account.region)
    body = template.read_text("utf-8")
    status = _status(cloudformation)
    if status in _STUCK:
        raise CommandExit(
            f"The CloudFormation stack {STATE_STACK} is {status}: look at its events, delete it (bucket and key stay), "
            "then run it again.",
            FAILED,
        )
    try:
        if status is None:
            say(f"making the stack {STATE_STACK} by CloudFormation")
            cloudformation.create_stack(StackName=STATE_STACK, TemplateBody=body, EnableTerminationProtection=True)
            cloudformation.get_waiter("stack_create_complete").wait(StackName=STATE_STACK)
        else:
            cloudformation.update_stack(StackName=STATE_STACK, TemplateBody=body)
            cloudformation.get_waiter("stack_update_complete").wait(StackName=STATE_STACK)
    except ClientError as refused:
        if _UNCHANGED not in str(refused):
            raise
    except WaiterError as failed:
        raise CommandExit(
            f"CloudFormation could not make {STATE_STACK}: {_first_reason(cloudformation)}", FAILED
        ) from failed


def _status(cloudformation: CloudFormationClient) -> str | None:
    try:
        (stack,) = cloudformation.describe_stacks(StackName=STATE_STACK)["Stacks"]
    except ClientError as refused:
        if "does not exist" in str(refused):
            return None
        raise
    return stack["StackStatus"]


def _first_reason(cloudformation: CloudFormationClient) -> str:
    """Why it failed: the earliest failure, of which all others follow."""
    events = cloudformation.describe_stack_events(StackName=STATE_STACK)["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events if "FAILED" in event.get("ResourceStatus", "")]
    return reasons[-1] if reasons else "it does not say why; look at the stack's events"
