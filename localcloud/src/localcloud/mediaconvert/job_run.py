"""One job from the queue to its last event."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.mediaconvert import events, outputs
from localcloud.mediaconvert.announce import announce
from localcloud.mediaconvert.entities import Job
from localcloud.mediaconvert.exceptions import JobFailed, cannot_open
from localcloud.mediaconvert.faults import fail_if
from localcloud.mediaconvert.inputs import check_input
from localcloud.mediaconvert.models import MediaConvertBackend
from localcloud.mediaconvert.roles import s3_as_role
from localcloud.mediaconvert.runtime import Runtime
from localcloud.mediaconvert.storage import Stopped, download, split_uri, upload
from rendering import (
    EncodeFailed,
    EncodeStopped,
    InputMismatch,
    NoVideoTrack,
    ProbeFailed,
    RenderedJob,
    ResolvedInput,
    RunResult,
    describe,
    probe,
    render,
    run,
)

_log = logging.getLogger(__name__)

#: Share of the job that each phase has, in percent, for jobPercentComplete.
_PHASE_START = {"PROBING": 0, "TRANSCODING": 5, "UPLOADING": 90}
_PHASE_SHARE = {"PROBING": 5, "TRANSCODING": 85, "UPLOADING": 10}


class JobRun:
    """Works on one job. `run` never raises: whatever happens ends as a status and an event."""

    def __init__(self, runtime: Runtime, backend: MediaConvertBackend, job: Job) -> None:
        self._runtime = runtime
        self._backend = backend
        self._job = job
        self._failure = runtime.faults.next_failure()
        self._directory = runtime.context.state_dir / "mediaconvert" / job.job_id
        self._phase_began = self._last_update = time.monotonic()

    def run(self) -> None:
        """Do the job."""
        self._emit("PROGRESSING", {})
        try:
            details = self._work()
        except (Stopped, EncodeStopped):
            if self._job.cancelled.is_set():
                self._finish("CANCELED", {})
        except JobFailed as failed:
            self._fail(failed.code, failed.message)
        except Exception as fault:  # noqa: BLE001 - the outermost edge of a job: the service calls it 1999
            _log.exception("job %s", self._job.job_id)
            self._fail(1999, f"Unknown error: {type(fault).__name__}: {fault}")
        else:
            self._finish("COMPLETE", details)
        finally:
            shutil.rmtree(self._directory, ignore_errors=True)

    def _emit(self, status: str, extra: Mapping[str, Any]) -> None:
        announce(self._runtime, self._backend, self._job, status, extra)

    def _work(self) -> dict[str, Any]:
        """All phases; answers the detail of the COMPLETE event."""
        job = self._job
        self._directory.mkdir(parents=True)
        self._enter("PROBING")
        fail_if(self._failure, "PROBING")
        uri = str(job.rendered_settings["Inputs"][0]["FileInput"])
        s3 = s3_as_role(self._runtime.context, self._backend.account_id, job.request["Role"], job.job_id, uri)
        resolved = self._resolve(s3, uri)
        rendered = self._render(resolved, uri)
        self._enter("TRANSCODING")
        fail_if(self._failure, "TRANSCODING")
        result = self._transcode(rendered, uri)
        self._enter("UPLOADING")
        fail_if(self._failure, "UPLOADING")
        details = outputs.describe_outputs(rendered, result, split_uri(uri)[1])
        for stored in details.files:
            self._stop_if_asked()
            upload(s3, stored.path, stored.uri, stored.settings)
        job.output_details = details.for_api
        job.warnings = details.warnings
        return details.for_event

    def _resolve(self, s3: Any, uri: str) -> ResolvedInput:
        path = self._directory / "input"
        download(s3, uri, path, self._should_stop)
        try:
            answer = probe(path)
        except ProbeFailed as unreadable:
            raise JobFailed(1010, cannot_open(uri, unreadable.detail)) from unreadable
        resolved = ResolvedInput(path, answer)
        self._emit("INPUT_INFORMATION", events.input_information(uri, describe(resolved), answer))
        check_input(uri, path, answer)
        return resolved

    def _render(self, resolved: ResolvedInput, uri: str) -> RenderedJob:
        (self._directory / "out").mkdir()
        try:
            return render(self._job.rendered_settings, [resolved], self._directory / "out" / "output")
        except NoVideoTrack as blind:
            raise JobFailed(1020, f"No video stream found in the input [{uri}]") from blind
        except InputMismatch as mismatch:
            raise JobFailed(1040, f"{mismatch} [{uri}]") from mismatch

    def _transcode(self, rendered: RenderedJob, uri: str) -> RunResult:
        try:
            result = run(rendered, self._progress, self._should_stop)
        except EncodeFailed as failed:
            raise outputs.encode_failure(failed, uri) from failed
        self._job.ffmpeg_seconds = result.ffmpeg_seconds
        outputs.check_damage(result, uri)
        return result

    def _progress(self, percent: float, frames: int) -> None:
        job = self._job
        job.percent = _PHASE_START["TRANSCODING"] + int(percent * _PHASE_SHARE["TRANSCODING"] / 100)
        if time.monotonic() - self._last_update >= self._update_seconds():
            self._last_update = time.monotonic()
            self._emit("STATUS_UPDATE", events.status_update("TRANSCODING", percent, job.percent, frames))

    def _update_seconds(self) -> float:
        faster = self._runtime.faults.status_update_seconds
        asked = str(self._job.request.get("StatusUpdateInterval", "SECONDS_60"))
        return faster if faster is not None else float(asked.removeprefix("SECONDS_"))

    def _enter(self, phase: str) -> None:
        self._stop_if_asked()
        self._close_phase()
        self._job.phase, self._job.percent = phase, _PHASE_START[phase]

    def _close_phase(self) -> None:
        now = time.monotonic()
        if self._job.phase is not None:
            self._job.phases[self._job.phase] = round(now - self._phase_began, 3)
        self._phase_began = now

    def _should_stop(self) -> bool:
        return self._job.cancelled.is_set() or self._runtime.context.stopping.is_set()

    def _stop_if_asked(self) -> None:
        if self._should_stop():
            raise Stopped

    def _fail(self, code: int, message: str) -> None:
        self._job.error_code, self._job.error_message = code, message
        self._finish("ERROR", {"errorCode": code, "errorMessage": message})

    def _finish(self, status: str, extra: Mapping[str, Any]) -> None:
        """The job's last status; a job that was cancelled in the meantime stays so."""
        job = self._job
        self._close_phase()
        with self._backend.lock:
            if job.cancelled.is_set() and status != "CANCELED":
                status, extra = "CANCELED", {}
                job.error_code = job.error_message = None
            job.status, job.finished = status, datetime.now(UTC)
            job.percent = 100 if status == "COMPLETE" else job.percent
            job.phase = None
        self._emit(status, extra)
