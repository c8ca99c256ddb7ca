"""The registries of the functions' images, which exist before the stacks that run them and outlive them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.policies import allow_service, document


@dataclass(frozen=True)
class RegistryArgs:
    """One repository, its retention, and whose functions run its images."""

    repository_name: str
    #: Stacks whose deployed images are counted separately from images that were only pushed.
    stacks: Sequence[str]
    keep_deployed: int
    keep_revisions: int
    untagged_days: int
    account_id: pulumi.Input[str]
    partition: pulumi.Input[str]
    region: str


class Registry(pulumi.ComponentResource):
    """Immutable tags, images scanned and encrypted; images in use are never deleted for their age."""

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp-foundation:registry:Registry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.repository = aws.ecr.Repository(
            f"{name}-repository",
            name=args.repository_name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "AES256"}],
            force_delete=False,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.arn = self.repository.arn
        self.url = self.repository.repository_url
        aws.ecr.LifecyclePolicy(
            f"{name}-lifecycle", repository=self.repository.name, policy=json.dumps(lifecycle(args)), opts=child
        )
        functions = pulumi.Output.concat(
            "arn:", args.partition, ":lambda:", args.region, ":", args.account_id, ":function:*"
        )
        aws.ecr.RepositoryPolicy(
            f"{name}-policy",
            repository=self.repository.name,
            policy=document(
                allow_service(
                    "lambda.amazonaws.com",
                    # Lambda developer guide, "Create a Lambda function using a container image".
                    ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    None,
                    {
                        "StringEquals": {"aws:SourceAccount": args.account_id},
                        "ArnLike": {"aws:SourceArn": functions},
                    },
                )
            ),
            opts=child,
        )
        self.register_outputs({"url": self.url})


def lifecycle(args: RegistryArgs) -> dict[str, Any]:
    """Return rules by count, deployed images first.

    ECR user guide, "Automate the cleanup of images": an image that matches the tags of a rule cannot be expired by a
    rule of lower priority (a higher number). So an image that a stack ran is only counted among that stack's images.
    """
    deployed = [
        (f"images that {stack} ran", {"tagPrefixList": [f"{stack}-"]}, args.keep_deployed) for stack in args.stacks
    ]
    pushed = ("pushed images", {"tagPatternList": ["*"]}, args.keep_revisions)
    rules = [
        {
            "rulePriority": priority,
            "description": f"Keep the latest {count} {what}",
            "selection": {"tagStatus": "tagged", **tags, "countType": "imageCountMoreThan", "countNumber": count},
            "action": {"type": "expire"},
        }
        for priority, (what, tags, count) in enumerate([*deployed, pushed], start=1)
    ]
    leftover = {
        "rulePriority": len(rules) + 1,
        "description": "Incomplete pushes",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": args.untagged_days,
        },
        "action": {"type": "expire"},
    }
    return {"rules": [*rules, leftover]}
