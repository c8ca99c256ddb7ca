"""Amazon SNS: topics, their policies, subscriptions."""
# ruff: noqa: ARG002 - every resource type has the same methods, whether it needs all their arguments or not

from __future__ import annotations

import json
from typing import Any, ClassVar, Final

from localcloud.deployer.cloud import Cloud, found
from localcloud.deployer.errors import setting
from localcloud.deployer.resources.base import Properties, ResourceType, from_pairs, pairs, retag

_MISSING: Final = ("NotFound", "NotFoundException")
#: What lets a topic's owner do everything. Source: API reference, CreateTopic.
_DEFAULT_ACTIONS: Final = """
    GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe
    ListSubscriptionsByTopic Publish
""".split()  # noqa: SIM905 - easier to read as a text


def _attributes(cloud: Cloud, arn: str) -> dict[str, str] | None:
    response = found(lambda: cloud.client("sns").get_topic_attributes(TopicArn=arn), *_MISSING)
    return None if response is None else response["Attributes"]


class Topic(ResourceType):
    """A topic; its id is its ARN."""

    pulumi_type = "aws:sns/topic:Topic"
    deployed = frozenset({"name", "displayName"})
    replaces = frozenset({"name"})
    named_by = "name"

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        response = cloud.client("sns").create_topic(
            Name=inputs["name"],
            Attributes={"DisplayName": inputs.get("displayName", "")},
            Tags=pairs(inputs["tagsAll"]),
        )
        return str(response["TopicArn"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        attributes = _attributes(cloud, resource_id)
        if attributes is None:
            return None
        return {
            "name": resource_id.rpartition(":")[2],
            "arn": attributes["TopicArn"],
            "owner": attributes["Owner"],
            "displayName": attributes.get("DisplayName", ""),
            "tagsAll": from_pairs(cloud.client("sns").list_tags_for_resource(ResourceArn=resource_id)["Tags"]),
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        sns = cloud.client("sns")
        if "displayName" in changed:
            with setting("displayName"):
                sns.set_topic_attributes(
                    TopicArn=resource_id,
                    AttributeName="DisplayName",
                    AttributeValue=inputs.get("displayName", ""),
                )
        if "tagsAll" in changed:
            retag(
                from_pairs(sns.list_tags_for_resource(ResourceArn=resource_id)["Tags"]),
                inputs["tagsAll"],
                lambda keys: sns.untag_resource(ResourceArn=resource_id, TagKeys=keys),
                lambda tags: sns.tag_resource(ResourceArn=resource_id, Tags=pairs(tags)),
            )

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
        attributes = _attributes(cloud, resource_id)
        if attributes is None:
            return None
        return {"arn": attributes["TopicArn"], "policy": attributes["Policy"], "owner": attributes["Owner"]}

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        self.create(cloud, inputs)

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        """Restore the default policy, as the provider does: a topic always has one."""
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"SNS:{action}" for action in _DEFAULT_ACTIONS],
            "Resource": resource_id,
            "Condition": {"StringEquals": {"AWS:SourceOwner": resource_id.split(":")[4]}},
        }
        default = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
        if self.read(cloud, resource_id, inputs) is not None:
            self.create(cloud, {"arn": resource_id, "policy": json.dumps(default)})


class TopicSubscription(ResourceType):
    """A subscription of an endpoint; its id is its ARN. E-mail stays pending until it is confirmed."""

    pulumi_type = "aws:sns/topicSubscription:TopicSubscription"
    deployed = frozenset({"topic", "protocol", "endpoint", "rawMessageDelivery"})
    replaces = frozenset({"topic", "protocol", "endpoint"})
    provider_only: ClassVar[dict[str, Any]] = {"confirmationTimeoutInMinutes": 1, "endpointAutoConfirms": False}

    def create(self, cloud: Cloud, inputs: Properties) -> str:
        response = cloud.client("sns").subscribe(
            TopicArn=inputs["topic"],
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            Attributes={"RawMessageDelivery": self._raw(inputs)} if "rawMessageDelivery" in inputs else {},
            ReturnSubscriptionArn=True,
        )
        return str(response["SubscriptionArn"])

    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        sns = cloud.client("sns")
        response = found(lambda: sns.get_subscription_attributes(SubscriptionArn=resource_id), *_MISSING)
        if response is None:
            return None
        attributes = response["Attributes"]
        return {
            "arn": attributes["SubscriptionArn"],
            "topic": attributes["TopicArn"],
            "protocol": attributes["Protocol"],
            "endpoint": attributes["Endpoint"],
            "rawMessageDelivery": attributes.get("RawMessageDelivery", "false").lower() == "true",
            "pendingConfirmation": attributes.get("PendingConfirmation", "false") == "true",
        }

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        with setting("rawMessageDelivery"):
            cloud.client("sns").set_subscription_attributes(
                SubscriptionArn=resource_id, AttributeName="RawMessageDelivery", AttributeValue=self._raw(inputs)
            )

    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        found(lambda: cloud.client("sns").unsubscribe(SubscriptionArn=resource_id), *_MISSING)

    def _raw(self, inputs: Properties) -> str:
        return "true" if inputs.get("rawMessageDelivery") else "false"


TYPES: Final = (Topic, TopicPolicy, TopicSubscription)
