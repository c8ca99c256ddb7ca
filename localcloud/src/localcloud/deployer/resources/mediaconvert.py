"""AWS Elemental MediaConvert: queues (all that pulumi-aws has of it)."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, given


class Queue(ResourceType):
    """A transcoding queue; its id is its name."""

    pulumi_type = "aws:mediaconvert/queue:Queue"
    deployed = frozenset({"name", "description", "pricingPlan", "status", "concurrentJobs"})
    replaces = frozenset({"name", "pricingPlan"})
    naming = Naming(limit=80, prefix_property=None)
    _MISSING: Final = ("NotFoundException",)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        cloud.client("mediaconvert").create_queue(
            Name=inputs["name"],
            Tags=inputs["tagsAll"],
            **given(
                inputs,
                Description="description",
                PricingPlan="pricingPlan",
                Status="status",
                ConcurrentJobs="concurrentJobs",
            ),
        )
        return str(inputs["name"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        client = cloud.client("mediaconvert")
        answer = found(lambda: client.get_queue(Name=resource_id), *self._MISSING)
        if answer is None:
            return None
        queue = answer["Queue"]
        tags = client.list_tags_for_resource(Arn=queue["Arn"])["ResourceTags"].get("Tags", {})
        properties = {
            "name": queue["Name"],
            "arn": queue["Arn"],
            "description": queue.get("Description", ""),
            "pricingPlan": queue["PricingPlan"],
            "status": queue["Status"],
            "tagsAll": tags,
        }
        return {**properties, **given(queue, concurrentJobs="ConcurrentJobs")}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        client = cloud.client("mediaconvert")
        if changed - {"tagsAll"}:
            request = {"Description": inputs.get("description", ""), "Status": inputs.get("status", "ACTIVE")}
            client.update_queue(Name=resource_id, **request, **given(inputs, ConcurrentJobs="concurrentJobs"))
        if "tagsAll" in changed:
            arn = client.get_queue(Name=resource_id)["Queue"]["Arn"]
            present = client.list_tags_for_resource(Arn=arn)["ResourceTags"].get("Tags", {})
            with setting("tags"):
                if surplus := sorted(set(present) - set(inputs["tagsAll"])):
                    client.untag_resource(Arn=arn, TagKeys=surplus)
                if inputs["tagsAll"]:
                    client.tag_resource(Arn=arn, Tags=inputs["tagsAll"])

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("mediaconvert").delete_queue(Name=resource_id), *self._MISSING)


TYPES: Final = (Queue,)
