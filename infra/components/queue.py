"""The queue of transfers with its dead-letter queue, and the function that consumes it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.alarms import Alarm
from infra.components.failure_queue import FailureQueue, FailureQueueArgs
from infra.components.function import ImageFunction
from infra.components.trigger import PARTIAL_RESPONSES, Trigger
from infra.policies import Grant, allow

#: A message keeps its age in the dead-letter queue (SQS developer guide, "Dead-letter queues"): the rest of that
#: queue's 14 days is the time to inspect it.
RETENTION_SECONDS = 4 * 24 * 3600
#: Lambda developer guide, "Using Lambda with SQS": at least six times the function's timeout, so that a throttled batch
#: is not delivered twice. The ledger's lease reveals a killed worker earlier.
VISIBILITY_PER_TIMEOUT = 6
#: Above this, transfers are broken or need more concurrency.
MAX_AGE_SECONDS = 3600


@dataclass(frozen=True)
class WorkQueueArgs:
    """How a queue delivers its messages."""

    queue_name: str
    #: Timeout of the function that consumes it.
    consumer_timeout_seconds: int
    #: Deliveries of a message before it goes to the dead-letter queue.
    max_receives: int


class WorkQueue(pulumi.ComponentResource):
    """A queue with its dead-letter queue."""

    def __init__(self, name: str, args: WorkQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:queue:WorkQueue", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.name = name
        self.dead_letters = FailureQueue(f"{name}-dead", FailureQueueArgs(f"{args.queue_name}-dead"), opts=child)
        redrive = {"deadLetterTargetArn": self.dead_letters.arn, "maxReceiveCount": args.max_receives}
        queue = aws.sqs.Queue(
            f"{name}-queue",
            name=args.queue_name,
            visibility_timeout_seconds=args.consumer_timeout_seconds * VISIBILITY_PER_TIMEOUT,
            message_retention_seconds=RETENTION_SECONDS,
            redrive_policy=pulumi.Output.json_dumps(redrive),
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        only_this_queue = {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
        aws.sqs.RedriveAllowPolicy(
            f"{name}-redrive",
            queue_url=self.dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(only_this_queue),
            opts=child,
        )
        self.url = queue.url
        self.arn = queue.arn
        self.queue_name = queue.name
        self.register_outputs({"url": self.url, "arn": self.arn})

    def send(self) -> Grant:
        """Send messages."""
        return self._grant("send", "sqs:SendMessage")

    def receive(self) -> Grant:
        """Receive messages, delete them or make them visible again."""
        return self._grant(
            "receive",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ChangeMessageVisibility",
        )

    def _grant(self, verb: str, *actions: str) -> Grant:
        return Grant(f"{verb}-{self.name}", [allow(actions, [self.arn])], {"transfer_queue_url": self.url})

    def consumer(self, max_concurrency: int) -> Trigger:
        """Invoke a function for each message, at most `max_concurrency` at the same time."""

        def connect(function: ImageFunction) -> QueueConsumer:
            return QueueConsumer(f"{self.name}-consumer", QueueConsumerArgs(self, function, max_concurrency))

        return Trigger([self.receive()], needs_failure_queue=False, connect=connect)


@dataclass(frozen=True)
class QueueConsumerArgs:
    """A queue, the function that consumes it and the maximum of concurrent invocations."""

    queue: WorkQueue
    function: ImageFunction
    max_concurrency: int


class QueueConsumer(pulumi.ComponentResource):
    """One message per invocation. Failures go to the dead-letter queue."""

    def __init__(self, name: str, args: QueueConsumerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:queue:QueueConsumer", name, None, opts)
        aws.lambda_.EventSourceMapping(
            f"{name}-mapping",
            function_name=args.function.arn,
            event_source_arn=args.queue.arn,
            batch_size=1,
            # Not reserved concurrency, which must leave 100 unreserved: new accounts do not have them.
            scaling_config={"maximum_concurrency": args.max_concurrency},
            function_response_types=PARTIAL_RESPONSES,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.function]),
        )
        self.failure_queues = {args.queue.name: args.queue.dead_letters}
        self.alarms = [
            Alarm(
                f"{args.queue.name}-late",
                "A message has been waiting for more than an hour.",
                ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", MAX_AGE_SECONDS),
                {"QueueName": args.queue.queue_name},
            )
        ]
        self.register_outputs({})
