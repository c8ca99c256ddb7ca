"""The tree of errors: branches and texts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vcp.domain.errors import (
    IllegalMoveError,
    InvalidRequestError,
    LeaseHeldError,
    PermanentError,
    Rejection,
    RetryableError,
    StaleRecordError,
    VcpError,
    WaitUntilError,
)

TOMORROW = datetime(2026, 3, 3, 8, 5, tzinfo=UTC)


def test_an_error_has_code_sentence_and_detail() -> None:
    error = VcpError("drive_busy", "Google Drive is busy.", "HTTP 503")
    assert (error.code, error.sentence, error.detail) == ("drive_busy", "Google Drive is busy.", "HTTP 503")
    assert str(error) == "drive_busy: Google Drive is busy. [HTTP 503]"
    assert str(VcpError("drive_busy", "Google Drive is busy.")) == "drive_busy: Google Drive is busy."
    assert str(VcpError("too_long", "", "hours=14")) == "too_long: [hours=14]"


def test_a_wait_has_an_end() -> None:
    error = WaitUntilError("drive_quota", "No more today.", TOMORROW, "downloadQuotaExceeded")
    assert (error.code, error.sentence, error.detail) == ("drive_quota", "No more today.", "downloadQuotaExceeded")
    assert error.until == TOMORROW
    assert str(WaitUntilError("drive_quota", "No more today.", TOMORROW)) == "drive_quota: No more today."


@pytest.mark.parametrize(
    ("kind", "branch"),
    [
        (LeaseHeldError, RetryableError),
        (StaleRecordError, RetryableError),
        (InvalidRequestError, PermanentError),
        (Rejection, PermanentError),
        (IllegalMoveError, PermanentError),
    ],
)
def test_each_error_belongs_to_one_branch(kind: type[VcpError], branch: type[VcpError]) -> None:
    branches = (RetryableError, WaitUntilError, PermanentError)
    assert [each for each in branches if issubclass(kind, each)] == [branch]
