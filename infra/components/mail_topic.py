"""SNS topics with e-mail subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.policies import Conditions, Grant, allow, allow_service, deny_insecure_transport, document


@dataclass(frozen=True)
class MailTopicArgs:
    """A topic and its recipients."""

    topic_name: str
    recipients: Sequence[str]
    #: Let CloudWatch alarms publish under these conditions.
    alarm_conditions: Conditions | None = None


class MailTopic(pulumi.ComponentResource):
    """A topic that sends each message by mail. Recipients confirm their subscription first."""

    def __init__(self, name: str, args: MailTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:mail_topic:MailTopic", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(f"{name}-topic", name=args.topic_name, opts=child)
        self.arn = topic.arn
        for address in args.recipients:
            # Named after the address: adding or removing one keeps the confirmations of the others.
            aws.sns.TopicSubscription(
                f"{name}-{address.lower()}", topic=self.arn, protocol="email", endpoint=address, opts=child
            )
        statements = [deny_insecure_transport("sns:Publish", [self.arn])]
        if args.alarm_conditions:
            service = "cloudwatch.amazonaws.com"
            statements.append(allow_service(service, ["sns:Publish"], [self.arn], args.alarm_conditions))
        aws.sns.TopicPolicy(f"{name}-policy", arn=self.arn, policy=document(*statements), opts=child)
        self.register_outputs({"arn": self.arn})

    def publish(self) -> Grant:
        """Send mails to the recipients."""
        return Grant("publish-mails", [allow(["sns:Publish"], [self.arn])], {"topic_arn": self.arn})
