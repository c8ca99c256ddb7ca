"""AWS Lambda: functions from container images."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found, wait_until
from localcloud.deployer.errors import DeployError, WrongInput, setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, given
from localcloud.deployer.shapes import Shape, one

MISSING: Final = ("ResourceNotFoundException",)
_CONFIGURATION: Final = Shape(
    role="Role",
    description="Description",
    memorySize="MemorySize",
    timeout="Timeout",
    kmsKeyArn="KMSKeyArn",
    environment=one("Environment", variables="Variables"),
    ephemeralStorage=one("EphemeralStorage", size="Size"),
    deadLetterConfig=one("DeadLetterConfig", targetArn="TargetArn"),
    tracingConfig=one("TracingConfig", mode="Mode"),
    imageConfig=one("ImageConfig", commands="Command", entryPoints="EntryPoint", workingDirectory="WorkingDirectory"),
    loggingConfig=one(
        "LoggingConfig",
        logFormat="LogFormat",
        logGroup="LogGroup",
        applicationLogLevel="ApplicationLogLevel",
        systemLogLevel="SystemLogLevel",
    ),
)
#: What UpdateFunctionConfiguration is told to take a setting back. Source: API reference, CreateFunction.
_DEFAULTS: Final[dict[str, Any]] = {
    "Description": "",
    "MemorySize": 128,
    "Timeout": 3,
    "KMSKeyArn": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "DeadLetterConfig": {},
    "TracingConfig": {"Mode": "PassThrough"},
    "ImageConfig": {},
}
#: Where an invocation of a function is posted by API Gateway. Source: Lambda developer guide, API path of 2015-03-31.
_INVOKE_PATH: Final = "2015-03-31/functions/{arn}/invocations"


class Function(ResourceType):
    """A function whose code is an image that `imageUri` refers to; its id is its name."""

    pulumi_type = "aws:lambda/function:Function"
    deployed = frozenset(
        {"name", "packageType", "imageUri", "architectures", "reservedConcurrentExecutions", "publish"}
        | _CONFIGURATION.fields.keys()
    )
    replaces = frozenset({"name", "packageType"})
    provider_only: ClassVar[dict[str, Any]] = {"skipDestroy": False, "useResourceTimeoutForPropagation": None}
    naming = Naming(limit=64, prefix_property=None)

    def check(self, inputs: Properties) -> dict[str, Any]:
        checked = super().check(inputs)
        if checked.get("packageType") != "Image":
            raise WrongInput(f"property packageType is {checked.get('packageType')!r}; only Image is deployed")
        if not checked.get("imageUri"):
            raise WrongInput("property imageUri is missing")
        return checked

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        client = cloud.client("lambda")
        name = str(inputs["name"])
        client.create_function(
            FunctionName=name,
            PackageType="Image",
            Code={"ImageUri": inputs["imageUri"]},
            Publish=bool(inputs.get("publish")),
            Tags=inputs["tagsAll"],
            **given(inputs, Architectures="architectures"),
            **self._configuration(inputs),
        )
        self._wait_until_ready(cloud, name)
        self._set_concurrency(cloud, name, inputs)
        return name

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        client = cloud.client("lambda")
        answer = found(lambda: client.get_function(FunctionName=resource_id), *MISSING)
        if answer is None:
            return None
        told = answer["Configuration"]
        arn = told["FunctionArn"]
        # the image's overrides travel under another name on the way back
        told["ImageConfig"] = told.get("ImageConfigResponse", {}).get("ImageConfig", {})
        version = told.get("Version", "$LATEST")
        concurrency = found(lambda: client.get_function_concurrency(FunctionName=resource_id), *MISSING) or {}
        gateway = f"arn:{cloud.partition}:apigateway:{cloud.region}:lambda:path/"
        return {
            **_CONFIGURATION.from_api(told),
            "name": told["FunctionName"],
            "arn": arn,
            "packageType": told["PackageType"],
            "imageUri": answer["Code"].get("ImageUri", ""),
            "architectures": told.get("Architectures", ["x86_64"]),
            "version": version,
            "lastModified": told["LastModified"],
            "codeSha256": told.get("CodeSha256", ""),
            "sourceCodeSize": told.get("CodeSize", 0),
            "qualifiedArn": f"{arn}:{version}",
            "invokeArn": gateway + _INVOKE_PATH.format(arn=arn),
            "qualifiedInvokeArn": gateway + _INVOKE_PATH.format(arn=f"{arn}:{version}"),
            "reservedConcurrentExecutions": concurrency.get("ReservedConcurrentExecutions", -1),
            "publish": bool(inputs.get("publish")),  # a wish about deploying, not a property of the function
            "tagsAll": client.list_tags(Resource=arn).get("Tags", {}),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        client = cloud.client("lambda")
        if changed & {"imageUri", "architectures"}:
            with setting("imageUri"):
                client.update_function_code(
                    FunctionName=resource_id,
                    ImageUri=inputs["imageUri"],
                    **given(inputs, Architectures="architectures"),
                )
            self._wait_until_ready(cloud, resource_id)
        settings = changed & _CONFIGURATION.fields.keys()
        if settings:
            wanted = {**_DEFAULTS, **self._configuration(inputs)}
            request = {_CONFIGURATION.fields[name].api for name in settings} & wanted.keys()
            client.update_function_configuration(FunctionName=resource_id, **{api: wanted[api] for api in request})
            self._wait_until_ready(cloud, resource_id)
        if "reservedConcurrentExecutions" in changed:
            self._set_concurrency(cloud, resource_id, inputs)
        if "tagsAll" in changed:
            self._retag(cloud, resource_id, inputs["tagsAll"])
        if inputs.get("publish") and changed - {"tagsAll", "reservedConcurrentExecutions"}:
            client.publish_version(FunctionName=resource_id)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        if not inputs.get("skipDestroy"):
            found(lambda: cloud.client("lambda").delete_function(FunctionName=resource_id), *MISSING)

    def _configuration(self, inputs: Properties) -> dict[str, Any]:
        return _CONFIGURATION.to_api({name: inputs[name] for name in _CONFIGURATION.fields if name in inputs}, "")

    def _wait_until_ready(self, cloud: Cloud, name: str) -> None:
        def ready() -> bool:
            told = cloud.client("lambda").get_function_configuration(FunctionName=name)
            if "Failed" in (told.get("State"), told.get("LastUpdateStatus")):
                reason = told.get("StateReason") or told.get("LastUpdateStatusReason") or "no reason given"
                raise DeployError(f"function {name} failed: {reason}")
            return bool(told.get("State", "Active") == "Active" and told.get("LastUpdateStatus") != "InProgress")

        wait_until(ready, f"function {name} becoming ready")

    def _set_concurrency(self, cloud: Cloud, name: str, inputs: Properties) -> None:
        client = cloud.client("lambda")
        reserved = inputs.get("reservedConcurrentExecutions", -1)
        with setting("reservedConcurrentExecutions"):
            if reserved >= 0:
                client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
            elif client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions") is not None:
                client.delete_function_concurrency(FunctionName=name)

    def _retag(self, cloud: Cloud, name: str, wanted: Properties) -> None:
        client = cloud.client("lambda")
        arn = client.get_function_configuration(FunctionName=name)["FunctionArn"]
        with setting("tags"):
            if surplus := sorted(set(client.list_tags(Resource=arn).get("Tags", {})) - set(wanted)):
                client.untag_resource(Resource=arn, TagKeys=surplus)
            if wanted:
                client.tag_resource(Resource=arn, Tags=dict(wanted))


TYPES: Final = (Function,)
