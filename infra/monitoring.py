"""Alarms: somebody hears of it when a function fails, a message is given up, or work piles up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.function import ImageFunction
from infra.naming import Names
from infra.notifications import MailTopic
from infra.policies import allow_service
from infra.queues import FailureQueue, WorkQueue

PERIOD_SECONDS = 300
#: A table or a mail that is this far behind the ledger is worth a look.
LATE_STREAM_MS = 15 * 60 * 1000
#: Transfers that wait longer than this want more concurrency, or the transfer is broken.
LATE_TRANSFER_SECONDS = 3600


@dataclass(frozen=True)
class MonitoringArgs:
    """Who hears of an alarm, and whose alarms they are."""

    names: Names
    recipients: Sequence[str]
    account_id: pulumi.Output[str]
    partition: pulumi.Output[str]


class Monitoring(pulumi.ComponentResource):
    """A topic for alarms, and one alarm for each thing that is watched."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:monitoring:Monitoring", name, None, opts)
        self._name, self._names = name, args.names
        self.topic = MailTopic(
            f"{name}-alarms", args.names.of("alarms"), args.recipients, opts=pulumi.ResourceOptions(parent=self)
        )
        alarms = pulumi.Output.concat(
            "arn:",
            args.partition,
            ":cloudwatch:",
            args.names.region,
            ":",
            args.account_id,
            ":alarm:",
            args.names.of("*"),
        )
        ours = {"StringEquals": {"aws:SourceAccount": args.account_id}, "ArnLike": {"aws:SourceArn": alarms}}
        self.topic.restrict(allow_service("cloudwatch.amazonaws.com", ["sns:Publish"], [self.topic.arn], ours))
        self.register_outputs({"topicArn": self.topic.arn})

    def watch_errors(self, function: ImageFunction) -> None:
        """Somebody looks whenever the function fails."""
        self._alarm(
            f"{function.key.replace('_', '-')}-errors",
            "A function failed; its log says why.",
            ("AWS/Lambda", "Errors", "Sum", 0),
            {"FunctionName": function.function_name},
        )

    def watch_failures(self, what: str, queue: FailureQueue) -> None:
        """Somebody looks when a message was given up."""
        self._alarm(
            f"{what}-failures",
            "Something was given up and waits in this queue.",
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 0),
            {"QueueName": queue.queue_name},
        )

    def watch_stream(self, function: ImageFunction) -> None:
        """Somebody looks when a consumer of the ledger's stream falls behind."""
        self._alarm(
            f"{function.key.replace('_', '-')}-late",
            "Changes of the ledger wait for this function.",
            ("AWS/Lambda", "IteratorAge", "Maximum", LATE_STREAM_MS),
            {"FunctionName": function.function_name},
        )

    def watch_backlog(self, queue: WorkQueue) -> None:
        """Somebody looks when transfers wait for long."""
        self._alarm(
            "transfers-late",
            "A transfer has been waiting for more than an hour.",
            ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", LATE_TRANSFER_SECONDS),
            {"QueueName": queue.queue_name},
        )

    def _alarm(
        self,
        what: str,
        description: str,
        above: tuple[str, str, str, float],
        dimensions: Mapping[str, pulumi.Input[str]],
    ) -> None:
        """`above`: namespace, metric, statistic and the value that is still fine."""
        namespace, metric, statistic, threshold = above
        aws.cloudwatch.MetricAlarm(
            f"{self._name}-{what}",
            name=self._names.of(what),
            alarm_description=description,
            namespace=namespace,
            metric_name=metric,
            statistic=statistic,
            period=PERIOD_SECONDS,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=threshold,
            dimensions=dict(dimensions),
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic.arn],
            ok_actions=[self.topic.arn],
            opts=pulumi.ResourceOptions(parent=self),
        )
