"""EventBridge, SNS and MediaConvert."""

from __future__ import annotations

import json
import warnings
from typing import Any

from tests.localcloud.hooks.moto_alone.account import ACCOUNT, REGION, client, function, queue, rejected, topic
from tests.localcloud.hooks.moto_alone.table import need


@need("mediaconvert.install", "has no MediaConvert", "mediaconvert", "backend_index.backend_url_patterns")
def mediaconvert_is_missing() -> bool:
    from importlib.util import find_spec

    from moto import backend_index

    names = {name for name, _ in backend_index.backend_url_patterns}
    return find_spec("moto.mediaconvert") is None and "mediaconvert" not in names


@need(
    "mediaconvert.cloudformation",
    "reports a stack with a type that it does not know as complete",
    "cloudformation.parsing.resource_class_from_type",
)
def an_unknown_type_is_created() -> bool:
    template = {"Resources": {"Preset": {"Type": "AWS::MediaConvert::JobTemplate", "Properties": {}}}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client("cloudformation").create_stack(StackName="presets", TemplateBody=json.dumps(template))
    (stack,) = client("cloudformation").describe_stacks(StackName="presets")["Stacks"]
    return bool(stack["StackStatus"] == "CREATE_COMPLETE")


@need("eventbus.hook", "delivers events of a disabled rule", "events.models.Rule.send_to_targets")
def a_disabled_rule_delivers() -> bool:
    events = client("events")
    url, arn = queue("events")
    events.put_rule(Name="off", EventPattern=json.dumps({"source": ["films"]}), State="DISABLED")
    events.put_targets(Rule="off", Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(Entries=[{"Source": "films", "DetailType": "x", "Detail": "{}"}])
    return bool(client("sqs").receive_message(QueueUrl=url).get("Messages"))


@need("eventbus.hook", "delivers nothing to a function", "events.models.Rule.send_to_targets")
def a_function_is_no_target() -> bool:
    events = client("events")
    events.put_rule(Name="calls", EventPattern=json.dumps({"source": ["calls"]}))
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function()}"
    events.put_targets(Rule="calls", Targets=[{"Id": "1", "Arn": arn}])
    try:
        events.put_events(Entries=[{"Source": "calls", "DetailType": "x", "Detail": "{}"}])
    except NotImplementedError:
        return True
    return False


@need(
    "eventbus.hook",
    "accepts schedules that never occur, and fires none",
    "events.models.EventsBackend.put_rule",
)
def a_schedule_that_never_occurs_is_accepted() -> bool:
    return not rejected(lambda: client("events").put_rule(Name="never", ScheduleExpression="cron(99 25 * * ? *)"))


@need("eventbus.hook", "accepts targets and fields that have no effect", "events.models.EventsBackend.put_targets")
def a_target_without_effect_is_accepted() -> bool:
    events = client("events")
    events.put_rule(Name="batches", EventPattern=json.dumps({"source": ["batches"]}))
    target = {"Id": "1", "Arn": queue("events")[1], "HttpParameters": {"PathParameterValues": ["x"]}}
    return bool(events.put_targets(Rule="batches", Targets=[target])["FailedEntryCount"] == 0)


@need("eventbus.hook", "accepts events of AWS from any caller", "events.models.EventsBackend.put_events")
def any_caller_may_send_events_of_aws() -> bool:
    entry = {"Source": "aws.mediaconvert", "DetailType": "x", "Detail": "{}"}
    return bool(client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0)


def _mail_subscription() -> dict[str, Any]:
    made: dict[str, Any] = client("sns").subscribe(TopicArn=topic(), Protocol="email", Endpoint="anna@example.org")
    return made


@need("inbox.hook", "sends no e-mail", "sns.models.Subscription.publish")
def no_mail_is_sent() -> bool:
    from moto.sns import models

    return not any("mail" in name.lower() for name in dir(models.Subscription) + dir(models.SNSBackend))


@need("inbox.hook", "sends a message with a subject that the service rejects", "sns.models.SNSBackend.publish")
def any_subject_is_accepted() -> bool:
    publish = client("sns").publish
    return not rejected(lambda: publish(TopicArn=topic(), Message="film", Subject="Übersicht\nneu"))


@need("inbox.hook", "does not ask to confirm a subscription", "sns.models.SNSBackend.subscribe")
def any_protocol_is_accepted() -> bool:
    subscribe = client("sns").subscribe
    return not rejected(lambda: subscribe(TopicArn=topic(), Protocol="pigeon", Endpoint="roof"))


@need("inbox.hook", "returns the ARN of an unconfirmed subscription", "sns.responses.SNSResponse.subscribe")
def an_unconfirmed_subscription_has_an_arn() -> bool:
    return str(_mail_subscription()["SubscriptionArn"]).startswith("arn:")


@need("inbox.hook", "accepts any token for a confirmation", "sns.responses.SNSResponse.confirm_subscription")
def any_token_confirms() -> bool:
    return not rejected(lambda: client("sns").confirm_subscription(TopicArn=topic(), Token="nonsense"))


@need(
    "inbox.hook",
    "lists an unconfirmed subscription like any other",
    "sns.responses.SNSResponse.list_subscriptions",
    "sns.responses.SNSResponse.list_subscriptions_by_topic",
)
def an_unconfirmed_subscription_is_listed_like_any_other() -> bool:
    _mail_subscription()
    sns = client("sns")
    listed = [sns.list_subscriptions(), sns.list_subscriptions_by_topic(TopicArn=topic())]
    arns = [each["SubscriptionArn"] for answer in listed for each in answer["Subscriptions"]]
    return bool(arns) and "PendingConfirmation" not in arns
