"""Every asynchronous invocation has a failure queue with an alarm, so that no accepted event is lost."""

from __future__ import annotations

import json

from tests.infra.harness import Run

FOURTEEN_DAYS = 14 * 24 * 3600


def queue_names_by_arn(run: Run) -> dict[str, str]:
    return {f"arn:aws:sqs:eu-central-1:210987654321:{q.inputs['name']}": q.inputs["name"] for q in run.of(QUEUE)}


QUEUE = "sqs/queue:Queue"


def failure_queues(run: Run) -> set[str]:
    return {q.inputs["name"] for q in run.of(QUEUE) if q.inputs["name"] != "vcp-test-transfers"}


def may_send(run: Run, role: str, queue_arn: str) -> bool:
    return any(
        policy.inputs["role"] == role and "sqs:SendMessage" in s["Action"] and queue_arn in s["Resource"]
        for policy in run.of("iam/rolePolicy:RolePolicy")
        for s in json.loads(policy.inputs["policy"])["Statement"]
    )


def role_of(run: Run, function: str) -> str:
    found = run.one("lambda/function:Function", function)
    return str(found.inputs["role"]).rsplit("/", 1)[1]


def test_undelivered_events_go_to_a_queue_that_accepts_them_from_the_rule(whole: Run) -> None:
    targets = whole.of("cloudwatch/eventTarget:EventTarget")
    assert len(targets) == 2
    for target in targets:
        dead = target.inputs["deadLetterConfig"]["arn"]
        (policy,) = [p for p in whole.of("sqs/queuePolicy:QueuePolicy") if dead in p.inputs["policy"]]
        (statement,) = json.loads(policy.inputs["policy"])["Statement"]
        rule_arn = f"arn:aws:events:eu-central-1:210987654321:rule/{target.inputs['rule']}"
        assert policy.inputs["queueUrl"].endswith(queue_names_by_arn(whole)[dead])
        assert statement == {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": ["sqs:SendMessage"],
            "Resource": [dead],
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
        }


def test_failed_events_go_to_a_queue_that_the_role_may_write(whole: Run) -> None:
    configs = {
        c.inputs["functionName"]: c for c in whole.of("lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")
    }
    invoked = {t.inputs["arn"].rsplit(":", 1)[1] for t in whole.of("cloudwatch/eventTarget:EventTarget")}
    by_functions = {
        s["Resource"][0].rsplit(":", 1)[1]
        for p in whole.of("iam/rolePolicy:RolePolicy")
        for s in json.loads(p.inputs["policy"])["Statement"]
        if "lambda:InvokeFunction" in s["Action"]
    }
    # The intake's callers wait and get the error themselves.
    by_functions -= {"video-file-processor-test"}
    assert invoked | by_functions == set(configs) == {"completion-handler-test", "video-reconciler-test"}
    for function, config in configs.items():
        destination = config.inputs["destinationConfig"]["onFailure"]["destination"]
        assert destination in queue_names_by_arn(whole)
        assert may_send(whole, role_of(whole, function), destination)


def test_a_bad_ledger_change_is_isolated_and_goes_to_a_queue_that_the_role_may_write(whole: Run) -> None:
    mappings = [
        m
        for m in whole.of("lambda/eventSourceMapping:EventSourceMapping")
        if ":dynamodb:" in m.inputs["eventSourceArn"]
    ]
    assert {m.inputs["functionName"].rsplit(":", 1)[1] for m in mappings} == {
        "video-notifier-test",
        "MetaDataLogger-test",
    }
    for mapping in mappings:
        destination = mapping.inputs["destinationConfig"]["onFailure"]["destinationArn"]
        assert may_send(whole, role_of(whole, mapping.inputs["functionName"].rsplit(":", 1)[1]), destination)
        assert mapping.inputs["bisectBatchOnFunctionError"] is True
        assert mapping.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping.inputs["startingPosition"] == "TRIM_HORIZON"
        assert 0 <= mapping.inputs["maximumRetryAttempts"] <= 10_000
        assert 60 <= mapping.inputs["maximumRecordAgeInSeconds"] <= 86_400
        (criterion,) = mapping.inputs["filterCriteria"]["filters"]
        assert json.loads(criterion["pattern"]) == {"dynamodb": {"Keys": {"sk": {"S": ["VIDEO"]}}}}


def test_a_transfer_that_keeps_failing_goes_to_the_dead_letter_queue(whole: Run) -> None:
    queue = whole.one(QUEUE, "vcp-test-transfers")
    dead = whole.one(QUEUE, "vcp-test-transfers-dead")
    redrive = json.loads(queue.inputs["redrivePolicy"])
    assert queue_names_by_arn(whole)[redrive["deadLetterTargetArn"]] == "vcp-test-transfers-dead"
    assert redrive["maxReceiveCount"] == 10
    (allowed,) = whole.of("sqs/redriveAllowPolicy:RedriveAllowPolicy")
    assert allowed.inputs["queueUrl"].endswith("/vcp-test-transfers-dead")
    assert json.loads(allowed.inputs["redriveAllowPolicy"])["redrivePermission"] == "byQueue"
    # A message keeps its age in the dead-letter queue and must still be there when someone looks.
    assert queue.inputs["messageRetentionSeconds"] < dead.inputs["messageRetentionSeconds"] == FOURTEEN_DAYS


def test_transfers_have_a_maximum_concurrency_and_are_not_delivered_twice(whole: Run) -> None:
    (mapping,) = [
        m for m in whole.of("lambda/eventSourceMapping:EventSourceMapping") if ":sqs:" in m.inputs["eventSourceArn"]
    ]
    transfer = whole.one("lambda/function:Function", "video-transfer-test")
    queue = whole.one(QUEUE, "vcp-test-transfers")
    assert mapping.inputs["scalingConfig"] == {"maximumConcurrency": 5}
    assert mapping.inputs["batchSize"] == 1
    assert mapping.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert queue.inputs["visibilityTimeoutSeconds"] == 6 * transfer.inputs["timeout"]


def test_failures_are_encrypted_and_kept_for_14_days(whole: Run) -> None:
    assert len(failure_queues(whole)) == 7
    for queue in whole.of(QUEUE):
        assert queue.inputs["sqsManagedSseEnabled"] is True
        if queue.inputs["name"] in failure_queues(whole):
            assert queue.inputs["messageRetentionSeconds"] == FOURTEEN_DAYS


def test_every_function_and_failure_queue_has_an_alarm_with_recipients(whole: Run) -> None:
    alarms = whole.of("cloudwatch/metricAlarm:MetricAlarm")
    topic = "arn:aws:sns:eu-central-1:210987654321:vcp-test-alarms"
    assert all(alarm.inputs["alarmActions"] == [topic] for alarm in alarms)

    def watched(metric: str, dimension: str) -> set[str]:
        return {a.inputs["dimensions"][dimension] for a in alarms if a.inputs["metricName"] == metric}

    functions = {f.inputs["name"] for f in whole.of("lambda/function:Function")}
    assert len(functions) == 6
    assert watched("Errors", "FunctionName") == functions
    assert watched("ApproximateNumberOfMessagesVisible", "QueueName") == failure_queues(whole)
    assert watched("ApproximateAgeOfOldestMessage", "QueueName") == {"vcp-test-transfers"}
    assert watched("IteratorAge", "FunctionName") == {"video-notifier-test", "MetaDataLogger-test"}
    assert {s.inputs["endpoint"] for s in whole.of("sns/topicSubscription:TopicSubscription")} == {
        "studio@example.com",
        "Client@example.org",
        "ops@example.com",
    }


def test_only_alarms_of_the_account_may_publish_and_only_over_tls(whole: Run) -> None:
    topics = {p.inputs["arn"]: json.loads(p.inputs["policy"]) for p in whole.of("sns/topicPolicy:TopicPolicy")}
    assert len(topics) == 2
    for arn, policy in topics.items():
        deny = policy["Statement"][0]
        assert (deny["Effect"], deny["Principal"], deny["Resource"]) == ("Deny", "*", [arn])
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    (allow,) = [s for p in topics.values() for s in p["Statement"] if s["Effect"] == "Allow"]
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Condition"]["StringEquals"] == {"aws:SourceAccount": "210987654321"}
