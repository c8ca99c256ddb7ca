"""Only Drive's API is asked, only for files by their id; nobody else gets a token."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from localcloud.client import Console
from localcloud.process import RunningCloud
from tests.integration.conftest import Answering, SetClock
from tests.integration.drive.files import CONTENT, read, source_of
from tests.integration.drive.servers import Answer, nowhere, server
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.retry import Backoff
from vcp.domain.errors import PermanentError, RetryableError

#: 302 makes a GET of a POST; 307 and 308 send the same body once more.
REDIRECTS = (301, 302, 303, 307, 308)


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another server, and who called it."""
    with server(nowhere) as (url, calls):
        yield url, calls


def led_to(url: str, status: int) -> Callable[[Answering], Answer]:
    return lambda _: Answer(status, headers={"Location": f"{url}/taken"})


def drive_at(endpoint: str, key: dict[str, Any], clock: SetClock, patience: Backoff) -> GoogleDrive:
    return GoogleDrive(lambda *, fresh=False: json.dumps(key), endpoint, clock, patience)


def test_a_file_is_asked_for_by_its_id_and_nothing_else_is(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, key: dict[str, Any]
) -> None:
    file_id = drop()
    console.drive.clear_requests()

    assert read(drive, source_of(drive.facts(file_id)), 0, 10) == CONTENT[:10]

    asked = [call for call in console.drive.requests() if call["principal"] == key["client_email"]]
    assert {(call["operation"], call["fileId"]) for call in asked} == {("files.get", file_id)}


@pytest.mark.parametrize("status", REDIRECTS)
def test_a_redirect_is_not_followed_so_that_the_token_goes_nowhere_else(
    key: dict[str, Any], clock: SetClock, quick: Backoff, elsewhere: tuple[str, list[str]], status: int
) -> None:
    url, visits = elsewhere
    with (
        server(led_to(url, status)) as (endpoint, calls),
        pytest.raises(RetryableError, match="drive_strange_answer"),
    ):
        drive_at(endpoint, key, clock, quick).facts("1AnyFile000000000")

    assert len(calls) == quick.attempts
    assert visits == []


def test_a_redirected_download_is_not_followed_either(
    cloud: RunningCloud,
    key: dict[str, Any],
    clock: SetClock,
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
        told = requests.get(
            cloud.google + call.path, headers={"Authorization": call.headers["Authorization"]}, timeout=10
        )
        return Answer(told.status_code, told.content, {"Content-Type": told.headers["Content-Type"]})

    with (
        server(facts_from_drive_and_content_from_elsewhere) as (endpoint, _),
        pytest.raises(RetryableError, match="drive_range_ignored"),
    ):
        read(drive_at(endpoint, key, clock, quick), source)

    assert visits == []


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("work", ["facts", "content"])
def test_the_signed_request_for_a_token_goes_to_the_address_in_the_key_only(
    cloud: RunningCloud,
    key: dict[str, Any],
    clock: SetClock,
    quick: Backoff,
    drive: GoogleDrive,
    drop: Callable[..., str],
    elsewhere: tuple[str, list[str]],
    status: int,
    work: str,
) -> None:
    """Whoever has it gets a token for it."""
    url, visits = elsewhere
    source = source_of(drive.facts(drop()))
    with server(led_to(url, status)) as (tokens, calls):
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
def test_what_is_not_drives_answer_decides_nothing_about_a_file(
    key: dict[str, Any], clock: SetClock, quick: Backoff, status: int, body: bytes
) -> None:
    """A wrong address or a proxy must not have all videos refused as not found."""
    with (
        server(lambda _: Answer(status, body)) as (endpoint, calls),
        pytest.raises(RetryableError, match="drive_strange_answer"),
    ):
        drive_at(endpoint, key, clock, quick).facts("1AnyFile000000000")

    assert len(calls) == quick.attempts
