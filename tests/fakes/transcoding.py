"""MediaConvert without encoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vcp.domain.errors import PermanentError, RetryableError
from vcp.ports.transcoding import JobStatus


@dataclass
class FakeTranscoder:
    """Jobs by id, in the order of creation. `fail_after_create` loses the next response of CreateJob."""

    preset: dict[str, Any]
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    fail_after_create: bool = False

    def preset_settings(self) -> dict[str, Any]:
        return self.preset

    def submit(self, settings: Mapping[str, Any], user_metadata: Mapping[str, str], token: str) -> str:
        job_id = f"job-{len(self.jobs) + 1}"
        self.jobs[job_id] = {
            "settings": settings,
            "metadata": dict(user_metadata),
            "token": token,
            "status": "SUBMITTED",
        }
        if self.fail_after_create:
            self.fail_after_create = False
            raise RetryableError("mediaconvert_unreachable", "The answer was lost.")
        return job_id

    def find(self, video_id: str, attempt: int, revision: int, submitted_after: datetime) -> JobStatus | None:
        for job_id, job in reversed(self.jobs.items()):
            metadata = job["metadata"]
            if (metadata["VideoId"], metadata["Attempt"], metadata["Revision"]) == (
                video_id,
                str(attempt),
                str(revision),
            ):
                return self.status(job_id)
        return None

    def status(self, job_id: str) -> JobStatus:
        if job_id not in self.jobs:
            raise PermanentError("mediaconvert_refused", "The encoding service does not know this job.", job_id)
        return JobStatus(job_id, self.jobs[job_id]["status"], user_metadata=self.jobs[job_id]["metadata"])

    def cancel(self, job_id: str) -> None:
        self.jobs[job_id]["status"] = "CANCELED"
