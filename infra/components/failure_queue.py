"""SQS queues for events and messages that could not be handled."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.alarms import Alarm
from infra.policies import Grant, allow, allow_service, document

#: The maximum of SQS.
RETENTION_SECONDS = 14 * 24 * 3600


@dataclass(frozen=True)
class FailureQueueArgs:
    """A failure queue."""

    queue_name: str
    #: Accept events that EventBridge could not deliver for this rule.
    rule_arn: pulumi.Input[str] | None = None


class FailureQueue(pulumi.ComponentResource):
    """An encrypted queue that keeps failures for 14 days, for someone to inspect them."""

    def __init__(self, name: str, args: FailureQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:failure_queue:FailureQueue", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        queue = aws.sqs.Queue(
            f"{name}-queue",
            name=args.queue_name,
            message_retention_seconds=RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        self.arn = queue.arn
        self.url = queue.url
        self.queue_name = queue.name
        if args.rule_arn is not None:
            only_this_rule = {"ArnEquals": {"aws:SourceArn": args.rule_arn}}
            statement = allow_service("events.amazonaws.com", ["sqs:SendMessage"], [self.arn], only_this_rule)
            aws.sqs.QueuePolicy(f"{name}-policy", queue_url=self.url, policy=document(statement), opts=child)
        self.register_outputs({"arn": self.arn})

    def send(self) -> Grant:
        """Send failures: Lambda does it with the function's role."""
        return Grant("send-failures", [allow(["sqs:SendMessage"], [self.arn])])

    def alarm(self, what: str) -> Alarm:
        """Return the alarm for messages in this queue."""
        return Alarm(
            f"{what}-failures",
            "A message was given up and waits in this queue.",
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 0),
            {"QueueName": self.queue_name},
        )
