"""EventBridge rules that invoke a function, and Lambda's own queue for such invocations."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.function import ImageFunction
from infra.queues import FailureQueue, Patience

#: The states of a job that completion-handler acts on or takes as a sign of life (MediaConvert user guide, "Events").
JOB_STATUSES = ("PROGRESSING", "STATUS_UPDATE", "COMPLETE", "ERROR", "CANCELED")


def job_events(queue_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """Pattern of MediaConvert's events about jobs in one queue."""
    return pulumi.Output.json_dumps(
        {
            "source": ["aws.mediaconvert"],
            "detail-type": ["MediaConvert Job State Change"],
            "detail": {"queue": [queue_arn], "status": list(JOB_STATUSES)},
        }
    )


class AsyncFailures(pulumi.ComponentResource):
    """What Lambda accepted for a function but could not get done ends in a queue."""

    def __init__(
        self,
        name: str,
        function: ImageFunction,
        queue_name: str,
        patience: Patience,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("vcp:events:AsyncFailures", name, None, opts)
        self.failures = FailureQueue(f"{name}-failures", queue_name, opts=pulumi.ResourceOptions(parent=self))
        self.failures.grant_send(function, "failures")
        self.invoke_config = aws.lambda_.FunctionEventInvokeConfig(
            f"{name}-config",
            function_name=function.function_name,
            maximum_retry_attempts=patience.retries,
            maximum_event_age_in_seconds=patience.max_age_seconds,
            destination_config={"on_failure": {"destination": self.failures.arn}},
            # Lambda checks that the role may write to the destination.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(function.grants)),
        )
        self.register_outputs({"failures": self.failures.arn})


@dataclass(frozen=True)
class RuleArgs:
    """One rule. Give either a pattern or a schedule."""

    rule_name: str
    description: str
    patience: Patience
    event_pattern: pulumi.Output[str] | None = None
    schedule: str | None = None


class Rule(pulumi.ComponentResource):
    """A rule that invokes one function. What EventBridge cannot deliver ends in a queue of its own."""

    def __init__(
        self, name: str, function: ImageFunction, args: RuleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("vcp:events:Rule", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.rule = aws.cloudwatch.EventRule(
            f"{name}-rule",
            name=args.rule_name,
            description=args.description,
            event_pattern=args.event_pattern,
            schedule_expression=args.schedule,
            state="ENABLED",
            opts=child,
        )
        self.undelivered = FailureQueue(f"{name}-undelivered", f"{args.rule_name}-undelivered", opts=child)
        ready = [
            self.undelivered.accept_from_rule(self.rule.arn),
            aws.lambda_.Permission(
                f"{name}-permission",
                statement_id=args.rule_name,
                action="lambda:InvokeFunction",
                function=function.function_name,
                principal="events.amazonaws.com",
                source_arn=self.rule.arn,
                opts=child,
            ),
        ]
        aws.cloudwatch.EventTarget(
            f"{name}-target",
            rule=self.rule.name,
            target_id=function.key,
            arn=function.arn,
            retry_policy={
                "maximum_retry_attempts": args.patience.retries,
                "maximum_event_age_in_seconds": args.patience.max_age_seconds,
            },
            dead_letter_config={"arn": self.undelivered.arn},
            # No event before it may be delivered, or may fail properly.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*ready, *function.grants]),
        )
        self.register_outputs({"undelivered": self.undelivered.arn})
