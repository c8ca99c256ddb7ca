"""Give MediaConvert the job of a plan, once, however often the worker dies in between."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from msgspec import Struct

from vcp.domain.errors import PermanentError
from vcp.domain.mediaconvert.job_settings import job_settings
from vcp.domain.mediaconvert.user_metadata import user_metadata
from vcp.domain.planning.plan import Plan
from vcp.domain.video.record import Job, VideoRecord
from vcp.domain.video.states import State
from vcp.ports.clock import Clock
from vcp.ports.ledger import Lease, Ledger
from vcp.ports.transcoding import Transcoder
from vcp.wire.object_keys import staging_base

_MARK = "submitting-"


def under_way(record: VideoRecord) -> bool:
    """Whether a submission was begun whose job is not in the record yet: by a worker at it, or one that died."""
    begun = [tuple(map(int, name.removeprefix(_MARK).split("-"))) for name in record.times if name.startswith(_MARK)]
    return bool(begun) and (record.job is None or max(begun) > (record.job.revision, record.job.submission))


class Submission(Struct, frozen=True):
    """Submits the plan that stands in a record and moves it to TRANSCODING."""

    ledger: Ledger
    transcoder: Transcoder
    clock: Clock
    stack: str
    temp_bucket: str
    patience: timedelta

    def submit(self, record: VideoRecord, plan: Plan, lease: Lease, submission: int = 1) -> VideoRecord:
        """The record in TRANSCODING with its job.

        MediaConvert forgets a ClientRequestToken after a minute, so the intention is written down first: whoever
        finds it there asks the service for the job before making another. A job cannot be taken back and costs
        money, so a worker that lost its lease makes none.
        """
        if record.stored is None or record.source_facts is None:
            raise PermanentError("nothing_stored", "The copy of the video is missing.", record.video_id)
        mark = f"{_MARK}{plan.revision}-{submission}"
        intended_at = record.times.get(mark)
        job_id: str | None = None
        if intended_at is None:
            now = self.clock.now()
            record = self.ledger.save(record.changed(now, plan=plan, times={**record.times, mark: now}))
        else:
            known = self.transcoder.find(record.video_id, record.attempt, plan.revision, submitted_after=intended_at)
            if known is not None and (record.job is None or known.job_id != record.job.job_id):
                job_id = known.job_id
        if job_id is None:
            lease.check()
            job_id = self._create(record, plan, submission)
        now = self.clock.now()
        job = Job(job_id=job_id, submitted_at=now, revision=plan.revision, submission=submission)
        return self.ledger.save(record.moved(State.TRANSCODING, now, due_at=now + self.patience, job=job))

    def _create(self, record: VideoRecord, plan: Plan, submission: int) -> str:
        assert record.stored is not None
        assert record.source_facts is not None
        settings = job_settings(
            self.transcoder.preset_settings(),
            plan,
            record.source_facts,
            f"s3://{self.temp_bucket}/{record.stored.key}",
            f"s3://{self.temp_bucket}/{staging_base(record.video_id, record.attempt, plan.revision)}",
        )
        identity = f"{record.video_id}/{record.attempt}/{plan.revision}/{submission}"
        token = hashlib.sha256(identity.encode()).hexdigest()  # 64 ASCII characters, the most that is allowed
        return self.transcoder.submit(settings, user_metadata(record, self.stack, plan.revision), token)
