"""SNS topics whose messages people get as mails."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.function import ImageFunction
from infra.policies import Statement, allow, deny_plain_transport, document


class MailTopic(pulumi.ComponentResource):
    """A topic and its e-mail subscriptions. Everybody subscribed gets a mail to confirm first."""

    def __init__(
        self, name: str, topic_name: str, recipients: Sequence[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("vcp:notifications:MailTopic", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._name = name
        self.topic = aws.sns.Topic(f"{name}-topic", name=topic_name, opts=child)
        self.arn = self.topic.arn
        for address in recipients:
            # Named by the address: adding or removing one leaves the others and their confirmations alone.
            aws.sns.TopicSubscription(
                f"{name}-{address.lower()}", topic=self.arn, protocol="email", endpoint=address, opts=child
            )
        self.register_outputs({"arn": self.arn})

    def restrict(self, *allowed: Statement) -> None:
        """The topic's own policy: these statements, and nobody without TLS. Identities of the account that have
        a grant need none."""
        aws.sns.TopicPolicy(
            f"{self._name}-policy",
            arn=self.arn,
            policy=document(deny_plain_transport("sns:Publish", [self.arn]), *allowed),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def grant_publish(self, function: ImageFunction) -> None:
        """Send mails to those who subscribed."""
        function.allow("publish-mails", allow(["sns:Publish"], [self.arn]))
