"""AWS Lambda: who may invoke a function, what it consumes, and where its failures go."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

import json
from typing import Any, Final

from localcloud.deployer.cloud import Cloud, found, wait_until
from localcloud.deployer.resources.base import Properties, ResourceType, retag
from localcloud.deployer.resources.lambda_function import MISSING
from localcloud.deployer.shapes import Shape, many, one


class Permission(ResourceType):
    """One statement of a function's resource policy; its id is the statement's id."""

    pulumi_type = "aws:lambda/permission:Permission"
    _SHAPE: Final = Shape(
        action="Action",
        function="FunctionName",
        principal="Principal",
        statementId="StatementId",
        sourceArn="SourceArn",
        sourceAccount="SourceAccount",
    )
    deployed = frozenset(_SHAPE.fields)
    replaces = deployed
    named_by = "statementId"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        cloud.client("lambda").add_permission(**self._SHAPE.request(inputs))
        return str(inputs["statementId"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        response = found(lambda: cloud.client("lambda").get_policy(FunctionName=inputs["function"]), *MISSING)
        statements = json.loads(response["Policy"]).get("Statement", []) if response else []
        statement = next((each for each in statements if each.get("Sid") == resource_id), None)
        if statement is None:
            return None
        principal = statement["Principal"]
        conditions = {
            key.lower(): value
            for operator in statement.get("Condition", {}).values()
            for key, value in operator.items()
        }
        return {
            "statementId": statement["Sid"],
            "action": statement["Action"],
            "principal": principal.get("Service") or principal.get("AWS") if isinstance(principal, dict) else principal,
            "function": inputs["function"],  # the policy has the ARN, the program may have given the name
            "sourceArn": conditions.get("aws:sourcearn"),
            "sourceAccount": conditions.get("aws:sourceaccount"),
        }

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        request = {"FunctionName": inputs["function"], "StatementId": resource_id}
        found(lambda: cloud.client("lambda").remove_permission(**request), *MISSING)


class EventSourceMapping(ResourceType):
    """A queue or stream that a function consumes; its id is its UUID."""

    pulumi_type = "aws:lambda/eventSourceMapping:EventSourceMapping"
    _SHAPE: Final = Shape(
        eventSourceArn="EventSourceArn",
        functionName="FunctionName",
        enabled="Enabled",
        batchSize="BatchSize",
        maximumBatchingWindowInSeconds="MaximumBatchingWindowInSeconds",
        functionResponseTypes="FunctionResponseTypes",
        scalingConfig=one("ScalingConfig", maximumConcurrency="MaximumConcurrency"),
        startingPosition="StartingPosition",
        bisectBatchOnFunctionError="BisectBatchOnFunctionError",
        maximumRetryAttempts="MaximumRetryAttempts",
        maximumRecordAgeInSeconds="MaximumRecordAgeInSeconds",
        destinationConfig=one("DestinationConfig", onFailure=one("OnFailure", destinationArn="Destination")),
        filterCriteria=one("FilterCriteria", filters=many("Filters", pattern="Pattern")),
    )
    deployed = frozenset(_SHAPE.fields)
    replaces = frozenset({"eventSourceArn", "startingPosition"})
    sets = frozenset({"functionResponseTypes"})
    #: What resets a setting. Source: API reference, UpdateEventSourceMapping.
    _DEFAULTS: Final[dict[str, Any]] = {
        "Enabled": True,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "ScalingConfig": {},
        "BisectBatchOnFunctionError": False,
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": -1,
        "DestinationConfig": {"OnFailure": {}},
        "FilterCriteria": {},
    }

    def same(self, name: str, old: Any, new: Any) -> bool:
        # the program may give a function's name where the service reports its ARN
        if name == "functionName" and isinstance(old, str) and isinstance(new, str):
            return old.rpartition(":")[2] == new.rpartition(":")[2]
        return super().same(name, old, new)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        tags = {"Tags": inputs["tagsAll"]} if inputs["tagsAll"] else {}
        response = cloud.client("lambda").create_event_source_mapping(**self._SHAPE.request(inputs), **tags)
        self._wait_until_settled(cloud, response["UUID"])
        return str(response["UUID"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        client = cloud.client("lambda")
        mapping = found(lambda: client.get_event_source_mapping(UUID=resource_id), *MISSING)
        if mapping is None:
            return None
        return {
            **self._SHAPE.from_api(mapping),
            "uuid": mapping["UUID"],
            "arn": mapping["EventSourceMappingArn"],
            "functionArn": mapping["FunctionArn"],
            "functionName": mapping["FunctionArn"],
            "enabled": mapping["State"] in ("Enabled", "Enabling", "Creating", "Updating"),
            "state": mapping["State"],
            "tagsAll": client.list_tags(Resource=mapping["EventSourceMappingArn"]).get("Tags", {}),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        client = cloud.client("lambda")
        if settings := changed & self.deployed:
            wanted = {**self._DEFAULTS, **self._SHAPE.request(inputs)}
            names = {self._SHAPE.fields[name].api for name in settings} & wanted.keys()
            client.update_event_source_mapping(UUID=resource_id, **{name: wanted[name] for name in names})
            self._wait_until_settled(cloud, resource_id)
        if "tagsAll" in changed:
            current = self.read(cloud, resource_id, inputs) or {}
            retag(
                current["tagsAll"],
                inputs["tagsAll"],
                lambda keys: client.untag_resource(Resource=current["arn"], TagKeys=keys),
                lambda tags: client.tag_resource(Resource=current["arn"], Tags=dict(tags)),
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("lambda").delete_event_source_mapping(UUID=resource_id), *MISSING)

    def _wait_until_settled(self, cloud: Cloud, uuid: str) -> None:
        def settled() -> bool:
            state = cloud.client("lambda").get_event_source_mapping(UUID=uuid)["State"]
            return not str(state).endswith("ing")

        wait_until(settled, f"event source mapping {uuid} settling")


class FunctionEventInvokeConfig(ResourceType):
    """How often asynchronous invocations are retried and where failures go; its id is the function's name."""

    pulumi_type = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    _SHAPE: Final = Shape(
        functionName="FunctionName",
        maximumEventAgeInSeconds="MaximumEventAgeInSeconds",
        maximumRetryAttempts="MaximumRetryAttempts",
        destinationConfig=one("DestinationConfig", onFailure=one("OnFailure", destination="Destination")),
    )
    deployed = frozenset(_SHAPE.fields)
    replaces = frozenset({"functionName"})

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        cloud.client("lambda").put_function_event_invoke_config(**self._SHAPE.request(inputs))
        return str(inputs["functionName"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        client = cloud.client("lambda")
        config = found(lambda: client.get_function_event_invoke_config(FunctionName=resource_id), *MISSING)
        return None if config is None else {**self._SHAPE.from_api(config), "functionName": resource_id}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        client = cloud.client("lambda")
        found(lambda: client.delete_function_event_invoke_config(FunctionName=resource_id), *MISSING)


TYPES: Final = (Permission, EventSourceMapping, FunctionEventInvokeConfig)
