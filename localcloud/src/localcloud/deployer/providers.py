"""Provider settings that matter here: region and default tags.

Where a provider points (`endpoints`), and how it signs, is the deployer's business: it always talks to the local
cloud.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from localcloud.deployer.errors import ConfigError, DeployError, UnknownProperty
from localcloud.deployer.values import has_unknown, plain

PROVIDER_TYPE: Final = "pulumi:providers:aws"
#: How to reach AWS and with which credentials: without meaning for a local endpoint.
_WITHOUT_EFFECT: Final = frozenset(
    """
    accessKey secretKey token profile sharedConfigFiles sharedCredentialsFiles stsRegion userAgents
    endpoints insecure maxRetries retryMode s3UsePathStyle s3UsEast1RegionalEndpoint useDualstackEndpoint
    useFipsEndpoint httpProxy httpsProxy noProxy customCaBundle tokenBucketRateLimiterCapacity
    skipCredentialsValidation skipMetadataApiCheck skipRegionValidation skipRequestingAccountId
    ec2MetadataServiceEndpoint ec2MetadataServiceEndpointMode version pluginDownloadURL
    """.split()  # noqa: SIM905 - two dozen names read better as a text
)
_HONOURED: Final = frozenset({"region", "defaultTags", "allowedAccountIds", "forbiddenAccountIds"})


@dataclass(frozen=True)
class ProviderSettings:
    """Where a provider makes resources, and the tags that each of them gets."""

    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict)


def provider_settings(where: str, inputs: Mapping[str, Any], fallback_region: str, account_id: str) -> ProviderSettings:
    """Settings of an `aws.Provider` (or of the `aws:` configuration); `where` names it in errors."""
    unhandled = sorted(set(inputs) - _WITHOUT_EFFECT - _HONOURED)
    if unhandled:
        raise UnknownProperty(f"{where}: property {unhandled[0]} is not something the local cloud can honour")
    values = {name: _structured(where, name, plain(inputs[name])) for name in _HONOURED & inputs.keys()}
    if has_unknown(values):
        raise DeployError(f"{where}: region, default tags and account ids must be known before anything is made")
    allowed, forbidden = values.get("allowedAccountIds"), values.get("forbiddenAccountIds") or []
    if (allowed and account_id not in allowed) or account_id in forbidden:
        raise ConfigError(f"{where}: account {account_id} of this cloud is not allowed by the provider")
    tags = (values.get("defaultTags") or {}).get("tags") or {}
    return ProviderSettings(str(values.get("region") or fallback_region), dict(tags))


def _structured(where: str, name: str, value: Any) -> Any:
    """Provider properties that are no strings travel as JSON."""
    if name == "region" or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ConfigError(f"{where}: {name} is not JSON: {error}") from error
