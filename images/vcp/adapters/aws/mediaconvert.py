"""AWS Elemental MediaConvert: the house preset, jobs of our queue."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError, ParamValidationError

from vcp.adapters.aws.errors import code_of, is_passing, status_of, translated
from vcp.domain.errors import PermanentError, RetryableError
from vcp.domain.mediaconvert.user_metadata import ATTEMPT, REVISION, VIDEO_ID
from vcp.ports.transcoding import JobStatus

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient
    from mypy_boto3_mediaconvert.type_defs import JobSettingsUnionTypeDef, JobTypeDef

#: Seconds between reports that the service knows (service model, StatusUpdateInterval).
_STATUS_INTERVALS = (10, 12, 15, 20, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600)
_PAGE_JOBS = 20
#: ListJobs allows two calls a second; a job that is further back than this is not "just submitted".
_MOST_PAGES = 25


class JobLookup:
    """Jobs by their id, of any queue: all that a function needs which submits none."""

    def __init__(self, client: MediaConvertClient) -> None:
        self._client = client

    def status(self, job_id: str) -> JobStatus:
        """What the service says of a job. Raises `RetryableError`; `PermanentError` for one that it does not know."""
        with translated("mediaconvert"):
            return _status(self._client.get_job(Id=job_id)["Job"])


class MediaConvertTranscoder(JobLookup):
    """Fulfils `ports.Transcoder`.

    Args:
        queue_arn: where jobs go; `find` looks at no other.
        role_arn: what MediaConvert reads and writes our buckets with.
        preset_name: the house preset; its name carries a hash of its content, so it is read once.
        status_update_seconds: 10 to 600, how often the service reports progress at least; it knows certain steps.
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
        """See `ports.Transcoder.preset_settings`. The caller may change what it gets."""
        with self._lock, translated("mediaconvert"):
            if self._preset is None:
                answer = self._client.get_preset(Name=self._preset_name)
                self._preset = cast("dict[str, Any]", answer["Preset"]["Settings"])
            return deepcopy(self._preset)

    def submit(self, settings: Mapping[str, Any], user_metadata: Mapping[str, str], token: str) -> str:
        """See `ports.Transcoder.submit`.

        Args:
            token: at most 64 ASCII characters; the service drops a repetition within a minute only.
        """
        with translated("mediaconvert"):
            try:
                answer = self._client.create_job(
                    Queue=self._queue_arn,
                    Role=self._role_arn,
                    Settings=cast("JobSettingsUnionTypeDef", settings),
                    UserMetadata=dict(user_metadata),
                    ClientRequestToken=token,
                    StatusUpdateInterval=cast("Any", f"SECONDS_{self._status_update_seconds}"),
                    # Costs appear under the queue's tags: that is the stack.
                    BillingTagsSource="QUEUE",
                    AccelerationSettings={"Mode": "DISABLED"},
                )
            except ParamValidationError as error:
                raise _refused(str(error)) from error
            except ClientError as error:
                if is_passing(error):
                    raise
                if code_of(error) == "ConflictException":
                    raise RetryableError(
                        "transcode_conflict", "The encoding service is busy; the work is tried again.", str(error)
                    ) from error
                raise _refused(f"{code_of(error)} (HTTP {status_of(error)}): {error}") from error
        return answer["Job"]["Id"]

    def find(self, video_id: str, attempt: int, revision: int, submitted_after: datetime) -> JobStatus | None:
        wanted = {VIDEO_ID: video_id, ATTEMPT: str(attempt), REVISION: str(revision)}
        pages = self._client.get_paginator("list_jobs").paginate(
            Queue=self._queue_arn,
            Order="DESCENDING",
            PaginationConfig={"PageSize": _PAGE_JOBS, "MaxItems": _PAGE_JOBS * _MOST_PAGES},
        )
        with translated("mediaconvert"):
            for page in pages:
                for job in page["Jobs"]:
                    if _created(job) < submitted_after:
                        return None
                    metadata = job.get("UserMetadata", {})
                    if all(metadata.get(name) == value for name, value in wanted.items()):
                        return _status(job)
        return None

    def cancel(self, job_id: str) -> None:
        """Stop a job; one that has ended already is fine."""
        with translated("mediaconvert"):
            try:
                self._client.cancel_job(Id=job_id)
            except ClientError as error:
                # A job that has ended cannot be cancelled: Conflict or BadRequest, depending on how.
                if is_passing(error) or self.status(job_id).status not in ("COMPLETE", "CANCELED", "ERROR"):
                    raise


def _created(job: JobTypeDef) -> datetime:
    # Whole seconds on the wire: the moment before counts as the same.
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


def _refused(detail: str) -> PermanentError:
    return PermanentError(
        "transcode_refused", "The encoding service refused this video's job; an operator has to look.", detail
    )
