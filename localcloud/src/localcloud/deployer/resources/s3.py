"""Amazon S3: buckets. Their configurations are resources of their own (`s3_configuration.py`)."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import InvalidInputError, setting
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, pairs

NO_BUCKET: Final = ("NoSuchBucket", "404", "NotFound")
#: The region whose buckets are created without a location.
_CLASSIC: Final = "us-east-1"


class Bucket(ResourceType):
    """A bucket without inline configuration; its id is its name."""

    pulumi_type = "aws:s3/bucket:Bucket"
    deployed = frozenset({"bucket"})
    replaces = frozenset({"bucket"})
    provider_only: ClassVar[dict[str, Any]] = {"forceDestroy": False}
    named_by = "bucket"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        name = str(inputs["bucket"])
        request: dict[str, Any] = {"Bucket": name}
        if cloud.region != _CLASSIC:
            request["CreateBucketConfiguration"] = {"LocationConstraint": cloud.region}
        elif self._exists(cloud, name):
            # this region answers 200 when one's own bucket is created again
            raise InvalidInputError(f"property bucket: {name} exists already")
        cloud.client("s3").create_bucket(**request)
        if inputs["tagsAll"]:
            self._tag(cloud, name, inputs)
        return name

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        s3 = cloud.client("s3")
        if not self._exists(cloud, resource_id):
            return None
        tags = found(lambda: s3.get_bucket_tagging(Bucket=resource_id), "NoSuchTagSet")
        region = s3.get_bucket_location(Bucket=resource_id).get("LocationConstraint") or _CLASSIC
        suffix = "amazonaws.com.cn" if cloud.partition == "aws-cn" else "amazonaws.com"
        return {
            "bucket": resource_id,
            "arn": f"arn:{cloud.partition}:s3:::{resource_id}",
            "bucketDomainName": f"{resource_id}.s3.{suffix}",
            "bucketRegionalDomainName": f"{resource_id}.s3.{region}.{suffix}",
            "bucketRegion": region,
            "tagsAll": from_pairs(tags["TagSet"]) if tags else {},
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        if "tagsAll" in changed:
            self._tag(cloud, resource_id, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        if inputs.get("forceDestroy") and self._exists(cloud, resource_id):
            _empty(cloud, resource_id)
        found(lambda: cloud.client("s3").delete_bucket(Bucket=resource_id), *NO_BUCKET)

    def _exists(self, cloud: Cloud, name: str) -> bool:
        return found(lambda: cloud.client("s3").head_bucket(Bucket=name), *NO_BUCKET) is not None

    def _tag(self, cloud: Cloud, name: str, inputs: Properties) -> None:
        s3 = cloud.client("s3")
        with setting("tags"):
            if inputs["tagsAll"]:
                s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(inputs["tagsAll"])})
            else:
                s3.delete_bucket_tagging(Bucket=name)


def _empty(cloud: Cloud, bucket: str) -> None:
    s3 = cloud.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        keys = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


TYPES: Final = (Bucket,)
