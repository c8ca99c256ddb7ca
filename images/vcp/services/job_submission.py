"""Submit the MediaConvert job of a plan exactly once, across crashes of the worker."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from msgspec import Struct

from vcp.domain.mediaconvert.job_settings import job_settings
from vcp.domain.mediaconvert.user_metadata import user_metadata
from vcp.domain.planning.plan import Plan
from vcp.domain.video.record import Job, PendingJob, VideoRecord
from vcp.domain.video.states import State
from vcp.ports.clock import Clock
from vcp.ports.ledger import Lease, Ledger
from vcp.ports.transcoding import Transcoder
from vcp.wire.object_keys import staging_base


class JobSubmission(Struct, frozen=True):
    """Submit jobs to one queue. `timeout`: after that the reconciler checks on a job."""

    ledger: Ledger
    transcoder: Transcoder
    clock: Clock
    stack: str
    temp_bucket: str
    timeout: timedelta

    def submit(self, record: VideoRecord, plan: Plan, lease: Lease, submission: int = 1) -> VideoRecord:
        """Create the job for `plan` once and return the record in TRANSCODING.

        The request is recorded as `pending_job` before CreateJob, since MediaConvert forgets a ClientRequestToken
        after a minute; a retry looks for the existing job first. A job costs money and cannot be taken back, so a
        worker that lost its lease creates none.

        Raises `LeaseHeldError`, `StaleRecordError`, `IncompleteRecordError` and what the transcoder raises.
        """
        record.require_stored()
        record.require_facts()
        job_id = self._existing(record, plan, submission)
        if job_id is None:
            if not _is_pending(record, plan, submission):
                now = self.clock.now()
                pending = PendingJob(revision=plan.revision, submission=submission, requested_at=now)
                record = self.ledger.save(record.changed(now, plan=plan, pending_job=pending))
            lease.check()
            job_id = self._create(record, plan, submission)
        now = self.clock.now()
        job = Job(job_id=job_id, submitted_at=now, revision=plan.revision, submission=submission)
        return self.ledger.save(
            record.moved(State.TRANSCODING, now, due_at=now + self.timeout, job=job, pending_job=None)
        )

    def _existing(self, record: VideoRecord, plan: Plan, submission: int) -> str | None:
        """Return the id of the job that a worker created but did not record."""
        pending = record.pending_job
        if pending is None or not _is_pending(record, plan, submission):
            return None
        found = self.transcoder.find(
            record.video_id, record.attempt, plan.revision, submitted_after=pending.requested_at
        )
        if found is None or (record.job is not None and found.job_id == record.job.job_id):
            return None
        return found.job_id

    def _create(self, record: VideoRecord, plan: Plan, submission: int) -> str:
        settings = job_settings(
            self.transcoder.preset_settings(),
            plan,
            record.require_facts(),
            f"s3://{self.temp_bucket}/{record.require_stored().key}",
            f"s3://{self.temp_bucket}/{staging_base(record.video_id, record.attempt, plan.revision)}",
        )
        identity = f"{record.video_id}/{record.attempt}/{plan.revision}/{submission}"
        token = hashlib.sha256(identity.encode()).hexdigest()  # 64 ASCII characters, the maximum
        return self.transcoder.submit(settings, user_metadata(record, self.stack, plan.revision), token)


def _is_pending(record: VideoRecord, plan: Plan, submission: int) -> bool:
    pending = record.pending_job
    return pending is not None and (pending.revision, pending.submission) == (plan.revision, submission)
