"""Amazon CloudWatch: log groups, metric alarms, dashboards."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import DeployError, setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, pairs
from localcloud.deployer.shapes import Shape, many, one

_NO_GROUP: Final = ("ResourceNotFoundException",)


class LogGroup(ResourceType):
    """A log group; its id is its name."""

    pulumi_type = "aws:cloudwatch/logGroup:LogGroup"
    deployed = frozenset({"name", "retentionInDays", "kmsKeyId", "logGroupClass"})
    replaces = frozenset({"name", "logGroupClass"})
    provider_only: ClassVar[dict[str, Any]] = {"skipDestroy": False}
    naming = Naming(limit=512)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        logs = cloud.client("logs")
        request: dict[str, Any] = {"logGroupName": inputs["name"]}
        for name in ("kmsKeyId", "logGroupClass"):
            if inputs.get(name):
                request[name] = inputs[name]
        if inputs["tagsAll"]:
            request["tags"] = inputs["tagsAll"]
        logs.create_log_group(**request)
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
            "kmsKeyId": group.get("kmsKeyId", ""),
            "logGroupClass": group.get("logGroupClass", "STANDARD"),
            "tagsAll": logs.list_tags_for_resource(resourceArn=arn).get("tags", {}),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        logs = cloud.client("logs")
        if "retentionInDays" in changed:
            self._set_retention(cloud, resource_id, inputs)
        if "kmsKeyId" in changed:
            with setting("kmsKeyId"):
                if inputs.get("kmsKeyId"):
                    logs.associate_kms_key(logGroupName=resource_id, kmsKeyId=inputs["kmsKeyId"])
                else:
                    logs.disassociate_kms_key(logGroupName=resource_id)
        if "tagsAll" in changed:
            told = self.read(cloud, resource_id, inputs) or {}
            with setting("tags"):
                if surplus := sorted(set(told["tagsAll"]) - set(inputs["tagsAll"])):
                    logs.untag_resource(resourceArn=told["arn"], tagKeys=surplus)
                if inputs["tagsAll"]:
                    logs.tag_resource(resourceArn=told["arn"], tags=inputs["tagsAll"])

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        if not inputs.get("skipDestroy"):
            found(lambda: cloud.client("logs").delete_log_group(logGroupName=resource_id), *_NO_GROUP)

    def _set_retention(self, cloud: Cloud, name: str, inputs: Properties) -> None:
        days = inputs.get("retentionInDays") or 0
        with setting("retentionInDays"):
            if days:
                cloud.client("logs").put_retention_policy(logGroupName=name, retentionInDays=days)
            else:
                cloud.client("logs").delete_retention_policy(logGroupName=name)


_METRIC: Final = {
    "metricName": "MetricName",
    "namespace": "Namespace",
    "dimensions": "Dimensions",
}


def _dimensions_to_api(metric: dict[str, Any]) -> None:
    if "Dimensions" in metric:
        metric["Dimensions"] = [{"Name": name, "Value": value} for name, value in metric["Dimensions"].items()]


def _dimensions_from_api(metric: dict[str, Any]) -> None:
    if "Dimensions" in metric:
        metric["Dimensions"] = {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}


class MetricAlarm(ResourceType):
    """An alarm on a metric or an expression; its id is its name."""

    pulumi_type = "aws:cloudwatch/metricAlarm:MetricAlarm"
    _SHAPE: Final = Shape(
        name="AlarmName",
        alarmDescription="AlarmDescription",
        actionsEnabled="ActionsEnabled",
        alarmActions="AlarmActions",
        okActions="OKActions",
        insufficientDataActions="InsufficientDataActions",
        statistic="Statistic",
        extendedStatistic="ExtendedStatistic",
        period="Period",
        unit="Unit",
        evaluationPeriods="EvaluationPeriods",
        datapointsToAlarm="DatapointsToAlarm",
        threshold="Threshold",
        comparisonOperator="ComparisonOperator",
        treatMissingData="TreatMissingData",
        evaluateLowSampleCountPercentiles="EvaluateLowSampleCountPercentile",
        thresholdMetricId="ThresholdMetricId",
        metricQueries=many(
            "Metrics",
            id="Id",
            expression="Expression",
            label="Label",
            period="Period",
            returnData="ReturnData",
            accountId="AccountId",
            metric=one("MetricStat", stat="Stat", period="Period", unit="Unit", **_METRIC),
        ),
        **_METRIC,
    )
    deployed = frozenset(_SHAPE.fields)
    replaces = frozenset({"name"})
    sets = frozenset({"alarmActions", "okActions", "insufficientDataActions"})
    naming = Naming(limit=255, prefix_property=None)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        self._put(cloud, inputs, Tags=pairs(inputs["tagsAll"]))
        return str(inputs["name"])

    def _put(self, cloud: Cloud, inputs: Properties, **more: Any) -> None:
        request = self._SHAPE.to_api({name: inputs[name] for name in self.deployed & inputs.keys()}, "")
        _dimensions_to_api(request)
        for query in request.get("Metrics", []):
            if "MetricStat" in query:
                stat = query["MetricStat"]
                _dimensions_to_api(stat)
                # the service keeps what identifies a metric in an object of its own
                stat["Metric"] = {api: stat.pop(api) for api in _METRIC.values() if api in stat}
        cloud.client("cloudwatch").put_metric_alarm(**request, **more)

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        cloudwatch = cloud.client("cloudwatch")
        alarms = cloudwatch.describe_alarms(AlarmNames=[resource_id], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not alarms:
            return None
        alarm = alarms[0]
        _dimensions_from_api(alarm)
        for query in alarm.get("Metrics") or []:
            if "MetricStat" in query:
                query["MetricStat"].update(query["MetricStat"].pop("Metric"))
                _dimensions_from_api(query["MetricStat"])
        absent: dict[str, Any] = dict.fromkeys(self._SHAPE.fields)
        return {
            **absent,
            **self._SHAPE.from_api(alarm),
            "arn": alarm["AlarmArn"],
            "tagsAll": from_pairs(cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        cloudwatch = cloud.client("cloudwatch")
        if changed - {"tagsAll"}:
            self._put(cloud, inputs)
        if "tagsAll" in changed:
            told = self.read(cloud, resource_id, inputs) or {}
            with setting("tags"):
                if surplus := sorted(set(told["tagsAll"]) - set(inputs["tagsAll"])):
                    cloudwatch.untag_resource(ResourceARN=told["arn"], TagKeys=surplus)
                if inputs["tagsAll"]:
                    cloudwatch.tag_resource(ResourceARN=told["arn"], Tags=pairs(inputs["tagsAll"]))

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        cloud.client("cloudwatch").delete_alarms(AlarmNames=[resource_id])


class Dashboard(ResourceType):
    """A dashboard; its id is its name."""

    pulumi_type = "aws:cloudwatch/dashboard:Dashboard"
    deployed = frozenset({"dashboardName", "dashboardBody"})
    replaces = frozenset({"dashboardName"})
    documents = frozenset({"dashboardBody"})
    _MISSING: Final = ("ResourceNotFound", "DashboardNotFoundError")

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        with setting("dashboardBody"):
            answer = cloud.client("cloudwatch").put_dashboard(
                DashboardName=inputs["dashboardName"], DashboardBody=inputs["dashboardBody"]
            )
        messages = [
            f"{each.get('DataPath')}: {each.get('Message')}" for each in answer.get("DashboardValidationMessages") or []
        ]
        if messages:
            raise DeployError(f"dashboard {inputs['dashboardName']}: {'; '.join(messages)}")
        return str(inputs["dashboardName"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        told = found(lambda: cloud.client("cloudwatch").get_dashboard(DashboardName=resource_id), *self._MISSING)
        if told is None:
            return None
        return {
            "dashboardName": told["DashboardName"],
            "dashboardArn": told["DashboardArn"],
            "dashboardBody": told["DashboardBody"],
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("cloudwatch").delete_dashboards(DashboardNames=[resource_id]), *self._MISSING)


TYPES: Final = (LogGroup, MetricAlarm, Dashboard)
