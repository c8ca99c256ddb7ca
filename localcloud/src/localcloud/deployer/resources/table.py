"""The table of resource types that the local cloud can deploy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.deployer.resources import (
    cloudformation,
    cloudwatch,
    dynamodb,
    events,
    iam,
    lambda_function,
    lambda_wiring,
    mediaconvert,
    s3,
    s3_configuration,
    secretsmanager,
    sns,
    sqs,
)
from localcloud.deployer.resources.base import ResourceType

_MODULES: Final = (
    cloudformation,
    cloudwatch,
    dynamodb,
    events,
    iam,
    lambda_function,
    lambda_wiring,
    mediaconvert,
    s3,
    s3_configuration,
    secretsmanager,
    sns,
    sqs,
)

#: Type token -> how it is deployed.
TABLE: Final[Mapping[str, ResourceType]] = {kind.pulumi_type: kind() for module in _MODULES for kind in module.TYPES}
