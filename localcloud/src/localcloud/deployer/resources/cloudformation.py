"""AWS CloudFormation: stacks, for what pulumi-aws has no resource type of its own."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

import json
from typing import Any, Final

from botocore.exceptions import ClientError

from localcloud.deployer.cloud import Cloud, found, wait_until
from localcloud.deployer.errors import PropertyRefused, ServiceRefused, setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, given, pairs

_MISSING: Final = ("ValidationError",)
_GOOD: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})


class Stack(ResourceType):
    """A stack; its id is its ARN."""

    pulumi_type = "aws:cloudformation/stack:Stack"
    deployed = frozenset(
        """
        name templateBody parameters capabilities disableRollback onFailure notificationArns timeoutInMinutes
        iamRoleArn
        """.split()  # noqa: SIM905 - read better as a text
    )
    replaces = frozenset({"name", "onFailure", "timeoutInMinutes", "disableRollback"})
    documents = frozenset({"templateBody"})
    sets = frozenset({"capabilities", "notificationArns"})
    naming = Naming(limit=128, prefix_property=None)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        with setting("templateBody"):
            answer = cloud.client("cloudformation").create_stack(
                StackName=inputs["name"],
                Tags=pairs(inputs["tagsAll"]),
                **self._request(inputs),
                **given(
                    inputs,
                    OnFailure="onFailure",
                    DisableRollback="disableRollback",
                    TimeoutInMinutes="timeoutInMinutes",
                ),
            )
        self._wait(cloud, answer["StackId"], "made")
        return str(answer["StackId"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        stack = self._describe(cloud, resource_id)
        if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
            return None
        template = cloud.client("cloudformation").get_template(StackName=resource_id)["TemplateBody"]
        return {
            "name": stack["StackName"],
            "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            "parameters": {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])},
            "capabilities": stack.get("Capabilities", []),
            "disableRollback": bool(stack.get("DisableRollback")),
            "notificationArns": stack.get("NotificationARNs", []),
            "timeoutInMinutes": stack.get("TimeoutInMinutes"),
            "iamRoleArn": stack.get("RoleARN", ""),
            # boto3 reads a JSON template into an object
            "templateBody": template if isinstance(template, str) else json.dumps(template),
            "tagsAll": from_pairs(stack.get("Tags", [])),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        client = cloud.client("cloudformation")
        try:
            with setting("templateBody"):
                client.update_stack(StackName=resource_id, Tags=pairs(inputs["tagsAll"]), **self._request(inputs))
        except PropertyRefused as refused:
            error = refused.__cause__
            if isinstance(error, ClientError) and "No updates are to be performed" in str(error):
                return
            raise
        self._wait(cloud, resource_id, "updated")

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        if self.read(cloud, resource_id, inputs) is None:
            return
        cloud.client("cloudformation").delete_stack(StackName=resource_id)

        def gone() -> bool:
            stack = self._describe(cloud, resource_id)
            if stack is not None and stack["StackStatus"] == "DELETE_FAILED":
                raise ServiceRefused(f"stack {resource_id} cannot be deleted: {self._reasons(cloud, resource_id)}")
            return stack is None or stack["StackStatus"] == "DELETE_COMPLETE"

        wait_until(gone, f"deletion of stack {resource_id}")

    def _request(self, inputs: Properties) -> dict[str, Any]:
        parameters = inputs.get("parameters") or {}
        return {
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            **given(
                inputs,
                TemplateBody="templateBody",
                Capabilities="capabilities",
                NotificationARNs="notificationArns",
                RoleARN="iamRoleArn",
            ),
        }

    def _describe(self, cloud: Cloud, resource_id: str) -> dict[str, Any] | None:
        client = cloud.client("cloudformation")
        answer = found(lambda: client.describe_stacks(StackName=resource_id), *_MISSING)
        return answer["Stacks"][0] if answer and answer["Stacks"] else None

    def _wait(self, cloud: Cloud, resource_id: str, what: str) -> None:
        def settled() -> bool:
            status = (self._describe(cloud, resource_id) or {"StackStatus": "missing"})["StackStatus"]
            if status.endswith("_IN_PROGRESS"):
                return False
            if status not in _GOOD:
                raise ServiceRefused(
                    f"stack {resource_id} was not {what} ({status}): {self._reasons(cloud, resource_id)}"
                )
            return True

        wait_until(settled, f"stack {resource_id} being {what}")

    def _reasons(self, cloud: Cloud, resource_id: str) -> str:
        events = cloud.client("cloudformation").describe_stack_events(StackName=resource_id)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        return (
            "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)
            or "no reason given"
        )


TYPES: Final = (Stack,)
