"""Translate Google Drive's error responses.

Source: Drive guide "Resolve errors" and the reasons of the v3 API; rclone's drive backend for transient ones.
"""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta

from msgspec import Struct

from vcp.domain.errors import PermanentError, Rejection, RetryableError, VcpError, WaitUntilError

_TRANSIENT_REASONS = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "backendError", "internalError", "transientError", "quotaExceeded"}
)
_QUOTA_REASONS = frozenset({"downloadQuotaExceeded", "dailyLimitExceeded"})
_NOT_SHARED_REASONS = frozenset({"insufficientFilePermissions", "appNotAuthorizedToFile", "forbidden"})

#: Google's daily quotas are reset at midnight Pacific time: 08:00 UTC in winter, 07:00 in summer. The later one is safe
#: all year, and needs no time zone tables in the image.
_QUOTA_RESET_UTC = time(8, 5)


class ApiError(Struct, frozen=True):
    """An error answer of Drive."""

    status: int
    reason: str
    message: str

    @property
    def detail(self) -> str:
        return f"HTTP {self.status} {self.reason}: {self.message}"

    @property
    def is_daily_quota(self) -> bool:
        """Whether a daily quota is exhausted."""
        return self.reason in _QUOTA_REASONS

    @property
    def is_transient(self) -> bool:
        """Whether it is a rate limit or a failure of Google's."""
        return self.reason in _TRANSIENT_REASONS or self.status == 429 or self.status >= 500


def parse_api_error(status: int, body: bytes) -> ApiError:
    """Parse Google's error JSON; the reason is empty if the body is something else (a proxy's page)."""
    try:
        error = json.loads(body)["error"]
        first = (error.get("errors") or [{}])[0]
        return ApiError(status, str(first.get("reason", "")), str(error.get("message", "")))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return ApiError(status, "", body[:200].decode("utf-8", errors="replace"))


def next_quota_reset(now: datetime) -> datetime:
    """Return when Drive's daily quotas are reset after `now` (UTC)."""
    reset = datetime.combine(now.date(), _QUOTA_RESET_UTC, tzinfo=now.tzinfo)
    return reset if reset > now else reset + timedelta(days=1)


def unexpected_answer(detail: str) -> RetryableError:
    """Return the error for an answer that is not Drive's (a proxy's page, a redirect) and says nothing about a file."""
    return RetryableError(
        "drive_strange_answer", "The answer did not come from Google Drive; the step will be retried.", detail
    )


def drive_error(error: ApiError, *, file_id: str, account: str, now: datetime) -> VcpError:
    """Translate an error answer of Drive.

    Args:
        file_id: the requested file; for the operator.
        account: the service account's e-mail address, with which files have to be shared.
        now: UTC, for the reset of daily quotas.
    """
    detail = f"{file_id}: {error.detail}"
    reason, status = error.reason, error.status
    if error.is_daily_quota:
        return WaitUntilError(
            "drive_quota_exhausted",
            "Google Drive allows no more downloads of this file today; it will be downloaded tomorrow.",
            next_quota_reset(now),
            detail,
        )
    if error.is_transient:
        return RetryableError("drive_unavailable", "Google Drive is busy; the step will be retried.", detail)
    if status < 400 or (status == 404 and not reason):
        return unexpected_answer(detail)
    if status == 404:
        return Rejection(
            "drive_not_found",
            "Google Drive cannot find this file, or it is not shared with the pipeline: "
            f"share it (or its folder) with {account} as a viewer.",
            detail,
        )
    if reason in _NOT_SHARED_REASONS:
        return Rejection(
            "drive_not_shared",
            f"The pipeline may not read this file: share it (or its folder) with {account} as a viewer.",
            detail,
        )
    return _permanent_error(error, detail)


def _permanent_error(error: ApiError, detail: str) -> VcpError:
    match error.reason:
        case "cannotDownloadFile":
            return Rejection(
                "drive_download_disabled",
                "The owner does not allow downloads of this file: allow viewers to download it in Drive's sharing "
                "settings.",
                detail,
            )
        case "cannotDownloadAbusiveFile":
            return Rejection(
                "drive_flagged",
                "Google Drive flags this file as malware or spam and lets only its owner download it.",
                detail,
            )
        case "fileNotDownloadable":
            return Rejection("drive_no_content", "This is a folder or a Google document, not a video file.", detail)
        case _ if error.status == 401:
            return PermanentError(
                "drive_key_refused",
                "Google does not accept the pipeline's key; an operator needs to look into it.",
                detail,
            )
        case _:
            return PermanentError(
                "drive_refused", "Google Drive rejected a request; an operator needs to look into it.", detail
            )
