"""Amazon DynamoDB: on-demand tables with indexes, stream and backup."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, Final

from localcloud.deployer.cloud import Cloud, found, wait_until
from localcloud.deployer.errors import InvalidInputError, setting
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, given, pairs, retag
from localcloud.deployer.shapes import Shape, many

_MISSING: Final = ("ResourceNotFoundException",)
_ON_DEMAND: Final = "PAY_PER_REQUEST"
_ATTRIBUTES: Final = Shape(attributes=many("AttributeDefinitions", name="AttributeName", type="AttributeType"))
_INDEX: Final = Shape(
    name="IndexName",
    keySchemas=many("KeySchema", attributeName="AttributeName", keyType="KeyType"),
    projectionType="ProjectionType",
    nonKeyAttributes="NonKeyAttributes",
)
_PROJECTION: Final = ("ProjectionType", "NonKeyAttributes")
_RECOVERY: Final = Shape(enabled="PointInTimeRecoveryEnabled")


def _keys(inputs: Properties) -> list[dict[str, str]]:
    keys = {"HASH": inputs["hashKey"], "RANGE": inputs.get("rangeKey")}
    return [{"AttributeName": name, "KeyType": kind} for kind, name in keys.items() if name]


def _key_of(schema: list[dict[str, str]], kind: str) -> str | None:
    return next((key["AttributeName"] for key in schema if key["KeyType"] == kind), None)


def _index_requests(inputs: Properties) -> list[dict[str, Any]]:
    requests = []
    for position, index in enumerate(inputs.get("globalSecondaryIndexes", [])):
        request = _INDEX.to_api(index, f"globalSecondaryIndexes[{position}]")
        request["Projection"] = {name: request.pop(name) for name in _PROJECTION if name in request}
        requests.append(request)
    return requests


def _stream_request(inputs: Properties) -> dict[str, Any]:
    return {"StreamSpecification": {"StreamEnabled": True, **given(inputs, StreamViewType="streamViewType")}}


class Table(ResourceType):
    """A table; its id is its name."""

    pulumi_type = "aws:dynamodb/table:Table"
    deployed = frozenset(
        """
        name attributes hashKey rangeKey billingMode globalSecondaryIndexes streamEnabled streamViewType
        pointInTimeRecovery deletionProtectionEnabled
        """.split()  # noqa: SIM905 - easier to read as a text
    )
    replaces = frozenset({"name", "hashKey", "rangeKey", "billingMode"})
    sets = frozenset({"attributes", "globalSecondaryIndexes"})
    named_by = "name"

    def check(self, inputs: Properties) -> dict[str, Any]:
        if inputs.get("billingMode") != _ON_DEMAND:
            raise InvalidInputError(f"property billingMode must be {_ON_DEMAND}; nothing else is deployed")
        return super().check(inputs)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        indexes = _index_requests(inputs)
        cloud.client("dynamodb").create_table(
            TableName=inputs["name"],
            **_ATTRIBUTES.request(inputs),
            KeySchema=_keys(inputs),
            BillingMode=_ON_DEMAND,
            **given(inputs, DeletionProtectionEnabled="deletionProtectionEnabled"),
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
            **(_stream_request(inputs) if inputs.get("streamEnabled") else {}),
            **({"Tags": pairs(inputs["tagsAll"])} if inputs["tagsAll"] else {}),
        )
        self._wait_until_active(cloud, inputs["name"])
        if "pointInTimeRecovery" in inputs:
            self._set_recovery(cloud, inputs["name"], inputs)
        return str(inputs["name"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        dynamodb = cloud.client("dynamodb")
        response = found(lambda: dynamodb.describe_table(TableName=resource_id), *_MISSING)
        if response is None:
            return None
        table = response["Table"]
        stream = table.get("StreamSpecification", {})
        backups = dynamodb.describe_continuous_backups(TableName=resource_id)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {})
        return {
            "name": table["TableName"],
            "arn": table["TableArn"],
            **_ATTRIBUTES.from_api(table),
            "hashKey": _key_of(table["KeySchema"], "HASH"),
            "rangeKey": _key_of(table["KeySchema"], "RANGE"),
            "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
            "globalSecondaryIndexes": [
                _INDEX.from_api({**index, **index["Projection"]}) for index in table.get("GlobalSecondaryIndexes") or []
            ],
            "streamEnabled": bool(stream.get("StreamEnabled")),
            "streamViewType": stream.get("StreamViewType", ""),
            "streamArn": table.get("LatestStreamArn", ""),
            "pointInTimeRecovery": {"enabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED"},
            "deletionProtectionEnabled": bool(table.get("DeletionProtectionEnabled")),
            "tagsAll": from_pairs(dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"]).get("Tags", [])),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        dynamodb = cloud.client("dynamodb")
        table = dynamodb.describe_table(TableName=resource_id)["Table"]
        if changed & {"attributes", "globalSecondaryIndexes"}:
            self._change_indexes(cloud, table, inputs)
        if changed & {"streamEnabled", "streamViewType"}:
            # a running stream must be disabled before another view is enabled
            if table.get("StreamSpecification", {}).get("StreamEnabled"):
                self._change(cloud, resource_id, "streamEnabled", {"StreamSpecification": {"StreamEnabled": False}})
            if inputs.get("streamEnabled"):
                self._change(cloud, resource_id, "streamEnabled", _stream_request(inputs))
        if "deletionProtectionEnabled" in changed:
            protected = bool(inputs.get("deletionProtectionEnabled"))
            self._change(cloud, resource_id, "deletionProtectionEnabled", {"DeletionProtectionEnabled": protected})
        if "pointInTimeRecovery" in changed:
            self._set_recovery(cloud, resource_id, inputs)
        if "tagsAll" in changed:
            arn = table["TableArn"]
            retag(
                from_pairs(dynamodb.list_tags_of_resource(ResourceArn=arn).get("Tags", [])),
                inputs["tagsAll"],
                lambda keys: dynamodb.untag_resource(ResourceArn=arn, TagKeys=keys),
                lambda tags: dynamodb.tag_resource(ResourceArn=arn, Tags=pairs(tags)),
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        dynamodb = cloud.client("dynamodb")
        found(lambda: dynamodb.delete_table(TableName=resource_id), *_MISSING)
        wait_until(
            lambda: found(lambda: dynamodb.describe_table(TableName=resource_id), *_MISSING) is None,
            f"deletion of table {resource_id}",
        )

    def _wait_until_active(self, cloud: Cloud, name: str) -> None:
        def active() -> bool:
            table = cloud.client("dynamodb").describe_table(TableName=name)["Table"]
            indexes = table.get("GlobalSecondaryIndexes") or []
            return table["TableStatus"] == "ACTIVE" and all(
                index.get("IndexStatus", "ACTIVE") == "ACTIVE" for index in indexes
            )

        wait_until(active, f"table {name} becoming ACTIVE")

    def _change(self, cloud: Cloud, name: str, property_name: str, request: dict[str, Any]) -> None:
        with setting(property_name):
            cloud.client("dynamodb").update_table(TableName=name, **request)
        self._wait_until_active(cloud, name)

    def _change_indexes(self, cloud: Cloud, table: Properties, inputs: Properties) -> None:
        """Change one index per call, as the service requires; an index that differs is recreated."""
        wanted = {index["IndexName"]: index for index in _index_requests(inputs)}
        updates = []
        for index in table.get("GlobalSecondaryIndexes") or []:
            name = index["IndexName"]
            if name in wanted and all(wanted[name][key] == index[key] for key in ("KeySchema", "Projection")):
                del wanted[name]
            else:
                updates.append({"Delete": {"IndexName": name}})
        updates += [{"Create": index} for index in wanted.values()]
        for update in updates:
            request = {**_ATTRIBUTES.request(inputs), "GlobalSecondaryIndexUpdates": [update]}
            self._change(cloud, table["TableName"], "globalSecondaryIndexes", request)

    def _set_recovery(self, cloud: Cloud, table: str, inputs: Properties) -> None:
        wanted = _RECOVERY.to_api(inputs.get("pointInTimeRecovery", {"enabled": False}), "pointInTimeRecovery")
        with setting("pointInTimeRecovery"):
            cloud.client("dynamodb").update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=wanted)


TYPES: Final = (Table,)
