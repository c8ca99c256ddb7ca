"""AWS clients: one per service and process, created on first use."""

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
def created(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Record the services for which clients are created."""
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
def test_creates_a_client_on_first_use_and_reuses_it(
    created: list[str], client: Callable[[], Any], service: str
) -> None:
    handle = client()
    assert created == []

    assert handle.meta.service_model.service_name == service
    assert handle.meta.config.retries["mode"] in ("standard", "adaptive")
    assert client().meta is handle.meta
    assert created == [service]


def test_concurrent_threads_share_one_client(created: list[str]) -> None:
    client, together = clients.s3(), Barrier(8)

    def used(_: int) -> int:
        together.wait()
        return id(client.meta)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(used, range(8)))) == 1
    assert created == ["s3"]


def test_unknown_attribute_raises_the_error_of_boto3(created: list[str]) -> None:
    with pytest.raises(AttributeError, match="'SNS' object has no attribute 'publsh'"):
        clients.sns().publsh  # type: ignore[attr-defined]  # noqa: B018
    assert created == ["sns"]


def test_inspecting_a_client_does_not_create_it(created: list[str]) -> None:
    """Debuggers, logs and copies look up Python's special attributes."""
    assert "LazyClient" in repr(copy.copy(clients.sns()))
    assert created == []
