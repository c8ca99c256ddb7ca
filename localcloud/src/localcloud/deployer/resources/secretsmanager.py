"""AWS Secrets Manager: secrets and their versions."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

import base64
from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import WrongInput, setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, given, pairs

_MISSING: Final = ("ResourceNotFoundException",)
_RECOVERY_DAYS: Final = 30


class Secret(ResourceType):
    """A secret without its value; its id is its ARN."""

    pulumi_type = "aws:secretsmanager/secret:Secret"
    deployed = frozenset({"name", "description", "kmsKeyId", "policy"})
    replaces = frozenset({"name"})
    provider_only: ClassVar[dict[str, Any]] = {
        "recoveryWindowInDays": _RECOVERY_DAYS,
        "forceOverwriteReplicaSecret": False,
    }
    documents = frozenset({"policy"})
    naming = Naming(limit=512)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        client = cloud.client("secretsmanager")
        answer = client.create_secret(
            Name=inputs["name"],
            Tags=pairs(inputs["tagsAll"]),
            **given(inputs, Description="description", KmsKeyId="kmsKeyId"),
        )
        if inputs.get("policy"):
            self._set_policy(cloud, answer["ARN"], inputs)
        return str(answer["ARN"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        client = cloud.client("secretsmanager")
        told = found(lambda: client.describe_secret(SecretId=resource_id), *_MISSING)
        if told is None or "DeletedDate" in told:
            return None
        return {
            "name": told["Name"],
            "arn": told["ARN"],
            "description": told.get("Description", ""),
            "kmsKeyId": told.get("KmsKeyId", ""),
            "policy": client.get_resource_policy(SecretId=resource_id).get("ResourcePolicy", ""),
            "replicas": told.get("ReplicationStatus", []),
            "tagsAll": from_pairs(told.get("Tags", [])),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        client = cloud.client("secretsmanager")
        if changed & {"description", "kmsKeyId"}:
            client.update_secret(
                SecretId=resource_id, Description=inputs.get("description", ""), **given(inputs, KmsKeyId="kmsKeyId")
            )
        if "policy" in changed:
            self._set_policy(cloud, resource_id, inputs)
        if "tagsAll" in changed:
            present = from_pairs(client.describe_secret(SecretId=resource_id).get("Tags", []))
            with setting("tags"):
                if surplus := sorted(set(present) - set(inputs["tagsAll"])):
                    client.untag_resource(SecretId=resource_id, TagKeys=surplus)
                if inputs["tagsAll"]:
                    client.tag_resource(SecretId=resource_id, Tags=pairs(inputs["tagsAll"]))

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        days = inputs.get("recoveryWindowInDays", _RECOVERY_DAYS)
        how = {"ForceDeleteWithoutRecovery": True} if days == 0 else {"RecoveryWindowInDays": days}
        found(lambda: cloud.client("secretsmanager").delete_secret(SecretId=resource_id, **how), *_MISSING)

    def _set_policy(self, cloud: Cloud, arn: str, inputs: Properties) -> None:
        client = cloud.client("secretsmanager")
        with setting("policy"):
            if inputs.get("policy"):
                client.put_resource_policy(SecretId=arn, ResourcePolicy=inputs["policy"])
            else:
                client.delete_resource_policy(SecretId=arn)


class SecretVersion(ResourceType):
    """A secret's value; its id is `<secret ARN>|<version id>`. Another value is another version."""

    pulumi_type = "aws:secretsmanager/secretVersion:SecretVersion"
    deployed = frozenset({"secretId", "secretString", "secretBinary", "versionStages"})
    replaces = frozenset({"secretId", "secretString", "secretBinary"})
    sets = frozenset({"versionStages"})

    def check(self, inputs: Properties) -> dict[str, Any]:
        checked = super().check(inputs)
        if ("secretString" in checked) == ("secretBinary" in checked):
            raise WrongInput("one of the properties secretString and secretBinary must be set")
        return checked

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        request = given(inputs, SecretId="secretId", SecretString="secretString", VersionStages="versionStages")
        if "secretBinary" in inputs:
            request["SecretBinary"] = base64.b64decode(inputs["secretBinary"])
        with setting("secretString" if "secretString" in inputs else "secretBinary"):
            answer = cloud.client("secretsmanager").put_secret_value(**request)
        return f"{inputs['secretId']}|{answer['VersionId']}"

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        secret, _, version = resource_id.partition("|")
        client = cloud.client("secretsmanager")
        told = found(
            lambda: client.get_secret_value(SecretId=secret, VersionId=version), *_MISSING, "InvalidRequestException"
        )
        if told is None:
            return None
        binary = told.get("SecretBinary")
        return {
            "secretId": secret,
            "arn": told["ARN"],
            "secretArn": told["ARN"],
            "versionId": told["VersionId"],
            "versionStages": told.get("VersionStages", []),
            "secretString": told.get("SecretString", ""),
            "secretBinary": base64.b64encode(binary).decode() if binary else "",
            "hasSecretStringWo": False,
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        """Only stages are left to change: add the wanted ones, take the others off."""
        secret, _, version = resource_id.partition("|")
        client = cloud.client("secretsmanager")
        versions = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
        wanted, present = set(inputs.get("versionStages") or ["AWSCURRENT"]), set(versions.get(version, []))
        with setting("versionStages"):
            for stage in sorted(wanted - present):
                holder = next((each for each, stages in versions.items() if stage in stages), None)
                request = {"RemoveFromVersionId": holder} if holder else {}
                client.update_secret_version_stage(
                    SecretId=secret, VersionStage=stage, MoveToVersionId=version, **request
                )
            for stage in sorted(present - wanted - {"AWSCURRENT"}):
                client.update_secret_version_stage(SecretId=secret, VersionStage=stage, RemoveFromVersionId=version)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        """A version goes when its last stage goes; the current one stays with its secret, as the provider leaves it."""
        secret, _, version = resource_id.partition("|")
        client = cloud.client("secretsmanager")
        told = found(lambda: client.describe_secret(SecretId=secret), *_MISSING)
        stages = (told or {}).get("VersionIdsToStages", {}).get(version, [])
        if told is None or "DeletedDate" in told:
            return
        for stage in stages:
            if stage != "AWSCURRENT":
                client.update_secret_version_stage(SecretId=secret, VersionStage=stage, RemoveFromVersionId=version)


TYPES: Final = (Secret, SecretVersion)
