"""Client of the MediaConvert routes of the console."""

from __future__ import annotations

from typing import Any

from localcloud.calls import Call


class MediaConvertClient:
    """Looks at jobs beyond what the API shows, and sets faults."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs, oldest first: `{id, queue, status, phase, percent, userMetadata, errorCode, errorMessage,
        ffmpegSeconds, phases (seconds by phase), submittedAt, startedAt, finishedAt}` (seconds since the epoch).
        """
        return list(self._call("GET", "/mediaconvert/jobs"))

    def job(self, job_id: str) -> dict[str, Any]:
        """One job. Raises ConsoleError (404) when there is none."""
        return dict(self._call("GET", "/mediaconvert/jobs", {"id": job_id})[0])

    def fail_next(self, code: int, message: str | None = None, phase: str = "TRANSCODING") -> None:
        """The next job that starts fails with this code when it reaches the phase."""
        failure: dict[str, Any] = {"code": code, "phase": phase}
        self._set(failNext=failure | ({"message": message} if message is not None else {}))

    def drop_event(self, status: str | None = None) -> None:
        """The next event (of this status) is not sent."""
        self._set(events=[{"kind": "drop", "status": status}])

    def duplicate_event(self, status: str | None = None) -> None:
        """The next event (of this status) is sent twice."""
        self._set(events=[{"kind": "duplicate", "status": status}])

    def hold(self) -> None:
        """No job starts until `release`; those under way go on."""
        self._set(hold=True)

    def release(self) -> None:
        """Jobs start again."""
        self._set(hold=False)

    def throttle(self, operation: str, count: int) -> None:
        """The next `count` calls of the operation (CreateJob) are refused with TooManyRequestsException."""
        self._set(throttle={operation: count})

    def update_every(self, seconds: float | None) -> None:
        """Send STATUS_UPDATE this often, whatever the jobs ask for; None: as they ask."""
        self._set(statusUpdateSeconds=seconds or 0)

    def clear_faults(self) -> None:
        """Back to a service without faults."""
        self._set(clear=True)

    def _set(self, **faults: Any) -> None:
        self._call("POST", "/mediaconvert/faults", faults)
