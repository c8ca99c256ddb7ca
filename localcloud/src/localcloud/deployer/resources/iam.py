"""AWS IAM: roles, users, and the policies inside them."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

import json
from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, given, pairs, retag

_MISSING: Final = ("NoSuchEntity",)
_MAX_SESSION_SECONDS: Final = 3600


class _Principal(ResourceType):
    """A role or user; its id is its name."""

    noun: ClassVar[str]
    key: ClassVar[str]
    named_by = "name"

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        iam, key = cloud.client("iam"), {self.key: resource_id}
        if "permissionsBoundary" in changed:
            with setting("permissionsBoundary"):
                if boundary := inputs.get("permissionsBoundary"):
                    getattr(iam, f"put_{self.noun}_permissions_boundary")(**key, PermissionsBoundary=boundary)
                else:
                    getattr(iam, f"delete_{self.noun}_permissions_boundary")(**key)
        if "tagsAll" in changed:
            retag(
                self.tags(cloud, resource_id),
                inputs["tagsAll"],
                lambda keys: getattr(iam, f"untag_{self.noun}")(**key, TagKeys=keys),
                lambda tags: getattr(iam, f"tag_{self.noun}")(**key, Tags=pairs(tags)),
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        delete = getattr(cloud.client("iam"), f"delete_{self.noun}")
        found(lambda: delete(**{self.key: resource_id}), *_MISSING)

    def tags(self, cloud: Cloud, resource_id: str) -> dict[str, str]:
        list_tags = getattr(cloud.client("iam"), f"list_{self.noun}_tags")
        return from_pairs(list_tags(**{self.key: resource_id})["Tags"])


class Role(_Principal):
    """A role."""

    pulumi_type = "aws:iam/role:Role"
    noun, key = "role", "RoleName"
    deployed = frozenset(
        {"name", "path", "assumeRolePolicy", "description", "maxSessionDuration", "permissionsBoundary"}
    )
    replaces = frozenset({"name", "path"})
    documents = frozenset({"assumeRolePolicy"})

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        response = cloud.client("iam").create_role(
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
        return str(response["Role"]["RoleName"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        response = found(lambda: cloud.client("iam").get_role(RoleName=resource_id), *_MISSING)
        if response is None:
            return None
        role = response["Role"]
        return {
            "name": role["RoleName"],
            "arn": role["Arn"],
            "path": role["Path"],
            "uniqueId": role["RoleId"],
            "description": role.get("Description", ""),
            "maxSessionDuration": role.get("MaxSessionDuration", _MAX_SESSION_SECONDS),
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),  # boto3 parses documents
            "tagsAll": self.tags(cloud, resource_id),
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
                MaxSessionDuration=inputs.get("maxSessionDuration", _MAX_SESSION_SECONDS),
            )
        super().update(cloud, resource_id, inputs, changed)


class User(_Principal):
    """A user."""

    pulumi_type = "aws:iam/user:User"
    noun, key = "user", "UserName"
    deployed = frozenset({"name", "path", "permissionsBoundary"})
    replaces = frozenset({"name", "path"})

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        response = cloud.client("iam").create_user(
            UserName=inputs["name"],
            Tags=pairs(inputs["tagsAll"]),
            **given(inputs, Path="path", PermissionsBoundary="permissionsBoundary"),
        )
        return str(response["User"]["UserName"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        response = found(lambda: cloud.client("iam").get_user(UserName=resource_id), *_MISSING)
        if response is None:
            return None
        user = response["User"]
        return {
            "name": user["UserName"],
            "arn": user["Arn"],
            "path": user["Path"],
            "uniqueId": user["UserId"],
            "permissionsBoundary": user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            "tagsAll": self.tags(cloud, resource_id),
        }


class _InlinePolicy(ResourceType):
    """A policy inside a role or user; its id is `<principal>:<name>`."""

    noun: ClassVar[str]
    key: ClassVar[str]
    documents = frozenset({"policy"})
    named_by = "name"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        put = getattr(cloud.client("iam"), f"put_{self.noun}_policy")
        names = {self.key: inputs[self.noun], "PolicyName": inputs["name"]}
        with setting("policy"):
            put(**names, PolicyDocument=inputs["policy"])
        return ":".join(names.values())

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        get = getattr(cloud.client("iam"), f"get_{self.noun}_policy")
        response = found(lambda: get(**self._names(resource_id)), *_MISSING)
        if response is None:
            return None
        policy = json.dumps(response["PolicyDocument"])
        return {self.noun: response[self.key], "name": response["PolicyName"], "policy": policy}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        delete = getattr(cloud.client("iam"), f"delete_{self.noun}_policy")
        found(lambda: delete(**self._names(resource_id)), *_MISSING)

    def _names(self, resource_id: str) -> dict[str, str]:
        principal, _, name = resource_id.partition(":")
        return {self.key: principal, "PolicyName": name}


class RolePolicy(_InlinePolicy):
    """An inline policy of a role."""

    pulumi_type = "aws:iam/rolePolicy:RolePolicy"
    noun, key = "role", "RoleName"
    deployed = frozenset({"role", "name", "policy"})
    replaces = frozenset({"role", "name"})


class UserPolicy(_InlinePolicy):
    """An inline policy of a user."""

    pulumi_type = "aws:iam/userPolicy:UserPolicy"
    noun, key = "user", "UserName"
    deployed = frozenset({"user", "name", "policy"})
    replaces = frozenset({"user", "name"})


TYPES: Final = (Role, User, RolePolicy, UserPolicy)
