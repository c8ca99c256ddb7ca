"""Transient errors are retried, others explained in plain words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from localcloud.client import Console
from tests.fakes.clock import ManualClock
from tests.integration.google.files import CONTENT, read, source_of
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.retry import Backoff
from vcp.domain.errors import Rejection, RetryableError, WaitUntilError


def test_resumes_an_interrupted_download(drive: GoogleDrive, drop: Callable[..., str], console: Console) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    # More interruptions than tries: each try makes progress, so the read continues.
    console.drive.fault("cut", count=9, afterBytes=250_001, fileId=file_id)

    assert read(drive, source) == CONTENT
    assert console.drive.faults() == []


def test_gives_up_a_download_without_progress(
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
def test_retries_transient_errors(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, status: int, reason: str
) -> None:
    file_id = drop()
    console.drive.fault("error", count=2, status=status, reason=reason, only="metadata", fileId=file_id)
    source = source_of(drive.facts(file_id))
    console.drive.fault("error", count=2, status=status, reason=reason, only="media", fileId=file_id)

    assert read(drive, source) == CONTENT
    assert console.drive.faults() == []


def test_a_lasting_fault_is_retryable(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, quick: Backoff
) -> None:
    file_id = drop()
    console.drive.fault("error", count=quick.attempts, status=503, reason="backendError", fileId=file_id)

    with pytest.raises(RetryableError, match="drive_unavailable"):
        drive.facts(file_id)


def test_waits_for_the_next_day_after_an_exhausted_quota(
    drive: GoogleDrive, drop: Callable[..., str], clock: ManualClock, console: Console
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
def test_rejects_content_that_may_not_be_downloaded(
    drive: GoogleDrive, drop: Callable[..., str], facts: dict[str, Any], code: str
) -> None:
    source = source_of(drive.facts(drop(**facts)))

    with pytest.raises(Rejection) as caught:
        read(drive, source)

    assert caught.value.code == code


def test_retries_a_range_that_is_rejected_wrongly(
    drive: GoogleDrive, drop: Callable[..., str], console: Console
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    console.drive.fault("range416", fileId=file_id)

    assert read(drive, source) == CONTENT
    assert console.drive.faults() == []


def test_no_answer_is_retryable(key: dict[str, Any], clock: ManualClock, quick: Backoff) -> None:
    # The token address answers; the API's port is closed.
    drive = GoogleDrive(lambda *, fresh=False: json.dumps(key), "http://127.0.0.1:9", clock, replace(quick, attempts=2))

    with pytest.raises(RetryableError, match="drive_unreachable"):
        drive.facts("any")
