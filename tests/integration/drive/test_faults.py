"""What passes is tried again, what does not is said in plain words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from localcloud.client import Console
from tests.integration.conftest import SetClock
from tests.integration.drive.files import CONTENT, read, source_of
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.retry import Backoff
from vcp.domain.errors import Rejection, RetryableError, WaitUntilError


def test_a_download_that_breaks_off_goes_on_where_it_stopped(
    drive: GoogleDrive, drop: Callable[..., str], console: Console
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    # More cuts than tries: each brings something, so the read goes on.
    console.drive.fault("cut", count=9, afterBytes=250_001, fileId=file_id)

    assert read(drive, source) == CONTENT
    assert console.drive.faults() == []


def test_a_download_that_stands_still_is_given_up(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, quick: Backoff
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    console.drive.fault("cut", count=quick.attempts, afterBytes=0, fileId=file_id)

    with pytest.raises(RetryableError):
        read(drive, source)
    assert console.drive.faults() == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "rateLimitExceeded"),
        (403, "userRateLimitExceeded"),
        (429, "rateLimitExceeded"),
        (500, "internalError"),
        (503, "backendError"),
    ],
)
def test_what_passes_is_tried_again(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, status: int, reason: str
) -> None:
    file_id = drop()
    console.drive.fault("error", count=2, status=status, reason=reason, only="metadata", fileId=file_id)
    source = source_of(drive.facts(file_id))
    console.drive.fault("error", count=2, status=status, reason=reason, only="media", fileId=file_id)

    assert read(drive, source) == CONTENT
    assert console.drive.faults() == []


def test_what_does_not_pass_in_time_is_left_to_the_queue(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, quick: Backoff
) -> None:
    file_id = drop()
    console.drive.fault("error", count=quick.attempts, status=503, reason="backendError", fileId=file_id)

    with pytest.raises(RetryableError, match="drive_unavailable"):
        drive.facts(file_id)


def test_an_exhausted_download_quota_waits_for_the_next_day(
    drive: GoogleDrive, drop: Callable[..., str], clock: SetClock, console: Console
) -> None:
    file_id = drop(downloadQuotaExceeded=True)
    source = source_of(drive.facts(file_id))
    console.drive.clear_requests()

    with pytest.raises(WaitUntilError, match="drive_quota_exhausted") as caught:
        read(drive, source)

    assert caught.value.until == datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
    assert len([request for request in console.drive.requests(file_id=file_id) if request["media"]]) == 1


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"downloadDisabled": True}, "drive_download_disabled"), ({"abusive": True}, "drive_flagged")],
)
def test_content_that_may_not_be_read_is_refused_in_plain_words(
    drive: GoogleDrive, drop: Callable[..., str], facts: dict[str, Any], code: str
) -> None:
    source = source_of(drive.facts(drop(**facts)))

    with pytest.raises(Rejection) as caught:
        read(drive, source)

    assert caught.value.code == code


def test_a_range_that_is_refused_although_it_is_there_is_asked_for_again(
    drive: GoogleDrive, drop: Callable[..., str], console: Console
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    console.drive.fault("range416", fileId=file_id)

    assert read(drive, source) == CONTENT
    assert console.drive.faults() == []


def test_a_drive_that_does_not_answer_may_pass(key: dict[str, Any], clock: SetClock, quick: Backoff) -> None:
    # The key's own token address answers; the API's port is closed.
    drive = GoogleDrive(lambda *, fresh=False: json.dumps(key), "http://127.0.0.1:9", clock, replace(quick, attempts=2))

    with pytest.raises(RetryableError, match="drive_unreachable"):
        drive.facts("any")
