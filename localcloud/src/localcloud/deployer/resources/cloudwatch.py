"""Amazon CloudWatch: log groups and metric alarms."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, pairs, retag
from localcloud.deployer.shapes import Shape


class LogGroup(ResourceType):
    """A log group; its id is its name."""

    pulumi_type = "aws:cloudwatch/logGroup:LogGroup"
    deployed = frozenset({"name", "retentionInDays"})
    replaces = frozenset({"name"})
    provider_only: ClassVar[dict[str, Any]] = {"skipDestroy": False}
    named_by = "name"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        tags = {"tags": inputs["tagsAll"]} if inputs["tagsAll"] else {}
        cloud.client("logs").create_log_group(logGroupName=inputs["name"], **tags)
        self._set_retention(cloud, inputs["name"], inputs)
        return str(inputs["name"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        logs = cloud.client("logs")
        pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=resource_id)
        groups = [group for page in pages for group in page["logGroups"]]
        group = next((each for each in groups if each["logGroupName"] == resource_id), None)
        if group is None:
            return None
        arn = group["arn"].removesuffix(":*")
        return {
            "name": group["logGroupName"],
            "arn": arn,
            "retentionInDays": group.get("retentionInDays", 0),
            "tagsAll": logs.list_tags_for_resource(resourceArn=arn).get("tags", {}),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        logs = cloud.client("logs")
        if "retentionInDays" in changed:
            self._set_retention(cloud, resource_id, inputs)
        if "tagsAll" in changed:
            current = self.read(cloud, resource_id, inputs) or {}
            retag(
                current["tagsAll"],
                inputs["tagsAll"],
                lambda keys: logs.untag_resource(resourceArn=current["arn"], tagKeys=keys),
                lambda tags: logs.tag_resource(resourceArn=current["arn"], tags=tags),
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        if not inputs.get("skipDestroy"):
            found(lambda: cloud.client("logs").delete_log_group(logGroupName=resource_id), "ResourceNotFoundException")

    def _set_retention(self, cloud: Cloud, name: str, inputs: Properties) -> None:
        with setting("retentionInDays"):
            if days := inputs.get("retentionInDays"):
                cloud.client("logs").put_retention_policy(logGroupName=name, retentionInDays=days)
            else:
                cloud.client("logs").delete_retention_policy(logGroupName=name)


class MetricAlarm(ResourceType):
    """An alarm on one metric; its id is its name."""

    pulumi_type = "aws:cloudwatch/metricAlarm:MetricAlarm"
    _SHAPE: Final = Shape(
        name="AlarmName",
        alarmDescription="AlarmDescription",
        alarmActions="AlarmActions",
        okActions="OKActions",
        metricName="MetricName",
        namespace="Namespace",
        dimensions="Dimensions",
        statistic="Statistic",
        period="Period",
        evaluationPeriods="EvaluationPeriods",
        datapointsToAlarm="DatapointsToAlarm",
        threshold="Threshold",
        comparisonOperator="ComparisonOperator",
        treatMissingData="TreatMissingData",
    )
    deployed = frozenset(_SHAPE.fields)
    replaces = frozenset({"name"})
    sets = frozenset({"alarmActions", "okActions"})
    named_by = "name"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        self._put(cloud, inputs, Tags=pairs(inputs["tagsAll"]))
        return str(inputs["name"])

    def _put(self, cloud: Cloud, inputs: Properties, **more: Any) -> None:
        request = self._SHAPE.request(inputs)
        request["Dimensions"] = [{"Name": key, "Value": value} for key, value in request.get("Dimensions", {}).items()]
        cloud.client("cloudwatch").put_metric_alarm(**request, **more)

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        cloudwatch = cloud.client("cloudwatch")
        alarms = cloudwatch.describe_alarms(AlarmNames=[resource_id], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not alarms:
            return None
        alarm = alarms[0]
        alarm["Dimensions"] = {dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions", [])}
        return {
            **dict.fromkeys(self._SHAPE.fields),
            **self._SHAPE.from_api(alarm),
            "arn": alarm["AlarmArn"],
            "tagsAll": from_pairs(cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        cloudwatch = cloud.client("cloudwatch")
        if changed - {"tagsAll"}:
            self._put(cloud, inputs)
        if "tagsAll" in changed:
            current = self.read(cloud, resource_id, inputs) or {}
            retag(
                current["tagsAll"],
                inputs["tagsAll"],
                lambda keys: cloudwatch.untag_resource(ResourceARN=current["arn"], TagKeys=keys),
                lambda tags: cloudwatch.tag_resource(ResourceARN=current["arn"], Tags=pairs(tags)),
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        cloud.client("cloudwatch").delete_alarms(AlarmNames=[resource_id])


TYPES: Final = (LogGroup, MetricAlarm)
