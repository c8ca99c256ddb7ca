"""AWS Secrets Manager: secrets and their versions."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, given, pairs, retag

_MISSING: Final = ("ResourceNotFoundException",)
_RECOVERY_DAYS: Final = 30


class Secret(ResourceType):
    """A secret without its value; its id is its ARN."""

    pulumi_type = "aws:secretsmanager/secret:Secret"
    deployed = frozenset({"name", "description"})
    replaces = frozenset({"name"})
    provider_only: ClassVar[dict[str, Any]] = {"recoveryWindowInDays": _RECOVERY_DAYS}
    named_by = "name"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        response = cloud.client("secretsmanager").create_secret(
            Name=inputs["name"], Tags=pairs(inputs["tagsAll"]), **given(inputs, Description="description")
        )
        return str(response["ARN"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        client = cloud.client("secretsmanager")
        secret = found(lambda: client.describe_secret(SecretId=resource_id), *_MISSING)
        if secret is None or "DeletedDate" in secret:
            return None
        return {
            "name": secret["Name"],
            "arn": secret["ARN"],
            "description": secret.get("Description", ""),
            "tagsAll": from_pairs(secret.get("Tags", [])),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        client = cloud.client("secretsmanager")
        if "description" in changed:
            client.update_secret(SecretId=resource_id, Description=inputs.get("description", ""))
        if "tagsAll" in changed:
            retag(
                from_pairs(client.describe_secret(SecretId=resource_id).get("Tags", [])),
                inputs["tagsAll"],
                lambda keys: client.untag_resource(SecretId=resource_id, TagKeys=keys),
                lambda tags: client.tag_resource(SecretId=resource_id, Tags=pairs(tags)),
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        days = inputs.get("recoveryWindowInDays", _RECOVERY_DAYS)
        how = {"ForceDeleteWithoutRecovery": True} if days == 0 else {"RecoveryWindowInDays": days}
        found(lambda: cloud.client("secretsmanager").delete_secret(SecretId=resource_id, **how), *_MISSING)


class SecretVersion(ResourceType):
    """A secret's value; its id is `<secret ARN>|<version id>`. Another value is another version."""

    pulumi_type = "aws:secretsmanager/secretVersion:SecretVersion"
    deployed = frozenset({"secretId", "secretString"})
    replaces = deployed

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        with setting("secretString"):
            response = cloud.client("secretsmanager").put_secret_value(
                SecretId=inputs["secretId"], SecretString=inputs["secretString"]
            )
        return f"{inputs['secretId']}|{response['VersionId']}"

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        secret, _, version = resource_id.partition("|")
        client = cloud.client("secretsmanager")
        value = found(
            lambda: client.get_secret_value(SecretId=secret, VersionId=version), *_MISSING, "InvalidRequestException"
        )
        if value is None:
            return None
        return {
            "secretId": secret,
            "arn": value["ARN"],
            "versionId": value["VersionId"],
            "versionStages": value.get("VersionStages", []),
            "secretString": value.get("SecretString", ""),
        }

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        """Remove the version's stages but AWSCURRENT: the current version is deleted with its secret."""
        secret, _, version = resource_id.partition("|")
        client = cloud.client("secretsmanager")
        described = found(lambda: client.describe_secret(SecretId=secret), *_MISSING)
        if described is None or "DeletedDate" in described:
            return
        for stage in described.get("VersionIdsToStages", {}).get(version, []):
            if stage != "AWSCURRENT":
                client.update_secret_version_stage(SecretId=secret, VersionStage=stage, RemoveFromVersionId=version)


TYPES: Final = (Secret, SecretVersion)
