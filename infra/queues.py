"""SQS: the queue of transfers, and the queues that failures end in."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.function import ImageFunction
from infra.policies import allow, allow_service, document

#: SQS keeps a message for 14 days at most; failures stay as long as they can.
LONGEST_RETENTION_SECONDS = 14 * 24 * 3600
#: Work that nobody took by then is dead. A message keeps its age when it moves to the dead letters (SQS developer
#: guide, "Dead-letter queues"), so what is left of the 14 days is what a person has to look at it.
WORK_RETENTION_SECONDS = 4 * 24 * 3600
#: Lambda developer guide, "Using Lambda with SQS": at least six times the function's timeout, so that a throttled
#: batch is not handed out twice. A killed worker is noticed earlier, by its lease in the ledger.
VISIBILITY_PER_TIMEOUT = 6


@dataclass(frozen=True)
class Patience:
    """How often and how long something is tried before it goes to its failure queue."""

    retries: int
    max_age_seconds: int


class FailureQueue(pulumi.ComponentResource):
    """Where what nobody could process waits for a person: kept for 14 days, encrypted, watched by an alarm."""

    def __init__(self, name: str, queue_name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:queues:FailureQueue", name, None, opts)
        self.queue = aws.sqs.Queue(
            f"{name}-queue",
            name=queue_name,
            message_retention_seconds=LONGEST_RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._name = name
        self.arn = self.queue.arn
        self.queue_name = self.queue.name
        self.register_outputs({"arn": self.arn})

    def grant_send(self, function: ImageFunction, what: str) -> None:
        """Lambda itself writes failures, with the function's role."""
        function.allow(f"send-{what}", allow(["sqs:SendMessage"], [self.arn]))

    def accept_from_rule(self, rule_arn: pulumi.Input[str]) -> aws.sqs.QueuePolicy:
        """Let EventBridge put what this rule could not deliver."""
        statement = allow_service(
            "events.amazonaws.com", ["sqs:SendMessage"], [self.arn], {"ArnEquals": {"aws:SourceArn": rule_arn}}
        )
        return aws.sqs.QueuePolicy(
            f"{self._name}-policy",
            queue_url=self.queue.url,
            policy=document(statement),
            opts=pulumi.ResourceOptions(parent=self),
        )


@dataclass(frozen=True)
class WorkQueueArgs:
    """How a queue hands out its messages."""

    queue_name: str
    #: Timeout of the function that consumes it.
    consumer_timeout_seconds: int
    #: Times that a message is handed out before it goes to the dead letters.
    receives: int


class WorkQueue(pulumi.ComponentResource):
    """A queue with its dead-letter queue."""

    def __init__(self, name: str, args: WorkQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:queues:WorkQueue", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.dead_letters = FailureQueue(f"{name}-dead", f"{args.queue_name}-dead", opts=child)
        redrive = {"deadLetterTargetArn": self.dead_letters.arn, "maxReceiveCount": args.receives}
        self.queue = aws.sqs.Queue(
            f"{name}-queue",
            name=args.queue_name,
            visibility_timeout_seconds=args.consumer_timeout_seconds * VISIBILITY_PER_TIMEOUT,
            message_retention_seconds=WORK_RETENTION_SECONDS,
            redrive_policy=pulumi.Output.json_dumps(redrive),
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        only_this = {"redrivePermission": "byQueue", "sourceQueueArns": [self.queue.arn]}
        aws.sqs.RedriveAllowPolicy(
            f"{name}-redrive",
            queue_url=self.dead_letters.queue.url,
            redrive_allow_policy=pulumi.Output.json_dumps(only_this),
            opts=child,
        )
        self.url = self.queue.url
        self.arn = self.queue.arn
        self.queue_name = self.queue.name
        self.register_outputs({"url": self.url, "arn": self.arn})

    def grant_send(self, function: ImageFunction) -> None:
        """Put work."""
        function.allow("send-transfers", allow(["sqs:SendMessage"], [self.arn]))

    def grant_consume(self, function: ImageFunction) -> None:
        """Take work, finish it, or make it visible again for the next invocation."""
        actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
        function.allow("consume-transfers", allow(actions, [self.arn]))
