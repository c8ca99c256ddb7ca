"""Amazon S3: the configurations of a bucket, each a resource whose id is the bucket's name."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.resources.base import Properties, ResourceType
from localcloud.deployer.resources.s3 import NO_BUCKET
from localcloud.deployer.shapes import Field, Shape, many, one

_TAG: Final = Shape(key="Key", value="Value")


class _BucketConfiguration(ResourceType):
    """Base: the whole configuration is put, got and deleted at once."""

    replaces = frozenset({"bucket"})
    #: Error codes of the get call that mean "not configured".
    absent: ClassVar[tuple[str, ...]]

    @abstractmethod
    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        """Set the configuration."""

    @abstractmethod
    def get(self, s3: Any, bucket: str) -> dict[str, Any] | None:
        """Output properties, without the bucket; None where nothing is configured."""

    @abstractmethod
    def remove(self, s3: Any, bucket: str) -> None:
        """Take the configuration back."""

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        self.put(cloud.client("s3"), inputs["bucket"], inputs)
        return str(inputs["bucket"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        told = found(lambda: self.get(cloud.client("s3"), resource_id), *self.absent, *NO_BUCKET)
        return None if told is None else {"bucket": resource_id, **told}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.put(cloud.client("s3"), resource_id, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: self.remove(cloud.client("s3"), resource_id), *self.absent, *NO_BUCKET)


_FILTER_TERMS: Final[dict[str, str | Field]] = {
    "prefix": "Prefix",
    "objectSizeGreaterThan": Field("ObjectSizeGreaterThan"),
    "objectSizeLessThan": Field("ObjectSizeLessThan"),
}
_RULES: Final = Shape(
    rules=many(
        "Rules",
        id="ID",
        status="Status",
        filter=one(
            "Filter",
            tag=Field("Tag", _TAG),
            **{"and": one("And", **_FILTER_TERMS, tags=Field("TagMap"))},
            **_FILTER_TERMS,
        ),
        expiration=one("Expiration", date="Date", days="Days", expiredObjectDeleteMarker="ExpiredObjectDeleteMarker"),
        transitions=many("Transitions", date="Date", days="Days", storageClass="StorageClass"),
        noncurrentVersionExpiration=one(
            "NoncurrentVersionExpiration",
            noncurrentDays="NoncurrentDays",
            newerNoncurrentVersions="NewerNoncurrentVersions",
        ),
        noncurrentVersionTransitions=many(
            "NoncurrentVersionTransitions",
            noncurrentDays="NoncurrentDays",
            newerNoncurrentVersions="NewerNoncurrentVersions",
            storageClass="StorageClass",
        ),
        abortIncompleteMultipartUpload=one("AbortIncompleteMultipartUpload", daysAfterInitiation="DaysAfterInitiation"),
    )
)


class BucketLifecycleConfiguration(_BucketConfiguration):
    """Expiry and transitions of a bucket's objects."""

    pulumi_type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    deployed = frozenset({"bucket", "rules"})
    absent = ("NoSuchLifecycleConfiguration",)

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        request = _RULES.to_api({"rules": inputs["rules"]}, "")
        for rule in request["Rules"]:
            conjunction = rule.setdefault("Filter", {"Prefix": ""} if "Filter" not in rule else {}).get("And")
            if not rule["Filter"]:
                rule["Filter"] = {"Prefix": ""}  # an empty filter is the whole bucket
            if conjunction is not None and "TagMap" in conjunction:
                tags = conjunction.pop("TagMap")
                conjunction["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        with setting("rules"):
            s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=request)

    def get(self, s3: Any, bucket: str) -> dict[str, Any] | None:
        answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
        for rule in answer["Rules"]:
            conjunction = rule.get("Filter", {}).get("And", {})
            if "Tags" in conjunction:
                conjunction["TagMap"] = {tag["Key"]: tag["Value"] for tag in conjunction.pop("Tags")}
        return _RULES.from_api(answer)

    def remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_lifecycle(Bucket=bucket)


class BucketVersioning(_BucketConfiguration):
    """Whether a bucket keeps old versions. Deleting it suspends versioning: it cannot be undone."""

    pulumi_type = "aws:s3/bucketVersioning:BucketVersioning"
    deployed = frozenset({"bucket", "versioningConfiguration"})
    absent = ()
    _SHAPE: Final = Shape(status="Status")

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        request = self._SHAPE.to_api(inputs["versioningConfiguration"], "versioningConfiguration")
        if request.get("Status") == "Disabled":
            return  # says that versioning was never on; the service has no call for it
        with setting("versioningConfiguration"):
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=request)

    def get(self, s3: Any, bucket: str) -> dict[str, Any] | None:
        status = s3.get_bucket_versioning(Bucket=bucket).get("Status") or "Disabled"
        return {"versioningConfiguration": {"status": status}}

    def remove(self, s3: Any, bucket: str) -> None:
        if s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled":
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


class BucketServerSideEncryptionConfiguration(_BucketConfiguration):
    """How a bucket encrypts objects that come without a wish of their own."""

    pulumi_type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    deployed = frozenset({"bucket", "rules"})
    absent = ("ServerSideEncryptionConfigurationNotFoundError",)
    _SHAPE: Final = Shape(
        rules=many(
            "Rules",
            applyServerSideEncryptionByDefault=one(
                "ApplyServerSideEncryptionByDefault", sseAlgorithm="SSEAlgorithm", kmsMasterKeyId="KMSMasterKeyID"
            ),
            bucketKeyEnabled="BucketKeyEnabled",
        )
    )

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        request = self._SHAPE.to_api({"rules": inputs["rules"]}, "")
        with setting("rules"):
            s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=request)

    def get(self, s3: Any, bucket: str) -> dict[str, Any] | None:
        return self._SHAPE.from_api(s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"])

    def remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_encryption(Bucket=bucket)


class BucketPublicAccessBlock(_BucketConfiguration):
    """Keeps a bucket private whatever its policies say."""

    pulumi_type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    absent = ("NoSuchPublicAccessBlockConfiguration",)
    provider_only: ClassVar[dict[str, Any]] = {"skipDestroy": None}
    _SWITCHES: Final = {
        "blockPublicAcls": "BlockPublicAcls",
        "blockPublicPolicy": "BlockPublicPolicy",
        "ignorePublicAcls": "IgnorePublicAcls",
        "restrictPublicBuckets": "RestrictPublicBuckets",
    }
    deployed = frozenset({"bucket", *_SWITCHES})

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        request = {api: bool(inputs.get(name)) for name, api in self._SWITCHES.items()}
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=request)

    def get(self, s3: Any, bucket: str) -> dict[str, Any] | None:
        told = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        return {name: bool(told.get(api)) for name, api in self._SWITCHES.items()}

    def remove(self, s3: Any, bucket: str) -> None:
        s3.delete_public_access_block(Bucket=bucket)


class BucketOwnershipControls(_BucketConfiguration):
    """Who owns what others put into a bucket."""

    pulumi_type = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    deployed = frozenset({"bucket", "rule"})
    absent = ("OwnershipControlsNotFoundError",)
    _SHAPE: Final = Shape(objectOwnership="ObjectOwnership")

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        rule = self._SHAPE.to_api(inputs["rule"], "rule")
        with setting("rule"):
            s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [rule]})

    def get(self, s3: Any, bucket: str) -> dict[str, Any] | None:
        rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
        return {"rule": self._SHAPE.from_api(rules[0])}

    def remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_ownership_controls(Bucket=bucket)


class BucketPolicy(_BucketConfiguration):
    """Who may do what with a bucket."""

    pulumi_type = "aws:s3/bucketPolicy:BucketPolicy"
    deployed = frozenset({"bucket", "policy"})
    documents = frozenset({"policy"})
    absent = ("NoSuchBucketPolicy",)

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        with setting("policy"):
            s3.put_bucket_policy(Bucket=bucket, Policy=inputs["policy"])

    def get(self, s3: Any, bucket: str) -> dict[str, Any] | None:
        return {"policy": s3.get_bucket_policy(Bucket=bucket)["Policy"]}

    def remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_policy(Bucket=bucket)


class BucketNotification(_BucketConfiguration):
    """Which events of a bucket go where."""

    pulumi_type = "aws:s3/bucketNotification:BucketNotification"
    deployed = frozenset({"bucket", "eventbridge", "lambdaFunctions", "queues", "topics"})
    absent = ()
    _TARGETS: Final = {
        "lambdaFunctions": ("LambdaFunctionConfigurations", "lambdaFunctionArn", "LambdaFunctionArn"),
        "queues": ("QueueConfigurations", "queueArn", "QueueArn"),
        "topics": ("TopicConfigurations", "topicArn", "TopicArn"),
    }

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        request: dict[str, Any] = {"EventBridgeConfiguration": {}} if inputs.get("eventbridge") else {}
        for name, (api, arn, arn_api) in self._TARGETS.items():
            shape = Shape(**{arn: arn_api}, id="Id", events="Events", filterPrefix="prefix", filterSuffix="suffix")
            entries = [shape.to_api(entry, f"{name}[{index}]") for index, entry in enumerate(inputs.get(name) or [])]
            if entries:
                request[api] = [_with_filter(entry) for entry in entries]
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=request)

    def get(self, s3: Any, bucket: str) -> dict[str, Any] | None:
        told = s3.get_bucket_notification_configuration(Bucket=bucket)
        properties: dict[str, Any] = {"eventbridge": "EventBridgeConfiguration" in told}
        for name, (api, arn, arn_api) in self._TARGETS.items():
            properties[name] = [_without_filter(entry, arn, arn_api) for entry in told.get(api, [])]
        return properties

    def remove(self, s3: Any, bucket: str) -> None:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})


def _with_filter(entry: dict[str, Any]) -> dict[str, Any]:
    rules = [{"Name": name, "Value": entry.pop(name)} for name in ("prefix", "suffix") if name in entry]
    return {**entry, "Filter": {"Key": {"FilterRules": rules}}} if rules else entry


def _without_filter(entry: dict[str, Any], arn: str, arn_api: str) -> dict[str, Any]:
    rules = {
        rule["Name"].lower(): rule["Value"] for rule in entry.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    }
    properties = {arn: entry[arn_api], "events": entry["Events"], "id": entry.get("Id")}
    return {**properties, **{"filter" + name.capitalize(): value for name, value in rules.items()}}


TYPES: Final = (
    BucketLifecycleConfiguration,
    BucketVersioning,
    BucketServerSideEncryptionConfiguration,
    BucketPublicAccessBlock,
    BucketOwnershipControls,
    BucketPolicy,
    BucketNotification,
)
