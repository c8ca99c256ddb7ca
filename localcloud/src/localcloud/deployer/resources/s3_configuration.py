"""Amazon S3: the configurations of a bucket, each a resource whose id is the bucket's name."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.resources.base import Properties, ResourceType
from localcloud.deployer.resources.s3 import NO_BUCKET
from localcloud.deployer.shapes import Shape, many, one


class _BucketConfiguration(ResourceType):
    """Base: the whole configuration is put, got and deleted at once."""

    replaces = frozenset({"bucket"})
    #: Error codes of the get call that mean "not configured".
    absent: ClassVar[tuple[str, ...]]
    #: The property that holds the configuration, for errors.
    content: ClassVar[str]

    @abstractmethod
    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        """Set the configuration."""

    @abstractmethod
    def get(self, s3: Any, bucket: str) -> dict[str, Any]:
        """Return the output properties without the bucket."""

    @abstractmethod
    def remove(self, s3: Any, bucket: str) -> None:
        """Delete the configuration."""

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        with setting(self.content):
            self.put(cloud.client("s3"), inputs["bucket"], inputs)
        return str(inputs["bucket"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        properties = found(lambda: self.get(cloud.client("s3"), resource_id), *self.absent, *NO_BUCKET)
        return None if properties is None else {"bucket": resource_id, **properties}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: self.remove(cloud.client("s3"), resource_id), *self.absent, *NO_BUCKET)


class BucketLifecycleConfiguration(_BucketConfiguration):
    """Expiry and transitions of a bucket's objects."""

    pulumi_type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    deployed = frozenset({"bucket", "rules"})
    content = "rules"
    absent = ("NoSuchLifecycleConfiguration",)
    _SHAPE: Final = Shape(
        rules=many(
            "Rules",
            id="ID",
            status="Status",
            filter=one("Filter", prefix="Prefix"),
            expiration=one("Expiration", days="Days", expiredObjectDeleteMarker="ExpiredObjectDeleteMarker"),
            transitions=many("Transitions", days="Days", storageClass="StorageClass"),
            noncurrentVersionExpiration=one("NoncurrentVersionExpiration", noncurrentDays="NoncurrentDays"),
            abortIncompleteMultipartUpload=one(
                "AbortIncompleteMultipartUpload", daysAfterInitiation="DaysAfterInitiation"
            ),
        )
    )

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        request = self._SHAPE.request(inputs)
        for rule in request["Rules"]:
            rule["Filter"] = rule.get("Filter") or {"Prefix": ""}  # an empty filter is the whole bucket
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=request)

    def get(self, s3: Any, bucket: str) -> dict[str, Any]:
        return self._SHAPE.from_api(s3.get_bucket_lifecycle_configuration(Bucket=bucket))

    def remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_lifecycle(Bucket=bucket)


class BucketVersioning(_BucketConfiguration):
    """Whether a bucket keeps old versions. Deleting it suspends versioning: it cannot be undone."""

    pulumi_type = "aws:s3/bucketVersioning:BucketVersioning"
    deployed = frozenset({"bucket", "versioningConfiguration"})
    content = "versioningConfiguration"
    absent = ()
    _SHAPE: Final = Shape(versioningConfiguration=one("VersioningConfiguration", status="Status"))

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        s3.put_bucket_versioning(Bucket=bucket, **self._SHAPE.request(inputs))

    def get(self, s3: Any, bucket: str) -> dict[str, Any]:
        status = s3.get_bucket_versioning(Bucket=bucket).get("Status") or "Disabled"
        return {"versioningConfiguration": {"status": status}}

    def remove(self, s3: Any, bucket: str) -> None:
        if s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled":
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


class BucketServerSideEncryptionConfiguration(_BucketConfiguration):
    """The default encryption of a bucket's objects."""

    pulumi_type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    deployed = frozenset({"bucket", "rules"})
    content = "rules"
    absent = ("ServerSideEncryptionConfigurationNotFoundError",)
    _SHAPE: Final = Shape(
        rules=many(
            "Rules",
            applyServerSideEncryptionByDefault=one("ApplyServerSideEncryptionByDefault", sseAlgorithm="SSEAlgorithm"),
            bucketKeyEnabled="BucketKeyEnabled",
        )
    )

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=self._SHAPE.request(inputs))

    def get(self, s3: Any, bucket: str) -> dict[str, Any]:
        return self._SHAPE.from_api(s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"])

    def remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_encryption(Bucket=bucket)


class BucketPublicAccessBlock(_BucketConfiguration):
    """Keeps a bucket private regardless of its policies."""

    pulumi_type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    content = "blockPublicAcls"
    absent = ("NoSuchPublicAccessBlockConfiguration",)
    _SHAPE: Final = Shape(
        blockPublicAcls="BlockPublicAcls",
        blockPublicPolicy="BlockPublicPolicy",
        ignorePublicAcls="IgnorePublicAcls",
        restrictPublicBuckets="RestrictPublicBuckets",
    )
    deployed = frozenset({"bucket", *_SHAPE.fields})

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=self._SHAPE.request(inputs))

    def get(self, s3: Any, bucket: str) -> dict[str, Any]:
        block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        return {**dict.fromkeys(self._SHAPE.fields, False), **self._SHAPE.from_api(block)}

    def remove(self, s3: Any, bucket: str) -> None:
        s3.delete_public_access_block(Bucket=bucket)


class BucketOwnershipControls(_BucketConfiguration):
    """Who owns the objects that other accounts upload."""

    pulumi_type = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    deployed = frozenset({"bucket", "rule"})
    content = "rule"
    absent = ("OwnershipControlsNotFoundError",)
    _SHAPE: Final = Shape(rule=one("Rule", objectOwnership="ObjectOwnership"))

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        rule = self._SHAPE.request(inputs)["Rule"]
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [rule]})

    def get(self, s3: Any, bucket: str) -> dict[str, Any]:
        rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
        return self._SHAPE.from_api({"Rule": rules[0]})

    def remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_ownership_controls(Bucket=bucket)


class BucketPolicy(_BucketConfiguration):
    """Who may do what with a bucket."""

    pulumi_type = "aws:s3/bucketPolicy:BucketPolicy"
    deployed = frozenset({"bucket", "policy"})
    documents = frozenset({"policy"})
    content = "policy"
    absent = ("NoSuchBucketPolicy",)

    def put(self, s3: Any, bucket: str, inputs: Properties) -> None:
        s3.put_bucket_policy(Bucket=bucket, Policy=inputs["policy"])

    def get(self, s3: Any, bucket: str) -> dict[str, Any]:
        return {"policy": s3.get_bucket_policy(Bucket=bucket)["Policy"]}

    def remove(self, s3: Any, bucket: str) -> None:
        s3.delete_bucket_policy(Bucket=bucket)


TYPES: Final = (
    BucketLifecycleConfiguration,
    BucketVersioning,
    BucketServerSideEncryptionConfiguration,
    BucketPublicAccessBlock,
    BucketOwnershipControls,
    BucketPolicy,
)
