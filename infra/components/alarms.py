"""The alarms that components declare in `alarms`, and the topic that mails them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.mail_topic import MailTopic, MailTopicArgs
from infra.naming import Names

PERIOD_SECONDS = 300


@dataclass(frozen=True)
class Alarm:
    """An alarm that a component defines."""

    name: str
    description: str
    #: Namespace, metric, statistic, and the highest value that is not an alarm.
    above: tuple[str, str, str, float]
    dimensions: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True)
class AlarmsArgs:
    """A stack's alarms and their recipients."""

    names: Names
    alarms: Sequence[Alarm]
    recipients: Sequence[str]
    account_id: pulumi.Output[str]
    partition: pulumi.Output[str]


class Alarms(pulumi.ComponentResource):
    """The stack's alarms; each mails when its state changes."""

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:alarms:Alarms", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        arns = pulumi.Output.format(
            "arn:{0}:cloudwatch:{1}:{2}:alarm:{3}",
            args.partition,
            args.names.region,
            args.account_id,
            args.names.of("*"),
        )
        own_alarms = {"StringEquals": {"aws:SourceAccount": args.account_id}, "ArnLike": {"aws:SourceArn": arns}}
        topic = MailTopic(
            f"{name}-topic", MailTopicArgs(args.names.of("alarms"), args.recipients, own_alarms), opts=child
        )
        for alarm in args.alarms:
            namespace, metric, statistic, threshold = alarm.above
            aws.cloudwatch.MetricAlarm(
                f"{name}-{alarm.name}",
                name=args.names.of(alarm.name),
                alarm_description=alarm.description,
                namespace=namespace,
                metric_name=metric,
                statistic=statistic,
                period=PERIOD_SECONDS,
                evaluation_periods=1,
                comparison_operator="GreaterThanThreshold",
                threshold=threshold,
                dimensions=dict(alarm.dimensions),
                treat_missing_data="notBreaching",
                alarm_actions=[topic.arn],
                ok_actions=[topic.arn],
                opts=child,
            )
        self.topic_arn = topic.arn
        self.register_outputs({"topicArn": self.topic_arn})
