"""EventBridge rules that invoke a function."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.alarms import Alarm
from infra.components.failure_queue import FailureQueue, FailureQueueArgs
from infra.components.function import ImageFunction
from infra.components.trigger import RetryPolicy, Trigger

#: The states of a job that completion handles (MediaConvert user guide, "Events").
JOB_STATUSES = ("PROGRESSING", "STATUS_UPDATE", "COMPLETE", "ERROR", "CANCELED")


@dataclass(frozen=True)
class RuleArgs:
    """One rule with either a pattern or a schedule."""

    rule_name: str
    description: str
    #: For EventBridge, until Lambda accepts the event.
    delivery: RetryPolicy
    #: For Lambda, until the function handles the event.
    invocation: RetryPolicy
    pattern: pulumi.Output[str] | None = None
    schedule: str | None = None


def job_events(queue_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return the pattern of MediaConvert's events about jobs in one queue."""
    return pulumi.Output.json_dumps(
        {
            "source": ["aws.mediaconvert"],
            "detail-type": ["MediaConvert Job State Change"],
            "detail": {"queue": [queue_arn], "status": list(JOB_STATUSES)},
        }
    )


def rule(name: str, args: RuleArgs) -> Trigger:
    """Invoke a function for each event of the rule."""

    def connect(function: ImageFunction) -> EventRule:
        return EventRule(name, EventRuleArgs(args, function))

    return Trigger([], needs_failure_queue=True, connect=connect)


@dataclass(frozen=True)
class EventRuleArgs:
    """A rule and its function."""

    rule: RuleArgs
    function: ImageFunction


class EventRule(pulumi.ComponentResource):
    """A rule with a queue for events that EventBridge could not deliver.

    Lambda sends events that the function failed to handle to the function's own queue.
    """

    def __init__(self, name: str, args: EventRuleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:event_rule:EventRule", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        rule, function = args.rule, args.function
        invoke_config = aws.lambda_.FunctionEventInvokeConfig(
            f"{name}-invoke-config",
            function_name=function.function_name,
            maximum_retry_attempts=rule.invocation.retries,
            maximum_event_age_in_seconds=rule.invocation.max_age_seconds,
            destination_config={"on_failure": {"destination": function.failure_queue.arn}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function]),
        )
        event_rule = aws.cloudwatch.EventRule(
            f"{name}-rule",
            name=rule.rule_name,
            description=rule.description,
            event_pattern=rule.pattern,
            schedule_expression=rule.schedule,
            state="ENABLED",
            opts=child,
        )
        undelivered = FailureQueue(
            f"{name}-undelivered", FailureQueueArgs(f"{rule.rule_name}-undelivered", event_rule.arn), opts=child
        )
        permission = aws.lambda_.Permission(
            f"{name}-permission",
            statement_id=rule.rule_name,
            action="lambda:InvokeFunction",
            function=function.function_name,
            principal="events.amazonaws.com",
            source_arn=event_rule.arn,
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-target",
            rule=event_rule.name,
            target_id=function.key,
            arn=function.arn,
            retry_policy={
                "maximum_retry_attempts": rule.delivery.retries,
                "maximum_event_age_in_seconds": rule.delivery.max_age_seconds,
            },
            dead_letter_config={"arn": undelivered.arn},
            # No event before it can be delivered and its failure can be kept.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[function, invoke_config, undelivered, permission]),
        )
        self.failure_queues = {f"{name}-undelivered": undelivered}
        self.alarms: list[Alarm] = []
        self.register_outputs({"undelivered": undelivered.arn})
