"""Client of the console's MediaConvert routes."""

from __future__ import annotations

from typing import Any

from localcloud.calls import Call


class MediaConvertClient:
    """Inspect jobs beyond what the API shows, and set faults."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def jobs(self) -> list[dict[str, Any]]:
        """Return all jobs, oldest first: `{id, queue, status, phase, percent, userMetadata, errorCode, errorMessage,
        ffmpegSeconds, phases (seconds by phase), submittedAt, startedAt, finishedAt}` (seconds since the epoch).
        """
        return list(self._call("GET", "/mediaconvert/jobs"))

    def job(self, job_id: str) -> dict[str, Any]:
        """Return one job. Raises ConsoleError (404)."""
        return dict(self._call("GET", "/mediaconvert/jobs", {"id": job_id})[0])

    def fail_next(self, code: int, message: str = "Set through the console", phase: str = "TRANSCODING") -> None:
        """Fail the next job that starts, when it reaches the phase."""
        self._set(failNext={"code": code, "message": message, "phase": phase})

    def drop_event(self, status: str | None = None) -> None:
        """Do not send the next event (of this status)."""
        self._set(events=[{"copies": 0, "status": status}])

    def duplicate_event(self, status: str | None = None) -> None:
        """Send the next event (of this status) twice."""
        self._set(events=[{"copies": 2, "status": status}])

    def hold(self) -> None:
        """Start no job until `release`; running jobs continue."""
        self._set(hold=True)

    def release(self) -> None:
        """Start jobs again."""
        self._set(hold=False)

    def throttle(self, operation: str, count: int) -> None:
        """Answer the next `count` calls of the operation (CreateJob) with TooManyRequestsException."""
        self._set(throttle={operation: count})

    def update_every(self, seconds: float | None) -> None:
        """Send STATUS_UPDATE at this interval, whatever the jobs ask for; None: as they ask."""
        self._set(statusUpdateSeconds=seconds or 0)

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._set(clear=True)

    def _set(self, **faults: Any) -> None:
        self._call("POST", "/mediaconvert/faults", faults)
