"""Amazon DynamoDB: tables with indexes, stream, expiry, backup and encryption."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found, wait_until
from localcloud.deployer.errors import setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, given, pairs
from localcloud.deployer.shapes import Shape, many

_MISSING: Final = ("ResourceNotFoundException",)
_ATTRIBUTES: Final = Shape(name="AttributeName", type="AttributeType")
_KEY: Final = Shape(attributeName="AttributeName", keyType="KeyType")
_INDEX: Final = Shape(
    name="IndexName",
    hashKey="HashKey",
    rangeKey="RangeKey",
    keySchemas=many("KeySchemas", attributeName="AttributeName", keyType="KeyType"),
    projectionType="ProjectionType",
    nonKeyAttributes="NonKeyAttributes",
    readCapacity="ReadCapacityUnits",
    writeCapacity="WriteCapacityUnits",
)
_TTL: Final = Shape(attributeName="AttributeName", enabled="Enabled")
_RECOVERY: Final = Shape(enabled="PointInTimeRecoveryEnabled", recoveryPeriodInDays="RecoveryPeriodInDays")
_ENCRYPTION: Final = Shape(enabled="Enabled", kmsKeyArn="KMSMasterKeyId")


def _keys(hash_key: str | None, range_key: str | None) -> list[dict[str, str]]:
    schema = [{"AttributeName": hash_key, "KeyType": "HASH"}] if hash_key else []
    return [*schema, {"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else schema


def _key_of(schema: list[dict[str, str]], kind: str) -> str | None:
    return next((key["AttributeName"] for key in schema if key["KeyType"] == kind), None)


def _throughput(read: Any, write: Any) -> dict[str, int]:
    return {"ReadCapacityUnits": int(read or 1), "WriteCapacityUnits": int(write or 1)}


def _index_request(index: Properties, path: str, *, provisioned: bool) -> dict[str, Any]:
    told = _INDEX.to_api(index, path)
    projection = {"ProjectionType": told["ProjectionType"], **given(told, NonKeyAttributes="NonKeyAttributes")}
    request = {
        "IndexName": told["IndexName"],
        "KeySchema": told.get("KeySchemas") or _keys(told.get("HashKey"), told.get("RangeKey")),
        "Projection": projection,
    }
    if provisioned:
        capacity = _throughput(told.get("ReadCapacityUnits"), told.get("WriteCapacityUnits"))
        request["ProvisionedThroughput"] = capacity
    return request


def _index_properties(index: Properties) -> dict[str, Any]:
    throughput = index.get("ProvisionedThroughput", {})
    return {
        "name": index["IndexName"],
        "hashKey": _key_of(index["KeySchema"], "HASH"),
        "rangeKey": _key_of(index["KeySchema"], "RANGE"),
        "keySchemas": [_KEY.from_api(key) for key in index["KeySchema"]],
        "projectionType": index["Projection"]["ProjectionType"],
        "nonKeyAttributes": index["Projection"].get("NonKeyAttributes", []),
        "readCapacity": throughput.get("ReadCapacityUnits", 0),
        "writeCapacity": throughput.get("WriteCapacityUnits", 0),
    }


class Table(ResourceType):
    """A table; its id is its name."""

    pulumi_type = "aws:dynamodb/table:Table"
    deployed = frozenset(
        """
        name attributes hashKey rangeKey billingMode readCapacity writeCapacity globalSecondaryIndexes
        localSecondaryIndexes streamEnabled streamViewType ttl pointInTimeRecovery serverSideEncryption
        deletionProtectionEnabled tableClass
        """.split()  # noqa: SIM905 - read better as a text
    )
    replaces = frozenset({"name", "hashKey", "rangeKey", "localSecondaryIndexes"})
    sets = frozenset({"attributes", "globalSecondaryIndexes", "localSecondaryIndexes"})
    naming = Naming(limit=255, prefix_property=None)
    _STANDARD: ClassVar[str] = "STANDARD"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        dynamodb = cloud.client("dynamodb")
        mode = inputs.get("billingMode", "PROVISIONED")
        provisioned = mode == "PROVISIONED"
        request: dict[str, Any] = {
            "TableName": inputs["name"],
            "AttributeDefinitions": self._attributes(inputs),
            "KeySchema": _keys(inputs.get("hashKey"), inputs.get("rangeKey")),
            "BillingMode": mode,
            **given(inputs, TableClass="tableClass", DeletionProtectionEnabled="deletionProtectionEnabled"),
        }
        if provisioned:
            request["ProvisionedThroughput"] = _throughput(inputs.get("readCapacity"), inputs.get("writeCapacity"))
        for name, api in (
            ("globalSecondaryIndexes", "GlobalSecondaryIndexes"),
            ("localSecondaryIndexes", "LocalSecondaryIndexes"),
        ):
            if inputs.get(name):
                local = name == "localSecondaryIndexes"
                request[api] = [
                    _index_request(
                        {"hashKey": inputs["hashKey"], **index} if local else index,
                        f"{name}[{position}]",
                        provisioned=provisioned and not local,
                    )
                    for position, index in enumerate(inputs[name])
                ]
        if inputs.get("streamEnabled"):
            request["StreamSpecification"] = self._stream(inputs)
        if inputs.get("serverSideEncryption"):
            request["SSESpecification"] = self._encryption(inputs)
        if inputs["tagsAll"]:
            request["Tags"] = pairs(inputs["tagsAll"])
        dynamodb.create_table(**request)
        self._wait_until_active(cloud, inputs["name"])
        if inputs.get("ttl"):
            self._set_ttl(cloud, inputs["name"], inputs["ttl"])
        if inputs.get("pointInTimeRecovery"):
            self._set_recovery(cloud, inputs["name"], inputs["pointInTimeRecovery"])
        return str(inputs["name"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        dynamodb = cloud.client("dynamodb")
        answer = found(lambda: dynamodb.describe_table(TableName=resource_id), *_MISSING)
        if answer is None:
            return None
        table = answer["Table"]
        stream = table.get("StreamSpecification", {})
        throughput = table.get("ProvisionedThroughput", {})
        backups = dynamodb.describe_continuous_backups(TableName=resource_id)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {})
        ttl = dynamodb.describe_time_to_live(TableName=resource_id)["TimeToLiveDescription"]
        encryption = table.get("SSEDescription", {})
        tags = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"]).get("Tags", [])
        return {
            "name": table["TableName"],
            "arn": table["TableArn"],
            "attributes": [_ATTRIBUTES.from_api(attribute) for attribute in table["AttributeDefinitions"]],
            "hashKey": _key_of(table["KeySchema"], "HASH"),
            "rangeKey": _key_of(table["KeySchema"], "RANGE"),
            "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
            "readCapacity": throughput.get("ReadCapacityUnits", 0),
            "writeCapacity": throughput.get("WriteCapacityUnits", 0),
            "globalSecondaryIndexes": list(map(_index_properties, table.get("GlobalSecondaryIndexes") or [])),
            "localSecondaryIndexes": list(map(_index_properties, table.get("LocalSecondaryIndexes") or [])),
            "streamEnabled": bool(stream.get("StreamEnabled")),
            "streamViewType": stream.get("StreamViewType", ""),
            "streamArn": table.get("LatestStreamArn", ""),
            "streamLabel": table.get("LatestStreamLabel", ""),
            "ttl": {
                "attributeName": ttl.get("AttributeName", ""),
                "enabled": ttl["TimeToLiveStatus"] in ("ENABLED", "ENABLING"),
            },
            "pointInTimeRecovery": {
                "enabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
                "recoveryPeriodInDays": recovery.get("RecoveryPeriodInDays"),
            },
            "serverSideEncryption": {
                "enabled": encryption.get("Status") == "ENABLED",
                "kmsKeyArn": encryption.get("KMSMasterKeyArn", ""),
            },
            "deletionProtectionEnabled": bool(table.get("DeletionProtectionEnabled")),
            "tableClass": table.get("TableClassSummary", {}).get("TableClass", self._STANDARD),
            "tagsAll": from_pairs(tags),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        if changed & {"billingMode", "readCapacity", "writeCapacity"}:
            mode = inputs.get("billingMode", "PROVISIONED")
            request: dict[str, Any] = {"BillingMode": mode}
            if mode == "PROVISIONED":
                capacity = _throughput(inputs.get("readCapacity"), inputs.get("writeCapacity"))
                request["ProvisionedThroughput"] = capacity
            self._change(cloud, resource_id, "billingMode", request)
        if changed & {"attributes", "globalSecondaryIndexes"}:
            self._change_indexes(cloud, resource_id, inputs)
        if changed & {"streamEnabled", "streamViewType"}:
            self._change_stream(cloud, resource_id, inputs)
        for name, request in (
            ("tableClass", {"TableClass": inputs.get("tableClass", self._STANDARD)}),
            ("deletionProtectionEnabled", {"DeletionProtectionEnabled": bool(inputs.get("deletionProtectionEnabled"))}),
            ("serverSideEncryption", {"SSESpecification": self._encryption(inputs)}),
        ):
            if name in changed:
                self._change(cloud, resource_id, name, request)
        if "ttl" in changed:
            self._set_ttl(cloud, resource_id, inputs.get("ttl"))
        if "pointInTimeRecovery" in changed:
            self._set_recovery(cloud, resource_id, inputs.get("pointInTimeRecovery") or {"enabled": False})
        if "tagsAll" in changed:
            self._retag(cloud, resource_id, inputs["tagsAll"])

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        dynamodb = cloud.client("dynamodb")
        found(lambda: dynamodb.delete_table(TableName=resource_id), *_MISSING)
        wait_until(
            lambda: found(lambda: dynamodb.describe_table(TableName=resource_id), *_MISSING) is None,
            f"deletion of table {resource_id}",
        )

    def _attributes(self, inputs: Properties) -> list[dict[str, Any]]:
        attributes = inputs.get("attributes") or []
        return [_ATTRIBUTES.to_api(attribute, f"attributes[{index}]") for index, attribute in enumerate(attributes)]

    def _stream(self, inputs: Properties) -> dict[str, Any]:
        return {"StreamEnabled": True, **given(inputs, StreamViewType="streamViewType")}

    def _encryption(self, inputs: Properties) -> dict[str, Any]:
        wanted = inputs.get("serverSideEncryption") or {"enabled": False}
        told = _ENCRYPTION.to_api(wanted, "serverSideEncryption")
        return {**told, "SSEType": "KMS"} if told.get("Enabled") else told

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

    def _change_indexes(self, cloud: Cloud, table: str, inputs: Properties) -> None:
        """One index a call, as the service wants it; an index that changed is made anew."""
        provisioned = inputs.get("billingMode", "PROVISIONED") == "PROVISIONED"
        wanted = {
            index["name"]: _index_request(index, f"globalSecondaryIndexes[{position}]", provisioned=provisioned)
            for position, index in enumerate(inputs.get("globalSecondaryIndexes") or [])
        }
        described = cloud.client("dynamodb").describe_table(TableName=table)["Table"]
        present = {
            index["IndexName"]: {key: index.get(key) for key in ("KeySchema", "Projection")}
            for index in described.get("GlobalSecondaryIndexes") or []
        }
        attributes = self._attributes(inputs)
        surviving = set()
        for name, index in present.items():
            if name in wanted and all(wanted[name][key] == index[key] for key in ("KeySchema", "Projection")):
                surviving.add(name)
                continue
            request = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]}
            self._change(cloud, table, "globalSecondaryIndexes", request)
        for name in wanted.keys() - surviving:
            request = {
                "AttributeDefinitions": attributes,
                "GlobalSecondaryIndexUpdates": [{"Create": wanted[name]}],
            }
            self._change(cloud, table, "globalSecondaryIndexes", request)

    def _change_stream(self, cloud: Cloud, table: str, inputs: Properties) -> None:
        """A running stream has to be switched off before another view is switched on."""
        described = cloud.client("dynamodb").describe_table(TableName=table)["Table"]
        if described.get("StreamSpecification", {}).get("StreamEnabled"):
            request = {"StreamSpecification": {"StreamEnabled": False}}
            self._change(cloud, table, "streamEnabled", request)
        if inputs.get("streamEnabled"):
            self._change(cloud, table, "streamEnabled", {"StreamSpecification": self._stream(inputs)})

    def _set_ttl(self, cloud: Cloud, table: str, wanted: Properties | None) -> None:
        dynamodb = cloud.client("dynamodb")
        if wanted is None:
            told = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
            wanted = {"attributeName": told["AttributeName"], "enabled": False}
        request = {"Enabled": False, **_TTL.to_api(wanted, "ttl")}
        with setting("ttl"):
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=request)

    def _set_recovery(self, cloud: Cloud, table: str, wanted: Properties) -> None:
        with setting("pointInTimeRecovery"):
            cloud.client("dynamodb").update_continuous_backups(
                TableName=table,
                PointInTimeRecoverySpecification=_RECOVERY.to_api(wanted, "pointInTimeRecovery"),
            )

    def _retag(self, cloud: Cloud, table: str, wanted: Properties) -> None:
        dynamodb = cloud.client("dynamodb")
        arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
        present = from_pairs(dynamodb.list_tags_of_resource(ResourceArn=arn).get("Tags", []))
        with setting("tags"):
            if surplus := sorted(set(present) - set(wanted)):
                dynamodb.untag_resource(ResourceArn=arn, TagKeys=surplus)
            if wanted:
                dynamodb.tag_resource(ResourceArn=arn, Tags=pairs(wanted))


TYPES: Final = (Table,)
