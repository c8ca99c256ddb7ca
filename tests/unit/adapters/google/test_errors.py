"""Translation of Drive's error answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from vcp.adapters.google.errors import drive_error, next_quota_reset, parse_api_error
from vcp.domain.errors import PermanentError, Rejection, RetryableError, VcpError, WaitUntilError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def answered(status: int, reason: str) -> VcpError:
    body = {"error": {"code": status, "message": "reason of Drive", "errors": [{"domain": "global", "reason": reason}]}}
    error = parse_api_error(status, json.dumps(body).encode())
    return drive_error(error, file_id="1abc", account="vcp@example.org", now=NOW)


@pytest.mark.parametrize(
    ("status", "reason", "kind", "code"),
    [
        (404, "notFound", Rejection, "drive_not_found"),
        (403, "insufficientFilePermissions", Rejection, "drive_not_shared"),
        (403, "cannotDownloadFile", Rejection, "drive_download_disabled"),
        (403, "cannotDownloadAbusiveFile", Rejection, "drive_flagged"),
        (403, "fileNotDownloadable", Rejection, "drive_no_content"),
        (403, "downloadQuotaExceeded", WaitUntilError, "drive_quota_exhausted"),
        (403, "dailyLimitExceeded", WaitUntilError, "drive_quota_exhausted"),
        (403, "rateLimitExceeded", RetryableError, "drive_unavailable"),
        (403, "userRateLimitExceeded", RetryableError, "drive_unavailable"),
        (429, "rateLimitExceeded", RetryableError, "drive_unavailable"),
        (500, "internalError", RetryableError, "drive_unavailable"),
        (502, "", RetryableError, "drive_unavailable"),
        (401, "authError", PermanentError, "drive_key_refused"),
        (403, "accessNotConfigured", PermanentError, "drive_refused"),
        (403, "insufficientPermissions", PermanentError, "drive_refused"),
        (400, "invalid", PermanentError, "drive_refused"),
        (404, "", RetryableError, "drive_strange_answer"),
        (302, "", RetryableError, "drive_strange_answer"),
    ],
)
def test_translates_each_reason(status: int, reason: str, kind: type[VcpError], code: str) -> None:
    error = answered(status, reason)

    assert type(error) is kind
    assert error.code == code
    assert "1abc" in error.detail
    assert "reason of Drive" in error.detail


@pytest.mark.parametrize("reason", ["notFound", "insufficientFilePermissions"])
def test_names_the_account_to_share_with(reason: str) -> None:
    assert "vcp@example.org" in answered(404 if reason == "notFound" else 403, reason).sentence


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b'{"error": "invalid"}', b'{"error": {}}'])
def test_parses_answers_that_are_not_googles(body: bytes) -> None:
    error = parse_api_error(502, body)

    assert (error.status, error.reason) == (502, "")
    assert isinstance(drive_error(error, file_id="1abc", account="a", now=NOW), RetryableError)


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        ("2026-11-22T08:04:59+00:00", "2026-11-22T08:05:00+00:00"),
        ("2026-11-22T08:05:00+00:00", "2026-11-23T08:05:00+00:00"),
        ("2026-12-31T23:00:00+00:00", "2027-01-01T08:05:00+00:00"),
    ],
)
def test_quotas_are_reset_after_midnight_pacific(now: str, reset: str) -> None:
    at = datetime.fromisoformat(now)

    assert next_quota_reset(at) == datetime.fromisoformat(reset)
    assert timedelta() < next_quota_reset(at) - at <= timedelta(days=1)
