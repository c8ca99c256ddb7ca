"""S3 buckets, their lifecycles and access to them by prefix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.policies import Grant, allow, deny_insecure_transport, document

#: A transfer that waits for Drive's daily quota continues a day later; none waits longer than this.
STALE_UPLOAD_DAYS = 3

LifecycleRule = aws.s3.BucketLifecycleConfigurationRuleArgsDict


def _rule(rule_id: str, **action: Any) -> LifecycleRule:
    """Return a rule for the whole bucket."""
    return {"id": rule_id, "status": "Enabled", "filter": {"prefix": ""}, **action}  # type: ignore[typeddict-item]


def _abort_stale_uploads() -> LifecycleRule:
    return _rule("abort-stale-uploads", abort_incomplete_multipart_upload={"days_after_initiation": STALE_UPLOAD_DAYS})


def temporary(days: int) -> list[LifecycleRule]:
    """Return the lifecycle of objects that expire after some days."""
    return [_rule("expire", expiration={"days": days}), _abort_stale_uploads()]


def permanent(cold_after_days: int, cold_class: str, noncurrent_version_days: int) -> list[LifecycleRule]:
    """Return the lifecycle of objects that move to a cheaper class; noncurrent versions expire."""
    noncurrent = _rule(
        "expire-noncurrent",
        noncurrent_version_expiration={"noncurrent_days": noncurrent_version_days},
        expiration={"expired_object_delete_marker": True},
    )
    cold = _rule("cheaper-class", transitions=[{"days": cold_after_days, "storage_class": cold_class}])
    return [cold, noncurrent, _abort_stale_uploads()]


@dataclass(frozen=True)
class PrivateBucketArgs:
    """A bucket's name, lifecycle, and whether it keeps overwritten objects."""

    bucket_name: pulumi.Input[str]
    lifecycle: Sequence[LifecycleRule]
    versioned: bool
    #: Prevent deletion; otherwise the bucket is deleted with its objects.
    protect: bool


class PrivateBucket(pulumi.ComponentResource):
    """A private, encrypted bucket without ACLs that accepts requests only over TLS."""

    def __init__(self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:bucket:PrivateBucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=args.bucket_name,
            force_destroy=not args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self._name = name
        self.bucket_name = bucket.bucket
        self.arn = bucket.arn
        block = aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=self.bucket_name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=self.bucket_name,
            policy=document(deny_insecure_transport("s3:*", [self.arn, *self._objects([""])])),
            # S3 rejects a policy and a block that change at the same time (OperationAborted).
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=self.bucket_name,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=self.bucket_name,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=child,
        )
        versioning: list[pulumi.Resource] = []
        if args.versioned:
            versioning = [
                aws.s3.BucketVersioning(
                    f"{name}-versioning",
                    bucket=self.bucket_name,
                    versioning_configuration={"status": "Enabled"},
                    opts=child,
                )
            ]
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=self.bucket_name,
            rules=list(args.lifecycle),
            # Rules for noncurrent versions need versioning.
            opts=pulumi.ResourceOptions(parent=self, depends_on=versioning),
        )
        self.register_outputs({"name": self.bucket_name, "arn": self.arn})

    def access(self, *, read: Sequence[str] = (), write: Sequence[str] = (), delete: Sequence[str] = ()) -> Grant:
        """Read, write and delete objects below these prefixes.

        Writing includes multipart uploads: continue and abort them. The bucket may always be listed, without a prefix:
        otherwise S3 answers 403 instead of 404 for a missing object, and the request behind a 404 has no prefix.
        """
        uses = (
            (["s3:GetObject"], read),
            (["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], write),
            (["s3:DeleteObject"], delete),
        )
        statements = [allow(actions, self._objects(prefixes)) for actions, prefixes in uses if prefixes]
        return Grant(
            f"use-{self._name}",
            [*statements, allow(["s3:ListBucket"], [self.arn])],
            {f"{self._name}_bucket": self.bucket_name},
        )

    def _objects(self, prefixes: Sequence[str]) -> list[pulumi.Output[str]]:
        return [pulumi.Output.concat(self.arn, "/", prefix, "*") for prefix in prefixes]
