"""Amazon EventBridge: rules on the default bus, and their targets."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import DeployError, setting
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, pairs, retag
from localcloud.deployer.shapes import Shape, one

_MISSING: Final = ("ResourceNotFoundException",)


class EventRule(ResourceType):
    """A rule; its id is its name."""

    pulumi_type = "aws:cloudwatch/eventRule:EventRule"
    _SHAPE: Final = Shape(
        name="Name",
        description="Description",
        eventPattern="EventPattern",
        scheduleExpression="ScheduleExpression",
        state="State",
    )
    deployed = frozenset(_SHAPE.fields)
    replaces = frozenset({"name"})
    documents = frozenset({"eventPattern"})
    named_by = "name"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        self._put(cloud, inputs, Tags=pairs(inputs["tagsAll"]))
        return str(inputs["name"])

    def _put(self, cloud: Cloud, inputs: Properties, **more: Any) -> None:
        with setting("eventPattern" if "eventPattern" in inputs else "scheduleExpression"):
            cloud.client("events").put_rule(**self._SHAPE.request(inputs), **more)

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        events = cloud.client("events")
        rule = found(lambda: events.describe_rule(Name=resource_id), *_MISSING)
        if rule is None:
            return None
        return {
            **dict.fromkeys(self._SHAPE.fields),
            **self._SHAPE.from_api(rule),
            "arn": rule["Arn"],
            "tagsAll": from_pairs(events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        events = cloud.client("events")
        if changed - {"tagsAll"}:
            self._put(cloud, inputs)
        if "tagsAll" in changed:
            current = self.read(cloud, resource_id, inputs) or {}
            retag(
                current["tagsAll"],
                inputs["tagsAll"],
                lambda keys: events.untag_resource(ResourceARN=current["arn"], TagKeys=keys),
                lambda tags: events.tag_resource(ResourceARN=current["arn"], Tags=pairs(tags)),
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("events").delete_rule(Name=resource_id), *_MISSING)


class EventTarget(ResourceType):
    """A target of a rule; its id is `<rule>-<target id>`."""

    pulumi_type = "aws:cloudwatch/eventTarget:EventTarget"
    _SHAPE: Final = Shape(
        targetId="Id",
        arn="Arn",
        input="Input",
        deadLetterConfig=one("DeadLetterConfig", arn="Arn"),
        retryPolicy=one(
            "RetryPolicy",
            maximumEventAgeInSeconds="MaximumEventAgeInSeconds",
            maximumRetryAttempts="MaximumRetryAttempts",
        ),
    )
    deployed = frozenset({"rule", *_SHAPE.fields})
    replaces = frozenset({"rule", "targetId"})
    documents = frozenset({"input"})
    named_by = "targetId"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        response = cloud.client("events").put_targets(Rule=inputs["rule"], Targets=[self._SHAPE.request(inputs)])
        for failed in response.get("FailedEntries") or []:
            raise DeployError(f"target {failed['TargetId']}: {failed['ErrorCode']}: {failed['ErrorMessage']}")
        return f"{inputs['rule']}-{inputs['targetId']}"

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        response = found(lambda: cloud.client("events").list_targets_by_rule(Rule=inputs["rule"]), *_MISSING)
        targets = response["Targets"] if response else []
        target = next((each for each in targets if each["Id"] == inputs["targetId"]), None)
        if target is None:
            return None
        return {**dict.fromkeys(self._SHAPE.fields), **self._SHAPE.from_api(target), "rule": inputs["rule"]}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        ids = [inputs["targetId"]]
        found(lambda: cloud.client("events").remove_targets(Rule=inputs["rule"], Ids=ids), *_MISSING)


TYPES: Final = (EventRule, EventTarget)
