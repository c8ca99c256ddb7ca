"""Amazon SQS: queues and their policies."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType

_MISSING: Final = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_NUMBERS: Final = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "maxMessageSize": "MaximumMessageSize",
    "delaySeconds": "DelaySeconds",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
}
_FLAGS: Final = {
    "fifoQueue": "FifoQueue",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
}
_TEXTS: Final = {
    "policy": "Policy",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
}
_ATTRIBUTES: Final = {**_NUMBERS, **_FLAGS, **_TEXTS}
#: What SetQueueAttributes needs to be told to take a setting back. Source: API reference, SetQueueAttributes.
_DEFAULTS: Final = {
    "VisibilityTimeout": "30",
    "MessageRetentionPeriod": "345600",
    "MaximumMessageSize": "1048576",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "0",
    "KmsDataKeyReusePeriodSeconds": "300",
}


def _attributes_of(cloud: Cloud, url: str) -> dict[str, str] | None:
    answer = found(lambda: cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"]), *_MISSING)
    return None if answer is None else answer.get("Attributes", {})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Queue(ResourceType):
    """A queue; its id is its URL."""

    pulumi_type = "aws:sqs/queue:Queue"
    deployed = frozenset({"name", *_ATTRIBUTES}) - {"kmsDataKeyReusePeriodSeconds", "kmsMasterKeyId"}
    replaces = frozenset({"name", "fifoQueue"})
    documents = frozenset({"policy", "redrivePolicy", "redriveAllowPolicy"})
    naming = Naming(limit=80)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        attributes = {api: _text(inputs[name]) for name, api in _ATTRIBUTES.items() if name in inputs}
        if attributes.get("FifoQueue") == "false":
            del attributes["FifoQueue"]  # the service takes this attribute for FIFO queues only
        answer = cloud.client("sqs").create_queue(
            QueueName=inputs["name"], Attributes=attributes, tags=inputs["tagsAll"]
        )
        return str(answer["QueueUrl"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        told = _attributes_of(cloud, resource_id)
        if told is None:
            return None
        properties: dict[str, Any] = {name: int(told[api]) for name, api in _NUMBERS.items() if api in told}
        properties.update({name: told.get(api, "false") == "true" for name, api in _FLAGS.items()})
        properties.update({name: told.get(api, "") for name, api in _TEXTS.items()})
        properties["arn"] = told["QueueArn"]
        properties["name"] = told["QueueArn"].rpartition(":")[2]
        properties["url"] = resource_id
        properties["tagsAll"] = cloud.client("sqs").list_queue_tags(QueueUrl=resource_id).get("Tags", {})
        return properties

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        sqs = cloud.client("sqs")
        for name in sorted(changed & _ATTRIBUTES.keys()):
            api = _ATTRIBUTES[name]
            value = _text(inputs[name]) if name in inputs else _DEFAULTS.get(api, "")
            with setting(name):
                sqs.set_queue_attributes(QueueUrl=resource_id, Attributes={api: value})
        if "tagsAll" in changed:
            _retag(cloud, resource_id, inputs["tagsAll"])

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("sqs").delete_queue(QueueUrl=resource_id), *_MISSING)


def _retag(cloud: Cloud, url: str, wanted: Mapping[str, str]) -> None:
    sqs = cloud.client("sqs")
    surplus = sorted(set(sqs.list_queue_tags(QueueUrl=url).get("Tags", {})) - set(wanted))
    with setting("tags"):
        if surplus:
            sqs.untag_queue(QueueUrl=url, TagKeys=surplus)
        if wanted:
            sqs.tag_queue(QueueUrl=url, Tags=dict(wanted))


class _QueueDocument(ResourceType):
    """One JSON attribute of a queue, as a resource of its own; its id is the queue's URL."""

    property: ClassVar[str]
    attribute: ClassVar[str]
    replaces = frozenset({"queueUrl"})

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        url = str(inputs["queueUrl"])
        with setting(self.property):
            cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={self.attribute: inputs[self.property]})
        return url

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        document = (_attributes_of(cloud, resource_id) or {}).get(self.attribute)
        return {"queueUrl": resource_id, self.property: document} if document else None

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(
            lambda: cloud.client("sqs").set_queue_attributes(QueueUrl=resource_id, Attributes={self.attribute: ""}),
            *_MISSING,
        )


class QueuePolicy(_QueueDocument):
    """Who may use a queue."""

    pulumi_type = "aws:sqs/queuePolicy:QueuePolicy"
    property, attribute = "policy", "Policy"
    deployed = frozenset({"queueUrl", "policy"})
    documents = frozenset({"policy"})


class RedrivePolicy(_QueueDocument):
    """Where a queue's undeliverable messages go."""

    pulumi_type = "aws:sqs/redrivePolicy:RedrivePolicy"
    property, attribute = "redrivePolicy", "RedrivePolicy"
    deployed = frozenset({"queueUrl", "redrivePolicy"})
    documents = frozenset({"redrivePolicy"})


class RedriveAllowPolicy(_QueueDocument):
    """Which queues may use this one as their dead-letter queue."""

    pulumi_type = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
    property, attribute = "redriveAllowPolicy", "RedriveAllowPolicy"
    deployed = frozenset({"queueUrl", "redriveAllowPolicy"})
    documents = frozenset({"redriveAllowPolicy"})


TYPES: Final = (Queue, QueuePolicy, RedrivePolicy, RedriveAllowPolicy)
