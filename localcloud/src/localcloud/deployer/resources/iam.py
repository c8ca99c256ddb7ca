"""AWS IAM: roles, users, managed policies. IAM has no regions."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

import json
import urllib.parse
from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, given, pairs

MISSING: Final = ("NoSuchEntity",)
#: IAM keeps at most five versions of a policy.
_POLICY_VERSIONS: Final = 5


def document(told: Any) -> str:
    """boto3 decodes policy documents into objects; the provider's outputs are text."""
    if isinstance(told, str):
        return urllib.parse.unquote(told) if told.startswith("%7B") else told
    return json.dumps(told)


def _retag(cloud: Cloud, noun: str, key: dict[str, str], present: Properties, wanted: Properties) -> None:
    iam = cloud.client("iam")
    with setting("tags"):
        if surplus := sorted(set(present) - set(wanted)):
            getattr(iam, f"untag_{noun}")(**key, TagKeys=surplus)
        if wanted:
            getattr(iam, f"tag_{noun}")(**key, Tags=pairs(wanted))


class Role(ResourceType):
    """A role; its id is its name."""

    pulumi_type = "aws:iam/role:Role"
    deployed = frozenset(
        {"name", "path", "assumeRolePolicy", "description", "maxSessionDuration", "permissionsBoundary"}
    )
    replaces = frozenset({"name", "path"})
    provider_only: ClassVar[dict[str, Any]] = {"forceDetachPolicies": False}
    documents = frozenset({"assumeRolePolicy"})
    naming = Naming(limit=64)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        answer = cloud.client("iam").create_role(
            RoleName=inputs["name"],
            AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
            Tags=pairs(inputs["tagsAll"]),
            **given(
                inputs,
                Path="path",
                Description="description",
                MaxSessionDuration="maxSessionDuration",
                PermissionsBoundary="permissionsBoundary",
            ),
        )
        return str(answer["Role"]["RoleName"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        iam = cloud.client("iam")
        answer = found(lambda: iam.get_role(RoleName=resource_id), *MISSING)
        if answer is None:
            return None
        role = answer["Role"]
        attached = iam.list_attached_role_policies(RoleName=resource_id)["AttachedPolicies"]
        inline = iam.list_role_policies(RoleName=resource_id)["PolicyNames"]
        documents = {name: iam.get_role_policy(RoleName=resource_id, PolicyName=name) for name in inline}
        return {
            "name": role["RoleName"],
            "arn": role["Arn"],
            "path": role["Path"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
            "description": role.get("Description", ""),
            "maxSessionDuration": role.get("MaxSessionDuration", 3600),
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "assumeRolePolicy": document(role["AssumeRolePolicyDocument"]),
            "managedPolicyArns": [policy["PolicyArn"] for policy in attached],
            "inlinePolicies": [
                {"name": name, "policy": document(answer["PolicyDocument"])} for name, answer in documents.items()
            ],
            "tagsAll": from_pairs(iam.list_role_tags(RoleName=resource_id)["Tags"]),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        iam = cloud.client("iam")
        if "assumeRolePolicy" in changed:
            with setting("assumeRolePolicy"):
                iam.update_assume_role_policy(RoleName=resource_id, PolicyDocument=inputs["assumeRolePolicy"])
        if changed & {"description", "maxSessionDuration"}:
            iam.update_role(
                RoleName=resource_id,
                Description=inputs.get("description", ""),
                MaxSessionDuration=inputs.get("maxSessionDuration", 3600),
            )
        if "permissionsBoundary" in changed:
            with setting("permissionsBoundary"):
                if boundary := inputs.get("permissionsBoundary"):
                    iam.put_role_permissions_boundary(RoleName=resource_id, PermissionsBoundary=boundary)
                else:
                    iam.delete_role_permissions_boundary(RoleName=resource_id)
        if "tagsAll" in changed:
            present = from_pairs(iam.list_role_tags(RoleName=resource_id)["Tags"])
            _retag(cloud, "role", {"RoleName": resource_id}, present, inputs["tagsAll"])

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        iam = cloud.client("iam")
        if inputs.get("forceDetachPolicies") and self.read(cloud, resource_id, inputs) is not None:
            for policy in iam.list_attached_role_policies(RoleName=resource_id)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=resource_id, PolicyArn=policy["PolicyArn"])
            for name in iam.list_role_policies(RoleName=resource_id)["PolicyNames"]:
                iam.delete_role_policy(RoleName=resource_id, PolicyName=name)
        found(lambda: iam.delete_role(RoleName=resource_id), *MISSING)


class User(ResourceType):
    """A user; its id is its name."""

    pulumi_type = "aws:iam/user:User"
    deployed = frozenset({"name", "path", "permissionsBoundary"})
    replaces = frozenset({"name", "path"})
    provider_only: ClassVar[dict[str, Any]] = {"forceDestroy": False}
    naming = Naming(limit=64, prefix_property=None)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        answer = cloud.client("iam").create_user(
            UserName=inputs["name"],
            Tags=pairs(inputs["tagsAll"]),
            **given(inputs, Path="path", PermissionsBoundary="permissionsBoundary"),
        )
        return str(answer["User"]["UserName"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        iam = cloud.client("iam")
        answer = found(lambda: iam.get_user(UserName=resource_id), *MISSING)
        if answer is None:
            return None
        user = answer["User"]
        return {
            "name": user["UserName"],
            "arn": user["Arn"],
            "path": user["Path"],
            "uniqueId": user["UserId"],
            "permissionsBoundary": user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "tagsAll": from_pairs(iam.list_user_tags(UserName=resource_id)["Tags"]),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        iam = cloud.client("iam")
        if "permissionsBoundary" in changed:
            with setting("permissionsBoundary"):
                if boundary := inputs.get("permissionsBoundary"):
                    iam.put_user_permissions_boundary(UserName=resource_id, PermissionsBoundary=boundary)
                else:
                    iam.delete_user_permissions_boundary(UserName=resource_id)
        if "tagsAll" in changed:
            present = from_pairs(iam.list_user_tags(UserName=resource_id)["Tags"])
            _retag(cloud, "user", {"UserName": resource_id}, present, inputs["tagsAll"])

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        iam = cloud.client("iam")
        if inputs.get("forceDestroy") and self.read(cloud, resource_id, inputs) is not None:
            for key in iam.list_access_keys(UserName=resource_id)["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=resource_id, AccessKeyId=key["AccessKeyId"])
        found(lambda: iam.delete_user(UserName=resource_id), *MISSING)


class Policy(ResourceType):
    """A managed policy; its id is its ARN. A change makes a new version the default."""

    pulumi_type = "aws:iam/policy:Policy"
    deployed = frozenset({"name", "path", "policy", "description"})
    replaces = frozenset({"name", "path", "description"})
    provider_only: ClassVar[dict[str, Any]] = {"delayAfterPolicyCreationInMs": None}
    documents = frozenset({"policy"})
    naming = Naming(limit=128)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        answer = cloud.client("iam").create_policy(
            PolicyName=inputs["name"],
            PolicyDocument=inputs["policy"],
            Tags=pairs(inputs["tagsAll"]),
            **given(inputs, Path="path", Description="description"),
        )
        return str(answer["Policy"]["Arn"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        iam = cloud.client("iam")
        answer = found(lambda: iam.get_policy(PolicyArn=resource_id), *MISSING)
        if answer is None:
            return None
        policy = answer["Policy"]
        version = iam.get_policy_version(PolicyArn=resource_id, VersionId=policy["DefaultVersionId"])
        return {
            "name": policy["PolicyName"],
            "arn": policy["Arn"],
            "path": policy["Path"],
            "policyId": policy["PolicyId"],
            "attachmentCount": policy["AttachmentCount"],
            "description": policy.get("Description", ""),
            "policy": document(version["PolicyVersion"]["Document"]),
            "tagsAll": from_pairs(iam.list_policy_tags(PolicyArn=resource_id)["Tags"]),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        iam = cloud.client("iam")
        if "policy" in changed:
            versions = iam.list_policy_versions(PolicyArn=resource_id)["Versions"]
            if len(versions) >= _POLICY_VERSIONS:
                oldest = min(
                    (version for version in versions if not version["IsDefaultVersion"]),
                    key=lambda version: int(version["VersionId"].removeprefix("v")),
                )
                iam.delete_policy_version(PolicyArn=resource_id, VersionId=oldest["VersionId"])
            with setting("policy"):
                iam.create_policy_version(PolicyArn=resource_id, PolicyDocument=inputs["policy"], SetAsDefault=True)
        if "tagsAll" in changed:
            present = from_pairs(iam.list_policy_tags(PolicyArn=resource_id)["Tags"])
            _retag(cloud, "policy", {"PolicyArn": resource_id}, present, inputs["tagsAll"])

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        iam = cloud.client("iam")
        answer = found(lambda: iam.list_policy_versions(PolicyArn=resource_id), *MISSING)
        for version in answer["Versions"] if answer else []:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=resource_id, VersionId=version["VersionId"])
        found(lambda: iam.delete_policy(PolicyArn=resource_id), *MISSING)


TYPES: Final = (Role, User, Policy)
