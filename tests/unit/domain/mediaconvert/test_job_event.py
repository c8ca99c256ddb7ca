"""MediaConvert's job events, parsed and recreated."""

from __future__ import annotations

from typing import Any

import pytest

from vcp.domain.errors import InvalidRequestError
from vcp.domain.mediaconvert.job_event import DETAIL_TYPE, SOURCE, JobEvent, parse_job_event, to_event


def event(detail: Any) -> dict[str, Any]:
    return {"source": SOURCE, "detail-type": DETAIL_TYPE, "detail": detail}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"status": "COMPLETE"}, {}),
        ({"status": "ERROR", "errorCode": 1550, "errorMessage": "Slow"}, {"error_code": 1550, "error_message": "Slow"}),
        ({"status": "ERROR", "errorCode": "1550"}, {"error_code": 1550}),
        ({"status": "COMPLETE", "userMetadata": {"VideoId": "v", "Attempt": "3", "Stack": "test"}},
         {"video_id": "v", "attempt": 3, "stack": "test"}),
        ({"status": "COMPLETE", "userMetadata": {"Attempt": "x"}}, {"attempt": 1}),
        ({"status": "STATUS_UPDATE", "jobProgress": {"jobPercentComplete": 41}}, {"percent": 41.0}),
        ({"status": "STATUS_UPDATE", "jobProgress": {"jobPercentComplete": "41"}}, {"percent": 41.0}),
        ({"status": "STATUS_UPDATE", "jobProgress": {"currentPhase": "PROBING"}}, {}),
        ({"status": "NEW", "fieldOfTomorrow": {}}, {}),
    ],
)  # fmt: skip
def test_parses_events(detail: dict[str, Any], expected: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"video_id": None, "stack": None, "attempt": 1, **expected}
    assert parse_job_event(event({"jobId": "1", **detail})) == JobEvent(status=detail["status"], job_id="1", **fields)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({**event({}), "source": "aws.s3"}, "not_a_job_event"),
        ({**event({}), "detail-type": "Object Created"}, "not_a_job_event"),
        ("x" * 300, "not_a_job_event"),
        (event({"jobId": "1"}), "bad_job_event"),
        (event({"jobId": "1", "status": "NEW", "jobProgress": {"jobPercentComplete": "half"}}), "bad_job_event"),
    ],
)
def test_rejects_other_events(given: object, code: str) -> None:
    with pytest.raises(InvalidRequestError) as rejected:
        parse_job_event(given)
    assert rejected.value.code == code
    assert len(rejected.value.detail) <= 200


@pytest.mark.parametrize(
    ("failure", "detail"),
    [
        ({}, {}),
        ({"error_code": 1550, "error_message": "Slow"}, {"errorCode": 1550, "errorMessage": "Slow"}),
        ({"error_code": 1550}, {"errorCode": 1550, "errorMessage": ""}),
    ],
)
def test_recreates_an_event(failure: dict[str, Any], detail: dict[str, Any]) -> None:
    job = JobEvent(status="ERROR", job_id="job-7", video_id="v", stack="test", attempt=3, **failure)
    metadata = {"VideoId": "v", "Attempt": "3", "Stack": "test"}
    assert to_event(job) == event({"status": "ERROR", "jobId": "job-7", "userMetadata": metadata, **detail})
    assert parse_job_event(to_event(job)) == job.but(error_message=detail.get("errorMessage"))
