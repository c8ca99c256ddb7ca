"""AWS Systems Manager: parameters."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import WrongInput, setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, given, pairs


class Parameter(ResourceType):
    """A parameter; its id is its name."""

    pulumi_type = "aws:ssm/parameter:Parameter"
    deployed = frozenset(
        {"name", "type", "value", "insecureValue", "description", "tier", "keyId", "allowedPattern", "dataType"}
    )
    replaces = frozenset({"name", "dataType"})
    provider_only: ClassVar[dict[str, Any]] = {"overwrite": None}
    naming = Naming(limit=2048, prefix_property=None)
    _MISSING: Final = ("ParameterNotFound",)

    def check(self, inputs: Properties) -> dict[str, Any]:
        checked = super().check(inputs)
        if ("value" in checked) == ("insecureValue" in checked):
            raise WrongInput("one of the properties value and insecureValue must be set")
        return checked

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        self._put(cloud, inputs, overwrite=bool(inputs.get("overwrite")), Tags=pairs(inputs["tagsAll"]))
        return str(inputs["name"])

    def _put(self, cloud: Cloud, inputs: Properties, *, overwrite: bool, **more: Any) -> None:
        request = given(
            inputs,
            Name="name",
            Type="type",
            Description="description",
            Tier="tier",
            KeyId="keyId",
            AllowedPattern="allowedPattern",
            DataType="dataType",
        )
        value = inputs["value"] if "value" in inputs else inputs["insecureValue"]
        with setting("value"):
            cloud.client("ssm").put_parameter(Value=value, Overwrite=overwrite, **request, **more)

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        ssm = cloud.client("ssm")
        answer = found(lambda: ssm.get_parameter(Name=resource_id, WithDecryption=True), *self._MISSING)
        if answer is None:
            return None
        told = answer["Parameter"]
        described = ssm.describe_parameters(
            ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [resource_id]}]
        )["Parameters"][0]
        tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=resource_id)["TagList"]
        return {
            "name": told["Name"],
            "arn": told["ARN"],
            "type": told["Type"],
            "value": told["Value"],
            "insecureValue": told["Value"] if "insecureValue" in inputs else None,
            "hasValueWo": False,
            "version": told["Version"],
            "dataType": told.get("DataType", "text"),
            "description": described.get("Description", ""),
            "tier": described.get("Tier", "Standard"),
            "keyId": described.get("KeyId", ""),
            "allowedPattern": described.get("AllowedPattern", ""),
            "tagsAll": from_pairs(tags),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        ssm = cloud.client("ssm")
        if changed - {"tagsAll", "overwrite"}:
            self._put(cloud, inputs, overwrite=True)
        if "tagsAll" in changed:
            key = {"ResourceType": "Parameter", "ResourceId": resource_id}
            present = from_pairs(ssm.list_tags_for_resource(**key)["TagList"])
            with setting("tags"):
                if surplus := sorted(set(present) - set(inputs["tagsAll"])):
                    ssm.remove_tags_from_resource(**key, TagKeys=surplus)
                if inputs["tagsAll"]:
                    ssm.add_tags_to_resource(**key, Tags=pairs(inputs["tagsAll"]))

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("ssm").delete_parameter(Name=resource_id), *self._MISSING)


TYPES: Final = (Parameter,)
