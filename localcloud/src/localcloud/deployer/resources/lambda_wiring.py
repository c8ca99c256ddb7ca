"""AWS Lambda: who may invoke a function, what it listens to, and where its failures go."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

import json
from typing import Any, Final

from localcloud.deployer.cloud import Cloud, found, wait_until
from localcloud.deployer.errors import setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, given
from localcloud.deployer.resources.lambda_function import MISSING
from localcloud.deployer.shapes import Shape, many, one


class Permission(ResourceType):
    """One statement of a function's resource policy; its id is the statement's id."""

    pulumi_type = "aws:lambda/permission:Permission"
    _REQUEST: Final = {
        "action": "Action",
        "function": "FunctionName",
        "principal": "Principal",
        "statementId": "StatementId",
        "sourceArn": "SourceArn",
        "sourceAccount": "SourceAccount",
        "principalOrgId": "PrincipalOrgID",
        "eventSourceToken": "EventSourceToken",
        "functionUrlAuthType": "FunctionUrlAuthType",
        "invokedViaFunctionUrl": "InvokedViaFunctionUrl",
        "qualifier": "Qualifier",
    }
    deployed = frozenset(_REQUEST)
    replaces = deployed
    naming = Naming(property="statementId", limit=100, prefix_property="statementIdPrefix")

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        request = given(inputs, **{api: name for name, api in self._REQUEST.items()})
        cloud.client("lambda").add_permission(**request)
        return str(inputs["statementId"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        request = given(inputs, FunctionName="function", Qualifier="qualifier")
        answer = found(lambda: cloud.client("lambda").get_policy(**request), *MISSING)
        statements = json.loads(answer["Policy"]).get("Statement", []) if answer else []
        statement = next((each for each in statements if each.get("Sid") == resource_id), None)
        return None if statement is None else self._properties(statement, inputs)

    def _properties(self, statement: Properties, inputs: Properties) -> dict[str, Any]:
        principal = statement["Principal"]
        if isinstance(principal, dict):
            principal = principal.get("Service") or principal.get("AWS")
        conditions = {
            key.lower(): value
            for operator in statement.get("Condition", {}).values()
            for key, value in operator.items()
        }
        return {
            "statementId": statement["Sid"],
            "action": statement["Action"],
            "principal": principal,
            "function": inputs["function"],  # the policy names the ARN, the program may have given the name
            "qualifier": inputs.get("qualifier"),
            "sourceArn": conditions.get("aws:sourcearn"),
            "sourceAccount": conditions.get("aws:sourceaccount"),
            "principalOrgId": conditions.get("aws:principalorgid"),
            "eventSourceToken": conditions.get("lambda:eventsourcetoken"),
            "functionUrlAuthType": conditions.get("lambda:functionurlauthtype"),
        }

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        request = given(inputs, FunctionName="function", Qualifier="qualifier")
        found(lambda: cloud.client("lambda").remove_permission(**request, StatementId=resource_id), *MISSING)


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
        parallelizationFactor="ParallelizationFactor",
        tumblingWindowInSeconds="TumblingWindowInSeconds",
        destinationConfig=one("DestinationConfig", onFailure=one("OnFailure", destinationArn="Destination")),
        filterCriteria=one("FilterCriteria", filters=many("Filters", pattern="Pattern")),
    )
    deployed = frozenset(_SHAPE.fields)
    replaces = frozenset({"eventSourceArn", "startingPosition"})
    sets = frozenset({"functionResponseTypes"})
    #: What UpdateEventSourceMapping is told to take a setting back. Source: API reference.
    _DEFAULTS: Final[dict[str, Any]] = {
        "Enabled": True,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "ScalingConfig": {},
        "BisectBatchOnFunctionError": False,
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": -1,
        "ParallelizationFactor": 1,
        "TumblingWindowInSeconds": 0,
        "DestinationConfig": {"OnFailure": {}},
        "FilterCriteria": {},
    }

    def same(self, name: str, old: Any, new: Any) -> bool:
        # the program may give a function's name where the service tells its ARN
        if name == "functionName" and isinstance(old, str) and isinstance(new, str):
            return old.rpartition(":")[2] == new.rpartition(":")[2]
        return super().same(name, old, new)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        request = self._SHAPE.to_api({name: inputs[name] for name in self.deployed & inputs.keys()}, "")
        if inputs["tagsAll"]:
            request["Tags"] = inputs["tagsAll"]
        answer = cloud.client("lambda").create_event_source_mapping(**request)
        self._wait_until_settled(cloud, answer["UUID"])
        return str(answer["UUID"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        client = cloud.client("lambda")
        told = found(lambda: client.get_event_source_mapping(UUID=resource_id), *MISSING)
        if told is None:
            return None
        state = told.get("State", "")
        modified = told.get("LastModified")
        arn = told.get("EventSourceMappingArn") or (
            f"arn:{cloud.partition}:lambda:{cloud.region}:{cloud.account_id}:event-source-mapping:{resource_id}"
        )
        properties = {
            **self._SHAPE.from_api(told),
            "uuid": told["UUID"],
            "arn": arn,
            "functionArn": told["FunctionArn"],
            "functionName": told["FunctionArn"],
            "enabled": state in ("Enabled", "Enabling", "Creating", "Updating", ""),
            "state": state,
            "stateTransitionReason": told.get("StateTransitionReason", ""),
            "lastProcessingResult": told.get("LastProcessingResult", ""),
            "lastModified": modified.isoformat() if hasattr(modified, "isoformat") else str(modified or ""),
        }
        tags = found(lambda: client.list_tags(Resource=arn), *MISSING)
        if tags is not None:
            properties["tagsAll"] = tags.get("Tags", {})
        return properties

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        client = cloud.client("lambda")
        settings = changed & self.deployed
        if settings:
            wanted = self._SHAPE.to_api({name: inputs[name] for name in self.deployed & inputs.keys()}, "")
            wanted = {**self._DEFAULTS, **wanted}
            request = {self._SHAPE.fields[name].api for name in settings} & wanted.keys()
            client.update_event_source_mapping(UUID=resource_id, **{api: wanted[api] for api in request})
            self._wait_until_settled(cloud, resource_id)
        if "tagsAll" in changed:
            told = client.get_event_source_mapping(UUID=resource_id)
            arn = told.get("EventSourceMappingArn", "")
            with setting("tags"):
                present = client.list_tags(Resource=arn).get("Tags", {})
                if surplus := sorted(set(present) - set(inputs["tagsAll"])):
                    client.untag_resource(Resource=arn, TagKeys=surplus)
                if inputs["tagsAll"]:
                    client.tag_resource(Resource=arn, Tags=dict(inputs["tagsAll"]))

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("lambda").delete_event_source_mapping(UUID=resource_id), *MISSING)

    def _wait_until_settled(self, cloud: Cloud, uuid: str) -> None:
        def settled() -> bool:
            state = cloud.client("lambda").get_event_source_mapping(UUID=uuid).get("State", "Enabled")
            return not str(state).endswith("ing")

        wait_until(settled, f"event source mapping {uuid} settling")


class FunctionEventInvokeConfig(ResourceType):
    """How asynchronous invocations are retried and where they end; its id is `<function>[:<qualifier>]`."""

    pulumi_type = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    _SHAPE: Final = Shape(
        maximumEventAgeInSeconds="MaximumEventAgeInSeconds",
        maximumRetryAttempts="MaximumRetryAttempts",
        destinationConfig=one(
            "DestinationConfig",
            onFailure=one("OnFailure", destination="Destination"),
            onSuccess=one("OnSuccess", destination="Destination"),
        ),
    )
    deployed = frozenset({"functionName", "qualifier", *_SHAPE.fields})
    replaces = frozenset({"functionName", "qualifier"})

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        request = self._SHAPE.to_api({name: inputs[name] for name in self._SHAPE.fields if name in inputs}, "")
        key = given(inputs, FunctionName="functionName", Qualifier="qualifier")
        cloud.client("lambda").put_function_event_invoke_config(**key, **request)
        return ":".join(key.values())

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        key = given(inputs, FunctionName="functionName", Qualifier="qualifier") or {"FunctionName": resource_id}
        told = found(lambda: cloud.client("lambda").get_function_event_invoke_config(**key), *MISSING)
        if told is None:
            return None
        return {**self._SHAPE.from_api(told), "functionName": key["FunctionName"], "qualifier": key.get("Qualifier")}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        key = given(inputs, FunctionName="functionName", Qualifier="qualifier")
        found(lambda: cloud.client("lambda").delete_function_event_invoke_config(**key), *MISSING)


class FunctionRecursionConfig(ResourceType):
    """Whether a function that calls itself in a circle is stopped; its id is the function's name."""

    pulumi_type = "aws:lambda/functionRecursionConfig:FunctionRecursionConfig"
    deployed = frozenset({"functionName", "recursiveLoop"})
    replaces = frozenset({"functionName"})

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        with setting("recursiveLoop"):
            cloud.client("lambda").put_function_recursion_config(
                FunctionName=inputs["functionName"], RecursiveLoop=inputs["recursiveLoop"]
            )
        return str(inputs["functionName"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        told = found(lambda: cloud.client("lambda").get_function_recursion_config(FunctionName=resource_id), *MISSING)
        return {"functionName": resource_id, "recursiveLoop": told["RecursiveLoop"]} if told else None

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        """A function always has a setting: back to the default."""
        found(lambda: self.create(cloud, {"functionName": resource_id, "recursiveLoop": "Terminate"}), *MISSING)


TYPES: Final = (Permission, EventSourceMapping, FunctionEventInvokeConfig, FunctionRecursionConfig)
