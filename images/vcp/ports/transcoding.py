"""The transcoding service and its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Protocol

from msgspec import Struct


class JobStatus(Struct, frozen=True):
    """MediaConvert's word on a job. `output_uris` only come with the COMPLETE event, never from GetJob."""

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
        """The house preset's Settings (GetPreset)."""
        ...

    def submit(self, settings: Mapping[str, Any], user_metadata: Mapping[str, str], token: str) -> str:
        """CreateJob; the job id. Raises `RetryableError` on throttling, `PermanentError` on a refused request."""
        ...

    def find(self, video_id: str, attempt: int, revision: int, submitted_after: datetime) -> JobStatus | None:
        """A job of ours that is known to the service already: for the moment between CreateJob and the ledger."""
        ...

    def cancel(self, job_id: str) -> None: ...
