"""AWS Elemental MediaConvert: queues (all that pulumi-aws has of it)."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.resources.base import Properties, ResourceType, retag
from localcloud.deployer.shapes import Shape

_MISSING: Final = ("NotFoundException",)


class Queue(ResourceType):
    """A transcoding queue; its id is its name."""

    pulumi_type = "aws:mediaconvert/queue:Queue"
    _SHAPE: Final = Shape(name="Name", description="Description", pricingPlan="PricingPlan", status="Status")
    deployed = frozenset(_SHAPE.fields)
    replaces = frozenset({"name", "pricingPlan"})
    named_by = "name"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        cloud.client("mediaconvert").create_queue(**self._SHAPE.request(inputs), Tags=inputs["tagsAll"])
        return str(inputs["name"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        client = cloud.client("mediaconvert")
        response = found(lambda: client.get_queue(Name=resource_id), *_MISSING)
        if response is None:
            return None
        queue = response["Queue"]
        tags = client.list_tags_for_resource(Arn=queue["Arn"])["ResourceTags"].get("Tags", {})
        return {"description": "", **self._SHAPE.from_api(queue), "arn": queue["Arn"], "tagsAll": tags}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        client = cloud.client("mediaconvert")
        if changed - {"tagsAll"}:
            request = {"Description": inputs.get("description", ""), "Status": inputs.get("status", "ACTIVE")}
            client.update_queue(Name=resource_id, **request)
        if "tagsAll" in changed:
            current = self.read(cloud, resource_id, inputs) or {}
            retag(
                current["tagsAll"],
                inputs["tagsAll"],
                lambda keys: client.untag_resource(Arn=current["arn"], TagKeys=keys),
                lambda tags: client.tag_resource(Arn=current["arn"], Tags=tags),
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("mediaconvert").delete_queue(Name=resource_id), *_MISSING)


TYPES: Final = (Queue,)
