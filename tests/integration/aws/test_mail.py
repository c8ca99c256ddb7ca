"""Mails through SNS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from localcloud.process import RunningCloud
from vcp.adapters.aws.mail import SnsMailer

Until = Callable[[Callable[[], bool]], None]


def test_delivers_a_mail_with_a_valid_subject(cloud: RunningCloud, until: Until) -> None:
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


def test_truncates_a_mail_that_is_too_large(cloud: RunningCloud) -> None:
    sns = cloud.client("sns")
    topic = sns.create_topic(Name=f"mails-{uuid4().hex}")["TopicArn"]

    SnsMailer(sns, topic).send("long", "ü" * 300_000)
