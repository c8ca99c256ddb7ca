"""Sign in to the AWS account and create the bucket for Pulumi's state."""

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

#: CloudFormation's error message for an update that changes nothing.
_UNCHANGED = "No updates are to be performed"
#: Stack states that no update leaves (CloudFormation user guide, "Stack status codes").
_STUCK = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"}


@dataclass(frozen=True)
class Account:
    """The account and region that the credentials are for."""

    id: str
    region: str
    arn: str

    @cached_property
    def registry(self) -> Registry:
        """The account's container registry."""
        # ECR user guide, "Private registries".
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        host = f"{self.id}.dkr.ecr.{self.region}.{suffix}"
        return Registry(boto3.client("ecr", self.region), host)

    @property
    def partition(self) -> str:
        """`aws`, or the partition of China or GovCloud."""
        return self.arn.split(":")[1]


def sign_in(region: str) -> Account:
    """Return the account of the current credentials. Raises CommandExit when they are missing or invalid."""
    try:
        identity = boto3.client("sts", region).get_caller_identity()
    except (NoCredentialsError, NoRegionError) as none:
        raise CommandExit(
            "There are no AWS credentials: sign in (aws sso login, or set AWS_PROFILE), then run it again."
        ) from none
    except EndpointConnectionError as unreachable:
        raise CommandExit(f"AWS cannot be reached: {unreachable}.", FAILED) from unreachable
    except (ClientError, BotoCoreError) as error:
        raise CommandExit(f"AWS rejected the credentials: {error}. Sign in again, then run it again.") from error
    return Account(identity["Account"], region, identity["Arn"])


def create_state(account: Account, template: Path, say: Callable[[str], None]) -> None:
    """Create or update the bucket for Pulumi's state and the first key, with CloudFormation, which needs no bucket.

    Raises CommandExit when CloudFormation fails.
    """
    cloudformation = boto3.client("cloudformation", account.region)
    body = template.read_text("utf-8")
    status = _status(cloudformation)
    if status in _STUCK:
        raise CommandExit(
            f"The CloudFormation stack {STATE_STACK} is in {status}: check its events, delete it (bucket and key are "
            "kept), then run it again.",
            FAILED,
        )
    try:
        if status is None:
            say(f"creating the CloudFormation stack {STATE_STACK}")
            cloudformation.create_stack(StackName=STATE_STACK, TemplateBody=body, EnableTerminationProtection=True)
            cloudformation.get_waiter("stack_create_complete").wait(StackName=STATE_STACK)
        else:
            cloudformation.update_stack(StackName=STATE_STACK, TemplateBody=body)
            cloudformation.get_waiter("stack_update_complete").wait(StackName=STATE_STACK)
    except ClientError as error:
        if _UNCHANGED not in str(error):
            raise
    except WaiterError as failed:
        raise CommandExit(
            f"CloudFormation could not create {STATE_STACK}: {_first_reason(cloudformation)}", FAILED
        ) from failed


def _status(cloudformation: CloudFormationClient) -> str | None:
    try:
        (stack,) = cloudformation.describe_stacks(StackName=STATE_STACK)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return stack["StackStatus"]


def _first_reason(cloudformation: CloudFormationClient) -> str:
    """Return the reason of the earliest failure, which caused the others."""
    events = cloudformation.describe_stack_events(StackName=STATE_STACK)["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events if "FAILED" in event.get("ResourceStatus", "")]
    return reasons[-1] if reasons else "no reason given; check the stack's events"
