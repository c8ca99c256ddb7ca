"""AWS Lambda: functions from container images."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, Final

from localcloud.deployer.cloud import Cloud, found, wait_until
from localcloud.deployer.errors import DeployError, InvalidInputError, setting
from localcloud.deployer.resources.base import Properties, ResourceType, retag
from localcloud.deployer.shapes import Shape, one

MISSING: Final = ("ResourceNotFoundException",)
_CONFIGURATION: Final = Shape(
    role="Role",
    description="Description",
    memorySize="MemorySize",
    timeout="Timeout",
    environment=one("Environment", variables="Variables"),
    ephemeralStorage=one("EphemeralStorage", size="Size"),
    imageConfig=one("ImageConfig", commands="Command"),
    loggingConfig=one("LoggingConfig", logFormat="LogFormat", logGroup="LogGroup"),
)
#: What resets a setting. Source: API reference, CreateFunction.
_DEFAULTS: Final[dict[str, Any]] = {
    "Description": "",
    "MemorySize": 128,
    "Timeout": 3,
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "ImageConfig": {},
}


class Function(ResourceType):
    """A function whose code is the image at `imageUri`; its id is its name."""

    pulumi_type = "aws:lambda/function:Function"
    deployed = frozenset({"name", "packageType", "imageUri"} | _CONFIGURATION.fields.keys())
    replaces = frozenset({"name", "packageType"})
    named_by = "name"

    def check(self, inputs: Properties) -> dict[str, Any]:
        checked = super().check(inputs)
        if checked.get("packageType") != "Image":
            raise InvalidInputError(f"property packageType is {checked.get('packageType')!r}; only Image is deployed")
        if not checked.get("imageUri"):
            raise InvalidInputError("property imageUri is missing")
        return checked

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        cloud.client("lambda").create_function(
            FunctionName=inputs["name"],
            PackageType="Image",
            Code={"ImageUri": inputs["imageUri"]},
            Tags=inputs["tagsAll"],
            **_CONFIGURATION.request(inputs),
        )
        self._wait_until_ready(cloud, inputs["name"])
        return str(inputs["name"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        client = cloud.client("lambda")
        response = found(lambda: client.get_function(FunctionName=resource_id), *MISSING)
        if response is None:
            return None
        function = response["Configuration"]
        # the image's overrides have another name in responses
        function["ImageConfig"] = function.get("ImageConfigResponse", {}).get("ImageConfig", {})
        return {
            **_CONFIGURATION.from_api(function),
            "name": function["FunctionName"],
            "arn": function["FunctionArn"],
            "packageType": function["PackageType"],
            "imageUri": response["Code"].get("ImageUri", ""),
            "version": function.get("Version", "$LATEST"),
            "lastModified": function["LastModified"],
            "tagsAll": client.list_tags(Resource=function["FunctionArn"]).get("Tags", {}),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        client = cloud.client("lambda")
        if "imageUri" in changed:
            with setting("imageUri"):
                client.update_function_code(FunctionName=resource_id, ImageUri=inputs["imageUri"])
            self._wait_until_ready(cloud, resource_id)
        if settings := changed & _CONFIGURATION.fields.keys():
            wanted = {**_DEFAULTS, **_CONFIGURATION.request(inputs)}
            names = {_CONFIGURATION.fields[name].api for name in settings} & wanted.keys()
            client.update_function_configuration(FunctionName=resource_id, **{name: wanted[name] for name in names})
            self._wait_until_ready(cloud, resource_id)
        if "tagsAll" in changed:
            current = self.read(cloud, resource_id, inputs) or {}
            retag(
                current["tagsAll"],
                inputs["tagsAll"],
                lambda keys: client.untag_resource(Resource=current["arn"], TagKeys=keys),
                lambda tags: client.tag_resource(Resource=current["arn"], Tags=dict(tags)),
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("lambda").delete_function(FunctionName=resource_id), *MISSING)

    def _wait_until_ready(self, cloud: Cloud, name: str) -> None:
        def ready() -> bool:
            function = cloud.client("lambda").get_function_configuration(FunctionName=name)
            if "Failed" in (function.get("State"), function.get("LastUpdateStatus")):
                reason = function.get("StateReason") or function.get("LastUpdateStatusReason") or "no reason given"
                raise DeployError(f"function {name} failed: {reason}")
            active = function.get("State", "Active") == "Active"
            return bool(active and function.get("LastUpdateStatus") != "InProgress")

        wait_until(ready, f"function {name} becoming ready")


TYPES: Final = (Function,)
