"""AWS Elemental MediaConvert: the house preset, and jobs of our queue."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError, ParamValidationError

from vcp.adapters.aws.errors import code_of, is_transient, status_of, translate_errors
from vcp.domain.errors import PermanentError, RetryableError
from vcp.domain.mediaconvert.user_metadata import ATTEMPT, REVISION, VIDEO_ID
from vcp.ports.transcoding import JobStatus

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient
    from mypy_boto3_mediaconvert.type_defs import JobSettingsUnionTypeDef, JobTypeDef

#: Allowed seconds between reports (service model, StatusUpdateInterval).
_STATUS_INTERVALS = (10, 12, 15, 20, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600)
_PAGE_JOBS = 20
#: ListJobs allows two calls per second; a job further back was not submitted recently.
_MAX_PAGES = 25


class JobLookup:
    """Implements `ports.transcoding.JobStatuses`, for functions that submit no jobs."""

    def __init__(self, client: MediaConvertClient) -> None:
        self._client = client

    def status(self, job_id: str) -> JobStatus:
        """Return the status of a job. Raises `RetryableError`; `PermanentError` if the job is unknown."""
        with translate_errors("mediaconvert"):
            return _status(self._client.get_job(Id=job_id)["Job"])


class MediaConvertTranscoder(JobLookup):
    """Implements `ports.transcoding.Transcoder`.

    Args:
        queue_arn: the queue that jobs are submitted to and found in.
        role_arn: the role with which MediaConvert accesses our buckets.
        preset_name: the house preset; its name contains a hash of its content, so it is read once.
        status_update_seconds: 10 to 600, between reports of progress; rounded down to an allowed interval.
    """

    def __init__(
        self,
        client: MediaConvertClient,
        *,
        queue_arn: str,
        role_arn: str,
        preset_name: str,
        status_update_seconds: int = 60,
    ) -> None:
        super().__init__(client)
        self._queue_arn = queue_arn
        self._role_arn = role_arn
        self._preset_name = preset_name
        self._status_update_seconds = max(step for step in _STATUS_INTERVALS if step <= status_update_seconds)
        self._preset: dict[str, Any] | None = None
        self._lock = Lock()

    def preset_settings(self) -> dict[str, Any]:
        """See `ports.transcoding.Transcoder.preset_settings`. The caller may modify the result."""
        with self._lock, translate_errors("mediaconvert"):
            if self._preset is None:
                answer = self._client.get_preset(Name=self._preset_name)
                self._preset = cast("dict[str, Any]", answer["Preset"]["Settings"])
            return deepcopy(self._preset)

    def submit(self, settings: Mapping[str, Any], user_metadata: Mapping[str, str], token: str) -> str:
        """See `ports.transcoding.Transcoder.submit`.

        Args:
            token: at most 64 ASCII characters; the service detects a repetition for a minute only.
        """
        with translate_errors("mediaconvert"):
            try:
                answer = self._client.create_job(
                    Queue=self._queue_arn,
                    Role=self._role_arn,
                    Settings=cast("JobSettingsUnionTypeDef", settings),
                    UserMetadata=dict(user_metadata),
                    ClientRequestToken=token,
                    StatusUpdateInterval=cast("Any", f"SECONDS_{self._status_update_seconds}"),
                    # Costs are reported under the queue's tags, which name the stack.
                    BillingTagsSource="QUEUE",
                    AccelerationSettings={"Mode": "DISABLED"},
                )
            except ParamValidationError as error:
                raise _rejected(str(error)) from error
            except ClientError as error:
                if is_transient(error):
                    raise
                if code_of(error) == "ConflictException":
                    raise RetryableError(
                        "transcode_conflict", "The encoding service is busy; the step will be retried.", str(error)
                    ) from error
                raise _rejected(f"{code_of(error)} (HTTP {status_of(error)}): {error}") from error
        return answer["Job"]["Id"]

    def find(self, video_id: str, attempt: int, revision: int, submitted_after: datetime) -> JobStatus | None:
        wanted = {VIDEO_ID: video_id, ATTEMPT: str(attempt), REVISION: str(revision)}
        pages = self._client.get_paginator("list_jobs").paginate(
            Queue=self._queue_arn,
            Order="DESCENDING",
            PaginationConfig={"PageSize": _PAGE_JOBS, "MaxItems": _PAGE_JOBS * _MAX_PAGES},
        )
        with translate_errors("mediaconvert"):
            for page in pages:
                for job in page["Jobs"]:
                    if _created(job) < submitted_after:
                        return None
                    metadata = job.get("UserMetadata", {})
                    if all(metadata.get(name) == value for name, value in wanted.items()):
                        return _status(job)
        return None

    def cancel(self, job_id: str) -> None:
        """Cancel a job; ignore one that has already ended."""
        with translate_errors("mediaconvert"):
            try:
                self._client.cancel_job(Id=job_id)
            except ClientError as error:
                # A job that has ended cannot be canceled: Conflict or BadRequest, depending on its status.
                if is_transient(error) or self.status(job_id).status not in ("COMPLETE", "CANCELED", "ERROR"):
                    raise


def _created(job: JobTypeDef) -> datetime:
    # The service reports whole seconds: round up, so that a job of the same second is not older.
    return job["CreatedAt"].astimezone(UTC).replace(microsecond=999_999)


def _status(job: JobTypeDef) -> JobStatus:
    return JobStatus(
        job_id=job["Id"],
        status=job["Status"],
        percent=job.get("JobPercentComplete"),
        error_code=job.get("ErrorCode"),
        error_message=job.get("ErrorMessage"),
        user_metadata=job.get("UserMetadata", {}),
    )


def _rejected(detail: str) -> PermanentError:
    return PermanentError(
        "transcode_refused",
        "The encoding service rejected this video's job; an operator needs to look into it.",
        detail,
    )
