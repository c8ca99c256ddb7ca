"""AWS IAM: policies inside roles and users, and attachments of managed ones."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType
from localcloud.deployer.resources.iam import MISSING, document


class _InlinePolicy(ResourceType):
    """A policy inside a role or user; its id is `<owner>:<name>`."""

    owner: ClassVar[str]
    documents = frozenset({"policy"})
    naming = Naming(limit=128)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        put = getattr(cloud.client("iam"), f"put_{self.owner}_policy")
        with setting("policy"):
            put(**self._key(inputs[self.owner], inputs["name"]), PolicyDocument=inputs["policy"])
        return f"{inputs[self.owner]}:{inputs['name']}"

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        owner, _, name = resource_id.partition(":")
        get = getattr(cloud.client("iam"), f"get_{self.owner}_policy")
        answer = found(lambda: get(**self._key(owner, name)), *MISSING)
        if answer is None:
            return None
        told_owner = answer["RoleName" if self.owner == "role" else "UserName"]
        return {self.owner: told_owner, "name": answer["PolicyName"], "policy": document(answer["PolicyDocument"])}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        owner, _, name = resource_id.partition(":")
        remove = getattr(cloud.client("iam"), f"delete_{self.owner}_policy")
        found(lambda: remove(**self._key(owner, name)), *MISSING)

    def _key(self, owner: str, name: str) -> dict[str, str]:
        return {"RoleName" if self.owner == "role" else "UserName": owner, "PolicyName": name}


class RolePolicy(_InlinePolicy):
    """An inline policy of a role."""

    pulumi_type = "aws:iam/rolePolicy:RolePolicy"
    owner = "role"
    deployed = frozenset({"role", "name", "policy"})
    replaces = frozenset({"role", "name"})


class UserPolicy(_InlinePolicy):
    """An inline policy of a user."""

    pulumi_type = "aws:iam/userPolicy:UserPolicy"
    owner = "user"
    deployed = frozenset({"user", "name", "policy"})
    replaces = frozenset({"user", "name"})


class RolePolicyAttachment(ResourceType):
    """A managed policy attached to a role; its id is `<role>/<policy ARN>`."""

    pulumi_type = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    deployed = frozenset({"role", "policyArn"})
    replaces = frozenset({"role", "policyArn"})

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        with setting("policyArn"):
            cloud.client("iam").attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
        return f"{inputs['role']}/{inputs['policyArn']}"

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        role, _, arn = resource_id.partition("/")
        pages = cloud.client("iam").get_paginator("list_attached_role_policies").paginate(RoleName=role)
        attached = found(
            lambda: [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]], *MISSING
        )
        return {"role": role, "policyArn": arn} if attached and arn in attached else None

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        role, _, arn = resource_id.partition("/")
        found(lambda: cloud.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn), *MISSING)


TYPES: Final = (RolePolicy, UserPolicy, RolePolicyAttachment)
