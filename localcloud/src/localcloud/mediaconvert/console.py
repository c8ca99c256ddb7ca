"""Routes of the console: what a test may see and set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.mediaconvert.entities import Job
from localcloud.mediaconvert.models import MediaConvertBackend, mediaconvert_backends
from localcloud.mediaconvert.runtime import Runtime


def add_routes(runtime: Runtime) -> None:
    """GET /mediaconvert/jobs, GET and POST /mediaconvert/faults."""

    def jobs(query: Mapping[str, Any]) -> Any:
        wanted = query.get("id")
        found = [job for backend in _backends() for job in backend.jobs.values() if wanted in (None, job.job_id)]
        if wanted is not None and not found:
            raise LookupError(f"no job {wanted}")
        return [_job(job) for job in sorted(found, key=lambda job: job.submitted)]

    def set_faults(body: Mapping[str, Any]) -> Any:
        answer = runtime.faults.configure(body)
        runtime.dispatcher.wake()
        return answer

    routes = runtime.context.console
    routes.add("GET", "/mediaconvert/jobs", jobs)
    routes.add("GET", "/mediaconvert/faults", lambda _: runtime.faults.describe())
    routes.add("POST", "/mediaconvert/faults", set_faults)


def _backends() -> list[MediaConvertBackend]:
    return [backend for regions in mediaconvert_backends.values() for backend in list(regions.values())]


def _job(job: Job) -> dict[str, Any]:
    return {
        "id": job.job_id,
        "queue": job.queue.name,
        "status": job.status,
        "phase": job.phase,
        "percent": job.percent,
        "userMetadata": job.user_metadata,
        "errorCode": job.error_code,
        "errorMessage": job.error_message,
        "ffmpegSeconds": round(job.ffmpeg_seconds, 3),
        "phases": dict(job.phases),
        "submittedAt": job.submitted.timestamp(),
        "startedAt": job.started.timestamp() if job.started else None,
        "finishedAt": job.finished.timestamp() if job.finished else None,
    }
