"""AWS CloudFormation: stacks, for resources that pulumi-aws has no type for."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

import json
from typing import Any, Final

from botocore.exceptions import ClientError

from localcloud.deployer.cloud import Cloud, found, wait_until
from localcloud.deployer.errors import DeployError, RejectedPropertyError, setting
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, pairs

_SUCCESS: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


class Stack(ResourceType):
    """A stack; its id is its ARN."""

    pulumi_type = "aws:cloudformation/stack:Stack"
    deployed = frozenset({"name", "templateBody"})
    replaces = frozenset({"name"})
    documents = frozenset({"templateBody"})
    named_by = "name"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        with setting("templateBody"):
            response = cloud.client("cloudformation").create_stack(
                StackName=inputs["name"], TemplateBody=inputs["templateBody"], Tags=pairs(inputs["tagsAll"])
            )
        self._wait(cloud, response["StackId"])
        return str(response["StackId"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        stack = self._describe(cloud, resource_id)
        if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
            return None
        template = cloud.client("cloudformation").get_template(StackName=resource_id)["TemplateBody"]
        return {
            "name": stack["StackName"],
            "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            # boto3 parses a JSON template
            "templateBody": template if isinstance(template, str) else json.dumps(template),
            "tagsAll": from_pairs(stack.get("Tags", [])),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        try:
            with setting("templateBody"):
                cloud.client("cloudformation").update_stack(
                    StackName=resource_id, TemplateBody=inputs["templateBody"], Tags=pairs(inputs["tagsAll"])
                )
        except RejectedPropertyError as error:
            if isinstance(error.__cause__, ClientError) and "No updates are to be performed" in str(error):
                return
            raise
        self._wait(cloud, resource_id)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        cloud.client("cloudformation").delete_stack(StackName=resource_id)

        def gone() -> bool:
            stack = self._describe(cloud, resource_id)
            if stack is not None and stack["StackStatus"] == "DELETE_FAILED":
                raise DeployError(f"stack {resource_id} cannot be deleted: {self._reasons(cloud, resource_id)}")
            return stack is None or stack["StackStatus"] == "DELETE_COMPLETE"

        wait_until(gone, f"deletion of stack {resource_id}")

    def _describe(self, cloud: Cloud, resource_id: str) -> dict[str, Any] | None:
        client = cloud.client("cloudformation")
        response = found(lambda: client.describe_stacks(StackName=resource_id), "ValidationError")
        return response["Stacks"][0] if response and response["Stacks"] else None

    def _wait(self, cloud: Cloud, resource_id: str) -> None:
        def settled() -> bool:
            status = (self._describe(cloud, resource_id) or {"StackStatus": "missing"})["StackStatus"]
            if status.endswith("_IN_PROGRESS"):
                return False
            if status not in _SUCCESS:
                raise DeployError(f"stack {resource_id} is {status}: {self._reasons(cloud, resource_id)}")
            return True

        wait_until(settled, f"completion of stack {resource_id}")

    def _reasons(self, cloud: Cloud, resource_id: str) -> str:
        events = cloud.client("cloudformation").describe_stack_events(StackName=resource_id)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        return (
            "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)
            or "no reason given"
        )


TYPES: Final = (Stack,)
