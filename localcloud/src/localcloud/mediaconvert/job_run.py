"""One job, from the queue to its last event."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Mapping
from typing import Any

from moto.iam.exceptions import NotFoundException as RoleNotFound
from moto.iam.models import iam_backends

from localcloud.context import CloudContext
from localcloud.mediaconvert import outputs
from localcloud.mediaconvert.entities import Job, now
from localcloud.mediaconvert.events import EventSender, input_information, status_update
from localcloud.mediaconvert.exceptions import JobError, cannot_open
from localcloud.mediaconvert.faults import Faults
from localcloud.mediaconvert.inputs import check_input
from localcloud.mediaconvert.models import MediaConvertBackend
from localcloud.mediaconvert.storage import StoppedError, download, split_uri, upload
from localcloud.policies import trusts
from localcloud.roles import RoleClients, RoleSession
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

SERVICE = "mediaconvert.amazonaws.com"
#: Start and share of each phase in percent of the job, for jobPercentComplete.
_PHASE_START = {"PROBING": 0, "TRANSCODING": 5, "UPLOADING": 90}
_TRANSCODING_SHARE = 85


class JobRun:
    """The work on one job. `run` never raises: every outcome is a status and an event."""

    def __init__(
        self,
        context: CloudContext,
        faults: Faults,
        events: EventSender,
        roles: RoleClients,
        backend: MediaConvertBackend,
        job: Job,
    ) -> None:
        self._context = context
        self._faults = faults
        self._events = events
        self._roles = roles
        self._backend = backend
        self._job = job
        self._failure = faults.next_failure()
        self._uri = str(job.rendered_settings["Inputs"][0]["FileInput"])
        self._directory = context.state_dir / "mediaconvert" / job.job_id
        self._phase_began = self._last_update = time.monotonic()

    def run(self) -> None:
        self._send("PROGRESSING", {})
        try:
            details = self._work()
        except (StoppedError, EncodeStopped):
            if self._job.cancelled.is_set():
                self._finish("CANCELED", {})
        except JobError as failed:
            self._fail(failed.code, failed.message)
        except Exception as fault:  # noqa: BLE001 - the outermost edge of a job: the service reports 1999
            _log.exception("job %s", self._job.job_id)
            self._fail(1999, f"Unknown error: {type(fault).__name__}: {fault}")
        else:
            self._finish("COMPLETE", details)
        finally:
            shutil.rmtree(self._directory, ignore_errors=True)

    def _send(self, status: str, extra: Mapping[str, Any]) -> None:
        self._events.send(self._backend, self._job, status, extra)

    def _work(self) -> dict[str, Any]:
        """Run all phases; return the detail of the COMPLETE event."""
        self._directory.mkdir(parents=True)
        self._enter("PROBING")
        role = self._role()
        rendered = self._render(self._probe(role))
        self._enter("TRANSCODING")
        result = self._transcode(rendered)
        self._enter("UPLOADING")
        details = outputs.describe_outputs(rendered, result, split_uri(self._uri)[1])
        for path, uri in details.files:
            self._stop_if_asked()
            upload(role.s3(), path, uri)
        self._job.output_details = details.for_api
        self._job.warnings = details.warnings
        return details.for_event

    def _role(self) -> RoleSession:
        """Return a session of the job's role. Raises JobError: 1433 no such role, 1434 it does not trust us."""
        arn = self._job.request["Role"]
        try:
            role = iam_backends[self._backend.account_id][arn.split(":")[1]].get_role_by_arn(arn)
        except RoleNotFound as missing:
            reason = "Failed to read data: The role does not exist"
            raise JobError(1433, cannot_open(self._uri, reason)) from missing
        if not trusts(role.assume_role_policy_document, SERVICE):
            raise JobError(1434, cannot_open(self._uri, "Failed to read data: AssumeRole failed"))
        return RoleSession(self._roles, arn, f"EmeSession_{self._job.job_id}")

    def _probe(self, role: RoleSession) -> ResolvedInput:
        uri, path = self._uri, self._directory / "input"
        download(role.s3(), uri, path, self._should_stop)
        try:
            answer = probe(path)
        except ProbeFailed as unreadable:
            raise JobError(1010, cannot_open(uri, unreadable.detail)) from unreadable
        resolved = ResolvedInput(path, answer)
        self._send("INPUT_INFORMATION", input_information(uri, describe(resolved), answer))
        check_input(uri, path, answer)
        return resolved

    def _render(self, resolved: ResolvedInput) -> RenderedJob:
        (self._directory / "out").mkdir()
        try:
            return render(self._job.rendered_settings, [resolved], self._directory / "out" / "output")
        except NoVideoTrack as missing:
            raise JobError(1020, f"No video stream found in the input [{self._uri}]") from missing
        except InputMismatch as mismatch:
            raise JobError(1040, f"{mismatch} [{self._uri}]") from mismatch

    def _transcode(self, rendered: RenderedJob) -> RunResult:
        try:
            result = run(rendered, self._progress, self._should_stop)
        except EncodeFailed as failed:
            raise outputs.encode_failure(failed, self._uri) from failed
        self._job.ffmpeg_seconds = result.ffmpeg_seconds
        outputs.check_damage(result, self._uri)
        return result

    def _progress(self, percent: float, frames: int) -> None:
        job = self._job
        job.percent = _PHASE_START["TRANSCODING"] + int(percent * _TRANSCODING_SHARE / 100)
        interval = self._faults.status_update_seconds
        if interval is None:
            interval = float(job.request.get("StatusUpdateInterval", "SECONDS_60").removeprefix("SECONDS_"))
        if time.monotonic() - self._last_update >= interval:
            self._last_update = time.monotonic()
            self._send("STATUS_UPDATE", status_update("TRANSCODING", percent, job.percent, frames))

    def _enter(self, phase: str) -> None:
        self._stop_if_asked()
        self._close_phase()
        self._job.phase, self._job.percent = phase, _PHASE_START[phase]
        if self._failure is not None:
            self._failure.check(phase)

    def _close_phase(self) -> None:
        ended = time.monotonic()
        if self._job.phase is not None:
            self._job.phases[self._job.phase] = round(ended - self._phase_began, 3)
        self._phase_began = ended

    def _should_stop(self) -> bool:
        return self._job.cancelled.is_set() or self._context.stopping.is_set()

    def _stop_if_asked(self) -> None:
        if self._should_stop():
            raise StoppedError

    def _fail(self, code: int, message: str) -> None:
        self._job.error_code, self._job.error_message = code, message
        self._finish("ERROR", {"errorCode": code, "errorMessage": message})

    def _finish(self, status: str, extra: Mapping[str, Any]) -> None:
        """Set the job's final status; a job that was cancelled meanwhile is CANCELED."""
        job = self._job
        self._close_phase()
        with self._backend.lock:
            if job.cancelled.is_set() and status != "CANCELED":
                status, extra = "CANCELED", {}
                job.error_code = job.error_message = None
            job.status, job.finished = status, now()
            job.percent = 100 if status == "COMPLETE" else job.percent
            job.phase = None
        self._send(status, extra)
