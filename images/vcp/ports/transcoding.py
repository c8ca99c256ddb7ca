"""The transcoding service and its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

from msgspec import Struct


class JobStatus(Struct, frozen=True):
    """The service's report on a job."""

    job_id: str
    status: Literal["SUBMITTED", "PROGRESSING", "COMPLETE", "CANCELED", "ERROR"]
    percent: int | None = None
    error_code: int | None = None
    error_message: str | None = None
    user_metadata: Mapping[str, str] | None = None


class JobStatuses(Protocol):
    def status(self, job_id: str) -> JobStatus: ...


class Transcoder(JobStatuses, Protocol):
    def preset_settings(self) -> dict[str, Any]:
        """Return the Settings of the house preset (GetPreset)."""
        ...

    def submit(self, settings: Mapping[str, Any], user_metadata: Mapping[str, str], token: str) -> str:
        """Create a job and return its id. Raises `RetryableError` on throttling, `PermanentError` on a bad request."""
        ...

    def find(self, video_id: str, attempt: int, revision: int, submitted_after: datetime) -> JobStatus | None:
        """Return a job of this plan that exists but may not be recorded in the ledger."""
        ...

    def cancel(self, job_id: str) -> None: ...
