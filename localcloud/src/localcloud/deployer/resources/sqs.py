"""Amazon SQS: standard queues and their policies."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.resources.base import Properties, ResourceType, retag

_MISSING: Final = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_NUMBERS: Final = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "maxMessageSize": "MaximumMessageSize",
    "delaySeconds": "DelaySeconds",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
}
_ENCRYPTION: Final = {"sqsManagedSseEnabled": "SqsManagedSseEnabled"}
_TEXTS: Final = {"policy": "Policy", "redrivePolicy": "RedrivePolicy", "redriveAllowPolicy": "RedriveAllowPolicy"}
_ATTRIBUTES: Final = {**_NUMBERS, **_ENCRYPTION, **_TEXTS}
#: What resets a setting. Source: API reference, SetQueueAttributes.
_DEFAULTS: Final = {
    "VisibilityTimeout": "30",
    "MessageRetentionPeriod": "345600",
    "MaximumMessageSize": "1048576",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "0",
}


def _attributes(cloud: Cloud, url: str) -> dict[str, str] | None:
    response = found(lambda: cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"]), *_MISSING)
    return None if response is None else response.get("Attributes", {})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Queue(ResourceType):
    """A queue; its id is its URL."""

    pulumi_type = "aws:sqs/queue:Queue"
    deployed = frozenset({"name", *_ATTRIBUTES})
    replaces = frozenset({"name"})
    documents = frozenset(_TEXTS)
    named_by = "name"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        attributes = {api: _text(inputs[name]) for name, api in _ATTRIBUTES.items() if name in inputs}
        response = cloud.client("sqs").create_queue(
            QueueName=inputs["name"], Attributes=attributes, tags=inputs["tagsAll"]
        )
        return str(response["QueueUrl"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        attributes = _attributes(cloud, resource_id)
        if attributes is None:
            return None
        return {
            **{name: int(attributes[api]) for name, api in _NUMBERS.items() if api in attributes},
            **{name: attributes.get(api) == "true" for name, api in _ENCRYPTION.items()},
            **{name: attributes.get(api, "") for name, api in _TEXTS.items()},
            "arn": attributes["QueueArn"],
            "name": attributes["QueueArn"].rpartition(":")[2],
            "url": resource_id,
            "tagsAll": cloud.client("sqs").list_queue_tags(QueueUrl=resource_id).get("Tags", {}),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        sqs = cloud.client("sqs")
        for name in sorted(changed & _ATTRIBUTES.keys()):
            api = _ATTRIBUTES[name]
            value = _text(inputs[name]) if name in inputs else _DEFAULTS.get(api, "")
            with setting(name):
                sqs.set_queue_attributes(QueueUrl=resource_id, Attributes={api: value})
        if "tagsAll" in changed:
            retag(
                sqs.list_queue_tags(QueueUrl=resource_id).get("Tags", {}),
                inputs["tagsAll"],
                lambda keys: sqs.untag_queue(QueueUrl=resource_id, TagKeys=keys),
                lambda tags: sqs.tag_queue(QueueUrl=resource_id, Tags=dict(tags)),
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("sqs").delete_queue(QueueUrl=resource_id), *_MISSING)


class _QueueDocument(ResourceType):
    """One JSON attribute of a queue, as a resource of its own; its id is the queue's URL."""

    property: ClassVar[str]
    replaces = frozenset({"queueUrl"})

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        self._set(cloud, inputs["queueUrl"], inputs[self.property])
        return str(inputs["queueUrl"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        document = (_attributes(cloud, resource_id) or {}).get(_TEXTS[self.property])
        return {"queueUrl": resource_id, self.property: document} if document else None

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: self._set(cloud, resource_id, ""), *_MISSING)

    def _set(self, cloud: Cloud, url: str, document: str) -> None:
        attributes = {_TEXTS[self.property]: document}
        with setting(self.property):
            cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)


class QueuePolicy(_QueueDocument):
    """Who may use a queue."""

    pulumi_type = "aws:sqs/queuePolicy:QueuePolicy"
    property = "policy"
    deployed = frozenset({"queueUrl", "policy"})
    documents = frozenset({"policy"})


class RedriveAllowPolicy(_QueueDocument):
    """Which queues may use this one as their dead-letter queue."""

    pulumi_type = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
    property = "redriveAllowPolicy"
    deployed = frozenset({"queueUrl", "redriveAllowPolicy"})
    documents = frozenset({"redriveAllowPolicy"})


TYPES: Final = (Queue, QueuePolicy, RedriveAllowPolicy)
