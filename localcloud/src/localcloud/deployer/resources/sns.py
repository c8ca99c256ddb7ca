"""Amazon SNS: topics, their policies, subscriptions."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

import json
from typing import Any, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.naming import Naming
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, pairs

_MISSING: Final = ("NotFound", "NotFoundException")
_TOPIC_ATTRIBUTES: Final = {
    "displayName": "DisplayName",
    "policy": "Policy",
    "deliveryPolicy": "DeliveryPolicy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "fifoTopic": "FifoTopic",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
_SUBSCRIPTION_ATTRIBUTES: Final = {
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "deliveryPolicy": "DeliveryPolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}
_FLAGS: Final = {"fifoTopic", "contentBasedDeduplication", "rawMessageDelivery"}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _told(name: str, text: str) -> Any:
    if name in _FLAGS:
        return text.lower() == "true"
    return int(text) if name == "signatureVersion" and text else text


class Topic(ResourceType):
    """A topic; its id is its ARN."""

    pulumi_type = "aws:sns/topic:Topic"
    deployed = frozenset({"name", *_TOPIC_ATTRIBUTES})
    replaces = frozenset({"name", "fifoTopic"})
    documents = frozenset({"policy", "deliveryPolicy"})
    naming = Naming(limit=256)

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        attributes = {api: _text(inputs[name]) for name, api in _TOPIC_ATTRIBUTES.items() if inputs.get(name)}
        answer = cloud.client("sns").create_topic(
            Name=inputs["name"], Attributes=attributes, Tags=pairs(inputs["tagsAll"])
        )
        return str(answer["TopicArn"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        sns = cloud.client("sns")
        answer = found(lambda: sns.get_topic_attributes(TopicArn=resource_id), *_MISSING)
        if answer is None:
            return None
        told = answer["Attributes"]
        properties = {name: _told(name, told[api]) for name, api in _TOPIC_ATTRIBUTES.items() if told.get(api)}
        for name in ("displayName", "policy", "deliveryPolicy", "kmsMasterKeyId"):
            properties.setdefault(name, "")
        for name in ("fifoTopic", "contentBasedDeduplication"):
            properties.setdefault(name, False)
        tags = from_pairs(sns.list_tags_for_resource(ResourceArn=resource_id)["Tags"])
        name = resource_id.rpartition(":")[2]
        return {**properties, "name": name, "arn": told["TopicArn"], "owner": told["Owner"], "tagsAll": tags}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        sns = cloud.client("sns")
        for name in sorted(changed & _TOPIC_ATTRIBUTES.keys()):
            with setting(name):
                sns.set_topic_attributes(
                    TopicArn=resource_id,
                    AttributeName=_TOPIC_ATTRIBUTES[name],
                    AttributeValue=_text(inputs.get(name, "")),
                )
        if "tagsAll" in changed:
            wanted = inputs["tagsAll"]
            present = from_pairs(sns.list_tags_for_resource(ResourceArn=resource_id)["Tags"])
            with setting("tags"):
                if surplus := sorted(set(present) - set(wanted)):
                    sns.untag_resource(ResourceArn=resource_id, TagKeys=surplus)
                if wanted:
                    sns.tag_resource(ResourceArn=resource_id, Tags=pairs(wanted))

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("sns").delete_topic(TopicArn=resource_id), *_MISSING)


class TopicPolicy(ResourceType):
    """Who may publish and subscribe; its id is the topic's ARN."""

    pulumi_type = "aws:sns/topicPolicy:TopicPolicy"
    deployed = frozenset({"arn", "policy"})
    replaces = frozenset({"arn"})
    documents = frozenset({"policy"})

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        with setting("policy"):
            cloud.client("sns").set_topic_attributes(
                TopicArn=inputs["arn"], AttributeName="Policy", AttributeValue=inputs["policy"]
            )
        return str(inputs["arn"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        answer = found(lambda: cloud.client("sns").get_topic_attributes(TopicArn=resource_id), *_MISSING)
        if answer is None:
            return None
        told = answer["Attributes"]
        return {"arn": told["TopicArn"], "policy": told["Policy"], "owner": told["Owner"]}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        """A topic always has a policy: back to the one that lets its owner do everything, as the provider does."""
        account = resource_id.split(":")[4]
        actions = "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe"
        own = {
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [
                {
                    "Sid": "__default_statement_ID",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": [f"SNS:{action}" for action in (*actions.split(), "ListSubscriptionsByTopic", "Publish")],
                    "Resource": resource_id,
                    "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
                }
            ],
        }
        if self.read(cloud, resource_id, inputs) is not None:
            self.create(cloud, {"arn": resource_id, "policy": json.dumps(own)})


class TopicSubscription(ResourceType):
    """An endpoint's subscription; its id is its ARN. E-mail stays pending until the person confirms."""

    pulumi_type = "aws:sns/topicSubscription:TopicSubscription"
    deployed = frozenset({"topic", "protocol", "endpoint", *_SUBSCRIPTION_ATTRIBUTES})
    replaces = frozenset({"topic", "protocol", "endpoint"})
    provider_only = {"confirmationTimeoutInMinutes": 1, "endpointAutoConfirms": False}  # noqa: RUF012
    documents = frozenset({"filterPolicy", "redrivePolicy", "deliveryPolicy"})

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        attributes = {api: _text(inputs[name]) for name, api in _SUBSCRIPTION_ATTRIBUTES.items() if name in inputs}
        answer = cloud.client("sns").subscribe(
            TopicArn=inputs["topic"],
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        return str(answer["SubscriptionArn"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        answer = found(lambda: cloud.client("sns").get_subscription_attributes(SubscriptionArn=resource_id), *_MISSING)
        if answer is None:
            return None
        told = answer["Attributes"]
        properties: dict[str, Any] = {
            name: _told(name, told.get(api, "")) for name, api in _SUBSCRIPTION_ATTRIBUTES.items()
        }
        return {
            **properties,
            "arn": told["SubscriptionArn"],
            "topic": told["TopicArn"],
            "protocol": told["Protocol"],
            "endpoint": told["Endpoint"],
            "ownerId": told["Owner"],
            "pendingConfirmation": told.get("PendingConfirmation", "false") == "true",
            "confirmationWasAuthenticated": told.get("ConfirmationWasAuthenticated", "false") == "true",
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        for name in sorted(changed & _SUBSCRIPTION_ATTRIBUTES.keys()):
            with setting(name):
                cloud.client("sns").set_subscription_attributes(
                    SubscriptionArn=resource_id,
                    AttributeName=_SUBSCRIPTION_ATTRIBUTES[name],
                    AttributeValue=_text(inputs.get(name, "{}" if name in self.documents else "")),
                )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("sns").unsubscribe(SubscriptionArn=resource_id), *_MISSING)


TYPES: Final = (Topic, TopicPolicy, TopicSubscription)
