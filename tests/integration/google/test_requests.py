"""Requests go to Drive's API only, for files by id; no other server gets a token."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from localcloud.client import Console
from localcloud.process import RunningCloud
from tests.fakes.clock import ManualClock
from tests.integration.conftest import Answering
from tests.integration.google.files import CONTENT, read, source_of
from tests.integration.google.servers import Answer, not_found, server
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.retry import Backoff
from vcp.domain.errors import PermanentError, RetryableError

#: 302 turns a POST into a GET; 307 and 308 send the body again.
REDIRECTS = (301, 302, 303, 307, 308)


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Run another server and yield its URL and the requested paths."""
    with server(not_found) as (url, calls):
        yield url, calls


def redirect_to(url: str, status: int) -> Callable[[Answering], Answer]:
    return lambda _: Answer(status, headers={"Location": f"{url}/taken"})


def drive_at(endpoint: str, key: dict[str, Any], clock: ManualClock, backoff: Backoff) -> GoogleDrive:
    return GoogleDrive(lambda *, fresh=False: json.dumps(key), endpoint, clock, backoff)


def test_requests_only_the_file_by_its_id(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, key: dict[str, Any]
) -> None:
    file_id = drop()
    console.drive.clear_requests()

    assert read(drive, source_of(drive.facts(file_id)), 0, 10) == CONTENT[:10]

    asked = [call for call in console.drive.requests() if call["principal"] == key["client_email"]]
    assert {(call["operation"], call["fileId"]) for call in asked} == {("files.get", file_id)}


@pytest.mark.parametrize("status", REDIRECTS)
def test_follows_no_redirect_of_metadata(
    key: dict[str, Any], clock: ManualClock, quick: Backoff, elsewhere: tuple[str, list[str]], status: int
) -> None:
    url, visits = elsewhere
    with (
        server(redirect_to(url, status)) as (endpoint, calls),
        pytest.raises(RetryableError, match="drive_strange_answer"),
    ):
        drive_at(endpoint, key, clock, quick).facts("1AnyFile000000000")

    assert len(calls) == quick.attempts
    assert visits == []


def test_follows_no_redirect_of_a_download(
    cloud: RunningCloud,
    key: dict[str, Any],
    clock: ManualClock,
    quick: Backoff,
    drive: GoogleDrive,
    drop: Callable[..., str],
    elsewhere: tuple[str, list[str]],
) -> None:
    url, visits = elsewhere
    source = source_of(drive.facts(drop()))

    def facts_from_drive_and_content_from_elsewhere(call: Answering) -> Answer:
        if "alt=media" in call.path:
            return Answer(302, headers={"Location": f"{url}/taken"})
        answer = requests.get(
            cloud.google + call.path, headers={"Authorization": call.headers["Authorization"]}, timeout=10
        )
        return Answer(answer.status_code, answer.content, {"Content-Type": answer.headers["Content-Type"]})

    with (
        server(facts_from_drive_and_content_from_elsewhere) as (endpoint, _),
        pytest.raises(RetryableError, match="drive_range_ignored"),
    ):
        read(drive_at(endpoint, key, clock, quick), source)

    assert visits == []


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("work", ["facts", "content"])
def test_follows_no_redirect_of_a_token_request(
    cloud: RunningCloud,
    key: dict[str, Any],
    clock: ManualClock,
    quick: Backoff,
    drive: GoogleDrive,
    drop: Callable[..., str],
    elsewhere: tuple[str, list[str]],
    status: int,
    work: str,
) -> None:
    """Anyone who has the request can exchange it for a token."""
    url, visits = elsewhere
    source = source_of(drive.facts(drop()))
    with server(redirect_to(url, status)) as (tokens, calls):
        misled = drive_at(cloud.google, {**key, "token_uri": f"{tokens}/token"}, clock, quick)
        with pytest.raises(PermanentError, match="drive_key_refused"):
            misled.facts(source.file_id) if work == "facts" else b"".join(misled.ranges(source).read(0, 1))

    assert set(calls) == {"/token"}
    assert visits == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<!DOCTYPE html><html>Sign in to the hotel's network</html>"),
        (200, b""),
        (200, b"[]"),
        (200, b'{"id": "1AnyFile000000000"}'),
        (200, b'{"id": "1AnyFile000000000", "name": null, "mimeType": "video/mp4"}'),
        (404, b"<html>Not found</html>"),
        (404, b'{"message": "no Route matched with those values"}'),
    ],
)
def test_an_answer_that_is_not_drives_is_retryable(
    key: dict[str, Any], clock: ManualClock, quick: Backoff, status: int, body: bytes
) -> None:
    """A wrong address or a proxy must not cause all videos to be rejected as not found."""
    with (
        server(lambda _: Answer(status, body)) as (endpoint, calls),
        pytest.raises(RetryableError, match="drive_strange_answer"),
    ):
        drive_at(endpoint, key, clock, quick).facts("1AnyFile000000000")

    assert len(calls) == quick.attempts
