"""Clients of AWS: one of each service a process, made when the first thing is asked of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import boto3
import pytest

from vcp.adapters.aws import clients

CLIENTS = [
    (clients.dynamodb, "dynamodb"),
    (clients.s3, "s3"),
    (clients.sqs, "sqs"),
    (clients.sns, "sns"),
    (clients.functions, "lambda"),
    (clients.answering_functions, "lambda"),
    (clients.mediaconvert, "mediaconvert"),
    (clients.secretsmanager, "secretsmanager"),
]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The services that clients were made of, in a process that has made none."""
    services: list[str] = []
    real: Any = boto3.client

    def counted(service: str, **given: Any) -> Any:
        services.append(service)
        return real(service, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b", **given)

    monkeypatch.setattr(boto3, "client", counted)
    for client, _ in CLIENTS:
        client.cache_clear()
    yield services
    for client, _ in CLIENTS:
        client.cache_clear()


@pytest.mark.parametrize(("client", "service"), CLIENTS)
def test_a_client_is_made_when_it_is_used_and_then_stays(
    made: list[str], client: Callable[[], Any], service: str
) -> None:
    handed_on = client()
    assert made == []

    assert handed_on.meta.service_model.service_name == service
    assert handed_on.meta.config.retries["mode"] in ("standard", "adaptive")
    assert client().meta is handed_on.meta
    assert made == [service]


def test_threads_that_use_it_at_once_share_one(made: list[str]) -> None:
    client, together = clients.s3(), Barrier(8)

    def used(_: int) -> int:
        together.wait()
        return id(client.meta)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(used, range(8)))) == 1
    assert made == ["s3"]


def test_what_a_client_cannot_do_is_said_as_boto3_says_it(made: list[str]) -> None:
    with pytest.raises(AttributeError, match="'SNS' object has no attribute 'publsh'"):
        clients.sns().publsh  # type: ignore[attr-defined]  # noqa: B018
    assert made == ["sns"]


def test_looking_at_a_client_does_not_make_it(made: list[str]) -> None:
    """A debugger, a log or a copy of what holds one asks Python's own questions."""
    assert "LazyClient" in repr(copy.copy(clients.sns()))
    assert made == []
