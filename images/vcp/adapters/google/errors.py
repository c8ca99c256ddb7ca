"""What Google Drive's error answers mean for a video.

Source: Drive guide "Resolve errors" and the reasons of the v3 API; rclone's drive backend for those that pass.
"""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta

from msgspec import Struct

from vcp.domain.errors import PermanentError, Rejection, RetryableError, VcpError, WaitUntilError

_PASSING_REASONS = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "backendError", "internalError", "transientError", "quotaExceeded"}
)
_QUOTA_REASONS = frozenset({"downloadQuotaExceeded", "dailyLimitExceeded"})
_NOT_SHARED_REASONS = frozenset({"insufficientFilePermissions", "appNotAuthorizedToFile", "forbidden"})

#: Google's daily quotas begin anew at midnight Pacific time: 08:00 UTC in winter, 07:00 in summer. The later of the
#: two is right in both, and needs no time zone tables in the image.
_QUOTA_RESET_UTC = time(8, 5)


class Refusal(Struct, frozen=True):
    """An error answer of Drive."""

    status: int
    reason: str
    message: str

    @property
    def detail(self) -> str:
        return f"HTTP {self.status} {self.reason}: {self.message}"

    @property
    def is_a_quota(self) -> bool:
        """Whether it says "tomorrow": a quota of a day."""
        return self.reason in _QUOTA_REASONS

    @property
    def passes(self) -> bool:
        """Whether it says "later": a limit of calls, or a fault of Google's own."""
        return self.reason in _PASSING_REASONS or self.status == 429 or self.status >= 500


def refusal_of(status: int, body: bytes) -> Refusal:
    """Read Google's error JSON; a body that is something else (a proxy's page) leaves the reason empty."""
    try:
        error = json.loads(body)["error"]
        first = (error.get("errors") or [{}])[0]
        return Refusal(status, str(first.get("reason", "")), str(error.get("message", "")))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return Refusal(status, "", body[:200].decode("utf-8", errors="replace"))


def next_quota_reset(now: datetime) -> datetime:
    """When Drive's quotas of a day begin anew after `now` (UTC)."""
    reset = datetime.combine(now.date(), _QUOTA_RESET_UTC, tzinfo=now.tzinfo)
    return reset if reset > now else reset + timedelta(days=1)


def not_drives_answer(detail: str) -> RetryableError:
    """Of an answer that Drive cannot have given: a proxy's page, a redirect. It says nothing of the file."""
    return RetryableError(
        "drive_strange_answer",
        "What answered in place of Google Drive was something else; the work is tried again.",
        detail,
    )


def drive_error(refusal: Refusal, *, file_id: str, account: str, now: datetime) -> VcpError:
    """The error of our tree for an answer of Drive.

    Args:
        file_id: of whom was asked; for the operator.
        account: the service account's e-mail address, which the person has to share the file with.
        now: UTC, to tell when a quota of a day is free again.
    """
    detail = f"{file_id}: {refusal.detail}"
    reason, status = refusal.reason, refusal.status
    if refusal.is_a_quota:
        return WaitUntilError(
            "drive_quota_exhausted",
            "Google Drive allows no more downloads of this file today; it is fetched tomorrow.",
            next_quota_reset(now),
            detail,
        )
    if refusal.passes:
        return RetryableError("drive_unavailable", "Google Drive is busy; the work is tried again.", detail)
    if status < 400 or (status == 404 and not reason):
        return not_drives_answer(detail)
    if status == 404:
        return Rejection(
            "drive_not_found",
            "Google Drive does not know this file, or it is not shared with the pipeline: "
            f"share it (or its folder) with {account} as a viewer.",
            detail,
        )
    if reason in _NOT_SHARED_REASONS:
        return Rejection(
            "drive_not_shared",
            f"The pipeline may not read this file: share it (or its folder) with {account} as a viewer.",
            detail,
        )
    return _for_good(refusal, detail)


def _for_good(refusal: Refusal, detail: str) -> VcpError:
    match refusal.reason:
        case "cannotDownloadFile":
            return Rejection(
                "drive_download_disabled",
                "The owner does not allow this file to be downloaded: in Drive's sharing settings, "
                "let viewers download it.",
                detail,
            )
        case "cannotDownloadAbusiveFile":
            return Rejection(
                "drive_flagged",
                "Google Drive flags this file as malware or spam and does not give it to anybody but its owner.",
                detail,
            )
        case "fileNotDownloadable":
            return Rejection(
                "drive_no_content", "This is a folder or a Google document, not a file with a video in it.", detail
            )
        case _ if refusal.status == 401:
            return PermanentError(
                "drive_key_refused",
                "Google does not accept the pipeline's key; an operator has to look.",
                detail,
            )
        case _:
            return PermanentError("drive_refused", "Google Drive refused a step; an operator has to look.", detail)
