"""The two buckets: temp (what came from Drive, what MediaConvert wrote) and compressed (proven results)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.function import ImageFunction
from infra.policies import Statement, allow, deny_plain_transport, document

#: A transfer that waits for Drive's daily quota goes on a day later; nothing waits for longer than this.
STALE_UPLOAD_DAYS = 3

Rule = aws.s3.BucketLifecycleConfigurationRuleArgsDict


def _rule(what: str, **action: Any) -> Rule:
    """A rule for the whole bucket."""
    return {"id": what, "status": "Enabled", "filter": {"prefix": ""}, **action}  # type: ignore[typeddict-item]


def _abort_stale_uploads() -> Rule:
    return _rule("abort-stale-uploads", abort_incomplete_multipart_upload={"days_after_initiation": STALE_UPLOAD_DAYS})


def expiring(days: int) -> list[Rule]:
    """Lifecycle of copies: gone after some days."""
    return [_rule("expire", expiration={"days": days}), _abort_stale_uploads()]


def lasting(cold_after_days: int, cold_class: str, overwritten_days: int) -> list[Rule]:
    """Lifecycle of results: a cheaper class later, overwritten versions gone after some days."""
    cooling = _rule("cheaper-class", transitions=[{"days": cold_after_days, "storage_class": cold_class}])
    overwritten = _rule(
        "expire-overwritten",
        noncurrent_version_expiration={"noncurrent_days": overwritten_days},
        expiration={"expired_object_delete_marker": True},
    )
    return [cooling, overwritten, _abort_stale_uploads()]


@dataclass(frozen=True)
class PrivateBucketArgs:
    """A bucket by its name, its lifecycle, and whether it keeps overwritten objects."""

    bucket_name: pulumi.Input[str]
    lifecycle: Sequence[Rule]
    versioned: bool
    #: Refuse deletion with the stack while there is anything in it.
    protect: bool


class PrivateBucket(pulumi.ComponentResource):
    """Private, encrypted, owner-enforced, reached over TLS only."""

    def __init__(self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:storage:PrivateBucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name = name
        self.bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=args.bucket_name,
            force_destroy=not args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.bucket_name = self.bucket.bucket
        self.arn = self.bucket.arn
        self._close(child)
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=self.bucket_name,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=child,
        )
        kept: list[pulumi.Resource] = []
        if args.versioned:
            kept = [
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
            # Rules for overwritten versions mean something only once versions are kept.
            opts=pulumi.ResourceOptions(parent=self, depends_on=kept),
        )
        self.register_outputs({"name": self.bucket_name, "arn": self.arn})

    def _close(self, child: pulumi.ResourceOptions) -> None:
        """No public access by any means, no object that belongs to somebody else, no request without TLS."""
        block = aws.s3.BucketPublicAccessBlock(
            f"{self._name}-private",
            bucket=self.bucket_name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketOwnershipControls(
            f"{self._name}-ownership",
            bucket=self.bucket_name,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        aws.s3.BucketPolicy(
            f"{self._name}-policy",
            bucket=self.bucket_name,
            policy=document(deny_plain_transport("s3:*", [self.arn, self._objects("")])),
            # S3 refuses a policy and a block that change at the same time (OperationAborted).
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )

    def _objects(self, prefix: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(self.arn, "/", prefix, "*")

    def read(self, prefix: str) -> Statement:
        """Read objects below a prefix."""
        return allow(["s3:GetObject"], [self._objects(prefix)])

    def write(self, prefix: str) -> Statement:
        """Write objects below a prefix, in parts too; a stopped upload can be cleaned up and gone on with."""
        actions = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
        return allow(actions, [self._objects(prefix)])

    def delete(self, prefix: str) -> Statement:
        """Delete objects below a prefix."""
        return allow(["s3:DeleteObject"], [self._objects(prefix)])

    def list(self) -> Statement:
        """List the bucket. Without it S3 answers 403, not 404, for an object that is not there.

        Not narrowed to a prefix: the question behind a 404 carries none, so the condition would bring the 403 back.
        """
        return allow(["s3:ListBucket"], [self.arn])

    def grant(self, function: ImageFunction, *statements: Statement) -> None:
        """Let a function do these things with this bucket: `bucket.grant(door, bucket.read("incoming/"))`."""
        function.allow(self._name, *statements)
