"""MediaConvert's "Job State Change" event, as far as the pipeline reads it (user guide, "EventBridge events")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, ValidationError, field

from vcp.domain.errors import InvalidRequestError
from vcp.domain.mediaconvert import user_metadata as keys
from vcp.domain.value import Value, read

DETAIL_TYPE = "MediaConvert Job State Change"
SOURCE = "aws.mediaconvert"


class _Progress(Struct, frozen=True, rename="camel"):
    job_percent_complete: float | None = None


class _Detail(Struct, frozen=True, kw_only=True, rename="camel"):
    status: str
    job_id: str
    user_metadata: dict[str, str] = field(default_factory=dict)
    error_code: int | None = None
    error_message: str | None = None
    job_progress: _Progress | None = None


class JobEvent(Value):
    """One event about one job. `video_id` is None for a job of another system."""

    status: str
    job_id: str
    video_id: str | None
    stack: str | None
    attempt: int
    percent: float | None = None
    error_code: int | None = None
    error_message: str | None = None


def parse_job_event(event: object) -> JobEvent:
    """Parse an EventBridge event. Raises `InvalidRequestError` for anything but MediaConvert's job state change."""
    if not isinstance(event, Mapping) or event.get("source") != SOURCE or event.get("detail-type") != DETAIL_TYPE:
        raise InvalidRequestError("not_a_job_event", "This is not a MediaConvert job event.", repr(event)[:200])
    try:
        detail: _Detail = read(event.get("detail"), _Detail, strict=False)
    except ValidationError as error:
        raise InvalidRequestError("bad_job_event", "This MediaConvert event cannot be read.", str(error)) from error
    metadata = detail.user_metadata
    attempt = metadata.get(keys.ATTEMPT)
    return JobEvent(
        status=detail.status,
        job_id=detail.job_id,
        video_id=metadata.get(keys.VIDEO_ID),
        stack=metadata.get(keys.STACK),
        attempt=int(attempt) if attempt and attempt.isdecimal() else 1,
        percent=detail.job_progress.job_percent_complete if detail.job_progress else None,
        error_code=detail.error_code,
        error_message=detail.error_message,
    )


def to_event(job: JobEvent) -> dict[str, Any]:
    """Return the EventBridge event of a job, as far as `parse_job_event` reads it."""
    metadata = {keys.VIDEO_ID: job.video_id, keys.ATTEMPT: str(job.attempt), keys.STACK: job.stack}
    detail: dict[str, Any] = {"status": job.status, "jobId": job.job_id, "userMetadata": metadata}
    if job.error_code is not None:
        detail |= {"errorCode": job.error_code, "errorMessage": job.error_message or ""}
    return {"source": SOURCE, "detail-type": DETAIL_TYPE, "detail": detail}
