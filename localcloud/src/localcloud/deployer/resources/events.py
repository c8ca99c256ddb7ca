"""Amazon EventBridge: rules and their targets."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import ServiceRefused, WrongInput, setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, given, pairs
from localcloud.deployer.shapes import Shape, one

_MISSING: Final = ("ResourceNotFoundException",)
_DEFAULT_BUS: Final = "default"


def _bus_and_rest(resource_id: str) -> tuple[str, str]:
    """Ids of things on the default bus leave it out: `<rule>`, else `<bus>/<rule>`."""
    bus, slash, rest = resource_id.rpartition("/")
    return (bus, rest) if slash else (_DEFAULT_BUS, resource_id)


class EventRule(ResourceType):
    """A rule; its id is its name, with the bus before it where that is not the default one."""

    pulumi_type = "aws:cloudwatch/eventRule:EventRule"
    _SHAPE: Final = Shape(
        name="Name",
        description="Description",
        eventPattern="EventPattern",
        scheduleExpression="ScheduleExpression",
        state="State",
        roleArn="RoleArn",
        eventBusName="EventBusName",
    )
    deployed = frozenset(_SHAPE.fields)
    replaces = frozenset({"name", "eventBusName"})
    provider_only: ClassVar[dict[str, Any]] = {"forceDestroy": False}
    documents = frozenset({"eventPattern"})
    naming = Naming(limit=64)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        self._put(cloud, inputs, Tags=pairs(inputs["tagsAll"]))
        bus = inputs.get("eventBusName", _DEFAULT_BUS)
        return str(inputs["name"]) if bus == _DEFAULT_BUS else f"{bus}/{inputs['name']}"

    def _put(self, cloud: Cloud, inputs: Properties, **more: Any) -> None:
        request = self._SHAPE.to_api({name: inputs[name] for name in self.deployed & inputs.keys()}, "")
        with setting("eventPattern" if "eventPattern" in inputs else "scheduleExpression"):
            cloud.client("events").put_rule(**request, **more)

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        bus, name = _bus_and_rest(resource_id)
        events = cloud.client("events")
        told = found(lambda: events.describe_rule(Name=name, EventBusName=bus), *_MISSING)
        if told is None:
            return None
        return {
            "eventPattern": None,
            "scheduleExpression": "",
            "description": "",
            "roleArn": "",
            **self._SHAPE.from_api(told),
            "eventBusName": told.get("EventBusName") or bus,
            "arn": told["Arn"],
            "isEnabled": told["State"] == "ENABLED",
            "tagsAll": from_pairs(events.list_tags_for_resource(ResourceARN=told["Arn"])["Tags"]),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        events = cloud.client("events")
        if changed - {"tagsAll", "forceDestroy"}:
            self._put(cloud, inputs)
        if "tagsAll" in changed:
            bus, name = _bus_and_rest(resource_id)
            arn = events.describe_rule(Name=name, EventBusName=bus)["Arn"]
            present = from_pairs(events.list_tags_for_resource(ResourceARN=arn)["Tags"])
            with setting("tags"):
                if surplus := sorted(set(present) - set(inputs["tagsAll"])):
                    events.untag_resource(ResourceARN=arn, TagKeys=surplus)
                if inputs["tagsAll"]:
                    events.tag_resource(ResourceARN=arn, Tags=pairs(inputs["tagsAll"]))

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        bus, name = _bus_and_rest(resource_id)
        force = bool(inputs.get("forceDestroy"))
        found(lambda: cloud.client("events").delete_rule(Name=name, EventBusName=bus, Force=force), *_MISSING)


class EventTarget(ResourceType):
    """Where a rule's events go; its id is `<rule>-<target id>`, with the bus before it where not the default."""

    pulumi_type = "aws:cloudwatch/eventTarget:EventTarget"
    _SHAPE: Final = Shape(
        targetId="Id",
        arn="Arn",
        roleArn="RoleArn",
        input="Input",
        inputPath="InputPath",
        inputTransformer=one("InputTransformer", inputPaths="InputPathsMap", inputTemplate="InputTemplate"),
        deadLetterConfig=one("DeadLetterConfig", arn="Arn"),
        retryPolicy=one(
            "RetryPolicy",
            maximumEventAgeInSeconds="MaximumEventAgeInSeconds",
            maximumRetryAttempts="MaximumRetryAttempts",
        ),
        sqsTarget=one("SqsParameters", messageGroupId="MessageGroupId"),
    )
    deployed = frozenset({"rule", "eventBusName", *_SHAPE.fields})
    replaces = frozenset({"rule", "eventBusName", "targetId"})
    provider_only: ClassVar[dict[str, Any]] = {"forceDestroy": False}
    documents = frozenset({"input"})
    naming = Naming(property="targetId", limit=64, prefix_property=None)

    def check(self, inputs: Properties) -> dict[str, Any]:
        checked = super().check(inputs)
        chosen = sorted({"input", "inputPath", "inputTransformer"} & checked.keys())
        if len(chosen) > 1:
            raise WrongInput(f"properties {' and '.join(chosen)} exclude each other")
        return checked

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        bus = inputs.get("eventBusName", _DEFAULT_BUS)
        target = self._SHAPE.to_api({name: inputs[name] for name in self._SHAPE.fields if name in inputs}, "")
        answer = cloud.client("events").put_targets(Rule=inputs["rule"], EventBusName=bus, Targets=[target])
        for failed in answer.get("FailedEntries") or []:
            raise ServiceRefused(f"target {failed['TargetId']}: {failed['ErrorCode']}: {failed['ErrorMessage']}")
        local = f"{inputs['rule']}-{inputs['targetId']}"
        return local if bus == _DEFAULT_BUS else f"{bus}/{local}"

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        bus = inputs.get("eventBusName", _DEFAULT_BUS)
        pages = cloud.client("events").get_paginator("list_targets_by_rule")
        targets = found(
            lambda: [
                target for page in pages.paginate(Rule=inputs["rule"], EventBusName=bus) for target in page["Targets"]
            ],
            *_MISSING,
        )
        told = next((target for target in targets or [] if target["Id"] == inputs["targetId"]), None)
        if told is None:
            return None
        absent: dict[str, Any] = dict.fromkeys(self._SHAPE.fields)
        return {**absent, **self._SHAPE.from_api(told), "rule": inputs["rule"], "eventBusName": bus}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        request = {
            "Ids": [inputs["targetId"]],
            **given({"eventBusName": _DEFAULT_BUS, **inputs}, Rule="rule", EventBusName="eventBusName"),
        }
        found(lambda: cloud.client("events").remove_targets(**request), *_MISSING)


TYPES: Final = (EventRule, EventTarget)
