"""Functions of pulumi-aws (data sources) that a program may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.deployer.cloud import Cloud
from localcloud.deployer.errors import DeployError, ServiceRefused, UnknownProperty, UnknownResourceType, sentence_of
from localcloud.deployer.policy_document import policy_document

Arguments = Mapping[str, Any]


def invoke(token: str, arguments: Arguments, cloud: Cloud) -> dict[str, Any]:
    """Answer a call; raises UnknownResourceType for a function that is not in the table."""
    function = _FUNCTIONS.get(token)
    if function is None:
        raise UnknownResourceType(f"{token} is not a function that the local cloud can answer")
    try:
        return function(arguments, cloud)
    except (ClientError, BotoCoreError) as error:
        raise ServiceRefused(f"{token}: {sentence_of(error)}") from error


def _caller_identity(arguments: Arguments, cloud: Cloud) -> dict[str, Any]:
    _only(arguments, "id")
    identity = cloud.identity
    account = identity["Account"]
    return {"accountId": account, "arn": identity["Arn"], "userId": identity["UserId"], "id": account}


def _endpoints() -> list[dict[str, Any]]:
    partitions: list[dict[str, Any]] = botocore.session.get_session().get_data("endpoints")["partitions"]
    return partitions


def _region(arguments: Arguments, cloud: Cloud) -> dict[str, Any]:
    _only(arguments, "id", "name", "region")
    name = arguments.get("region") or arguments.get("name") or cloud.region
    for partition in _endpoints():
        if name in partition["regions"]:
            return {
                "id": name,
                "name": name,
                "region": name,
                "description": partition["regions"][name]["description"],
                "endpoint": f"ec2.{name}.{partition['dnsSuffix']}",
            }
    raise DeployError(f"getRegion: there is no region {name}")


def _partition(arguments: Arguments, cloud: Cloud) -> dict[str, Any]:
    _only(arguments, "id")
    for partition in _endpoints():
        if partition["partition"] == cloud.partition:
            suffix = partition["dnsSuffix"]
            return {
                "id": cloud.partition,
                "partition": cloud.partition,
                "dnsSuffix": suffix,
                "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
            }
    raise DeployError(f"getPartition: there is no partition {cloud.partition}")


def _only(arguments: Arguments, *known: str) -> None:
    surplus = sorted(set(arguments) - set(known))
    if surplus:
        raise UnknownProperty(f"argument {surplus[0]} is not something the local cloud knows")


_FUNCTIONS: Final[Mapping[str, Callable[[Arguments, Cloud], dict[str, Any]]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:iam/getPolicyDocument:getPolicyDocument": lambda arguments, _: policy_document(arguments),
}
