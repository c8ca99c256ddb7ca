"""Functions of pulumi-aws (data sources) that a program may call."""

from __future__ import annotations

from typing import Any

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.deployer.cloud import Cloud
from localcloud.deployer.errors import ServiceError, UnknownResourceTypeError, message_of


def call_function(token: str, cloud: Cloud) -> dict[str, Any]:
    """Return the result of a function. Raises UnknownResourceTypeError for one that is not known."""
    match token:
        case "aws:index/getCallerIdentity:getCallerIdentity":
            return _caller_identity(cloud)
        case "aws:index/getPartition:getPartition":
            return _partition(cloud)
    raise UnknownResourceTypeError(f"{token} is not a function that the local cloud can call")


def _caller_identity(cloud: Cloud) -> dict[str, Any]:
    try:
        identity = cloud.identity
    except (ClientError, BotoCoreError) as error:
        raise ServiceError(f"getCallerIdentity: {message_of(error)}") from error
    account = identity["Account"]
    return {"accountId": account, "arn": identity["Arn"], "userId": identity["UserId"], "id": account}


def _partition(cloud: Cloud) -> dict[str, Any]:
    partitions = botocore.session.get_session().get_data("endpoints")["partitions"]
    suffix = next(each["dnsSuffix"] for each in partitions if each["partition"] == cloud.partition)
    return {
        "id": cloud.partition,
        "partition": cloud.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }
