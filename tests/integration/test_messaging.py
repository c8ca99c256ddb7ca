"""Queue, mail, invocation, secrets and metrics: the small services."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from localcloud.context import LocalImage
from localcloud.process import RunningCloud
from vcp.adapters.aws import clients
from vcp.adapters.aws.completion_function import CompletionFunction
from vcp.adapters.aws.mail import SnsMailer
from vcp.adapters.aws.metrics import EmfMetrics
from vcp.adapters.aws.queue import SqsTransferQueue
from vcp.adapters.aws.secrets import StoredSecret
from vcp.domain.errors import PermanentError
from vcp.domain.mediaconvert.job_event import JobEvent, to_event
from vcp.wire.messages import TransferMessage
from vcp.wire.metrics import NAMESPACE

Until = Callable[[Callable[[], bool]], None]


def test_a_message_carries_ids_and_comes_again_at_once_when_it_is_handed_over(cloud: RunningCloud) -> None:
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"transfers-{uuid4().hex}", Attributes={"VisibilityTimeout": "5400"})["QueueUrl"]
    queue = SqsTransferQueue(sqs, url)

    queue.send(TransferMessage(video_id="file-md5", attempt=2))
    first = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
    assert json.loads(first["Body"]) == {"schema": 1, "videoId": "file-md5", "attempt": 2}
    queue.make_visible(first["ReceiptHandle"])

    again = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
    assert again["MessageId"] == first["MessageId"]


def test_a_queue_that_is_not_there_needs_a_person(cloud: RunningCloud) -> None:
    with pytest.raises(PermanentError, match="sqs_refused"):
        SqsTransferQueue(cloud.client("sqs"), f"{cloud.aws}/123456789012/nowhere").send(
            TransferMessage(video_id="v", attempt=1)
        )


def test_a_mail_arrives_whatever_its_subject_was(cloud: RunningCloud, until: Until) -> None:
    sns, inbox = cloud.client("sns"), cloud.console_client.inbox
    topic = sns.create_topic(Name=f"mails-{uuid4().hex}")["TopicArn"]
    address = f"{uuid4().hex}@example.org"
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    inbox.confirm(address)

    def mails() -> list[Any]:
        return [mail for mail in inbox.mails(to=address) if "Übung" in mail.body]

    SnsMailer(sns, topic).send("Fertig: „Größe\nÜbung“ – " + "x" * 200, "Das Video Übung ist fertig.")

    until(lambda: len(mails()) == 1)
    subject = mails()[0].subject
    assert subject.startswith("Fertig: ")
    assert "Gro" in subject
    assert subject.isascii()
    assert len(subject) == 99


def test_the_largest_mail_is_cut_not_refused(cloud: RunningCloud) -> None:
    sns = cloud.client("sns")
    topic = sns.create_topic(Name=f"mails-{uuid4().hex}")["TopicArn"]

    SnsMailer(sns, topic).send("long", "ü" * 300_000)


def test_a_function_is_called_and_not_waited_for(cloud: RunningCloud, tmp_path: Path, until: Until) -> None:
    (tmp_path / "app.py").write_text(
        "import json, pathlib\n"
        "def handler(event, context):\n"
        "    pathlib.Path(__file__).with_name('event.json').write_text(json.dumps(event))\n"
    )
    name, uri = f"completion-{uuid4().hex[:12]}", f"registry.test/completion@sha256:{uuid4().hex * 2}"
    cloud.console_client.functions.register_image(uri, LocalImage(sys.executable, str(tmp_path), {"PATH": "/usr/bin"}))
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    client = cloud.client("lambda")
    client.create_function(
        FunctionName=name,
        Role=role,
        PackageType="Image",
        Code={"ImageUri": uri},
        ImageConfig={"Command": ["app.handler"]},
        Timeout=20,
    )
    event = JobEvent(status="COMPLETE", job_id="job-1", video_id="Größe-1", stack="test", attempt=1)

    CompletionFunction(client, name).invoke(event)

    until(lambda: any(run for run in cloud.console_client.functions.invocations(name)))
    assert json.loads((tmp_path / "event.json").read_text()) == to_event(event)
    client.delete_function(FunctionName=name)
    with pytest.raises(PermanentError, match="lambda_refused"):
        CompletionFunction(client, name).invoke(event)


def test_a_secret_is_read_once_and_again_only_when_asked(cloud: RunningCloud) -> None:
    manager = cloud.client("secretsmanager")
    arn = manager.create_secret(Name=f"token-{uuid4().hex}", SecretString="topsecret-1")["ARN"]
    secret = StoredSecret(manager, arn)

    assert secret() == "topsecret-1"
    manager.put_secret_value(SecretId=arn, SecretString="topsecret-2")
    assert secret() == "topsecret-1"
    assert secret(fresh=True) == "topsecret-2"
    assert secret() == "topsecret-2"
    assert "topsecret" not in repr(secret)


def test_a_secret_that_is_missing_or_empty_needs_a_person(cloud: RunningCloud) -> None:
    manager = cloud.client("secretsmanager")
    empty = manager.create_secret(Name=f"token-{uuid4().hex}", SecretString=" ")["ARN"]
    binary = manager.create_secret(Name=f"token-{uuid4().hex}", SecretBinary=b"x")["ARN"]

    with pytest.raises(PermanentError, match="secretsmanager_refused"):
        StoredSecret(manager, "no-such-secret")()
    for arn in (empty, binary):
        with pytest.raises(PermanentError, match="secret_empty"):
            StoredSecret(manager, arn)()


def test_a_metric_is_a_line_that_cloudwatch_reads(capsys: pytest.CaptureFixture[str]) -> None:
    EmfMetrics({"Stack": "dev"}).count("BytesTransferred", 12.5, "Bytes", State="completed")

    line = json.loads(capsys.readouterr().out)
    described = line["_aws"]["CloudWatchMetrics"][0]
    assert described["Namespace"] == NAMESPACE
    assert described["Metrics"][0]["Name"] == "BytesTransferred"
    assert described["Metrics"][0]["Unit"] == "Bytes"
    assert sorted(described["Dimensions"][0]) == ["Stack", "State"]
    assert (line["Stack"], line["State"], line["BytesTransferred"]) == ("dev", "completed", [12.5])


def test_a_unit_that_cloudwatch_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="Parsecs"):
        EmfMetrics({}).count("Distance", 1, "Parsecs")


def test_the_clients_go_where_the_environment_says(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": cloud.aws,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": cloud.region,
    }.items():
        monkeypatch.setenv(name, value)
    makers = [
        clients.dynamodb,
        clients.s3,
        clients.sqs,
        clients.sns,
        clients.functions,
        clients.mediaconvert,
        clients.secretsmanager,
    ]
    for maker in makers:
        maker.cache_clear()
    bucket = f"endpoint-{uuid4().hex}"

    try:
        clients.s3().create_bucket(Bucket=bucket)
        clients.s3().put_object(Bucket=bucket, Key="a", Body=b"x")
        assert all(maker() is maker() for maker in makers)
        assert {maker().meta.endpoint_url for maker in makers} == {cloud.aws}
    finally:
        for maker in makers:
            maker.cache_clear()
    assert cloud.client("s3").head_object(Bucket=bucket, Key="a")["ContentLength"] == 1
