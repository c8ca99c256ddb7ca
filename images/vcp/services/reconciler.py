"""Recover videos whose event, message or worker was lost. Runs on a schedule; ignores videos that make progress."""

from __future__ import annotations

from datetime import datetime, timedelta

from aws_lambda_powertools import Logger
from msgspec import Struct

from vcp.domain.errors import PermanentError, StaleRecordError, VcpError
from vcp.domain.mediaconvert.job_event import JobEvent
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State
from vcp.ports.clock import Clock
from vcp.ports.ledger import Ledger
from vcp.ports.messaging import CompletionInvoker, TransferQueue
from vcp.ports.metrics import Metrics
from vcp.ports.transcoding import JobStatus, JobStatuses
from vcp.services.outcomes import outcome_of, save_outcome
from vcp.wire import metrics as metric_names
from vcp.wire.messages import TransferMessage

logger = Logger(child=True)

#: An attempt fails after this many recoveries, so that nothing loops forever. The pauses in between double: a service
#: may be down for two days before a video fails.
MAX_RECOVERIES = 10
MAX_PAUSE = timedelta(hours=12)
#: Waiting for a worker behind many other videos does not count as a recovery, but it has a limit: longer than any
#: message lives (SQS keeps one for 14 days at most).
MAX_QUEUED = timedelta(days=15)
#: Videos with a live worker stay due and must not crowd out the others.
MAX_BATCH = 1000


class Reconciler(Struct, frozen=True):
    """Check active videos that are due and that no worker holds a lease on.

    `queue_timeout`: after that a queued video is queued again. `transcode_timeout`: after that an open job is checked
    again.
    """

    ledger: Ledger
    queue: TransferQueue
    transcoder: JobStatuses
    completion: CompletionInvoker
    clock: Clock
    metrics: Metrics
    stack: str
    queue_timeout: timedelta
    transcode_timeout: timedelta

    def run(self) -> dict[str, int]:
        """Check every due video once; return how many were recovered, by the state they were found in.

        A video that fails does not stop the others; the first fault is raised at the end.
        """
        counts: dict[str, int] = {}
        faults: list[VcpError] = []
        for record in self.ledger.due(self.clock.now(), limit=MAX_BATCH):
            try:
                if self.ledger.lease_holder(record.video_id) is None and self._recover(record):
                    counts[str(record.state)] = counts.get(str(record.state), 0) + 1
            except StaleRecordError:
                continue  # another worker changed it in the meantime
            except VcpError as error:
                logger.warning("not recovered", extra={"video_id": record.video_id, "problem": str(error)})
                faults.append(error)
        if counts:
            self.metrics.count(metric_names.RECONCILED, sum(counts.values()))
        logger.info("reconciled", extra={"counts": counts, "faults": len(faults)})
        if faults:
            raise faults[0]
        return counts

    def _recover(self, record: VideoRecord) -> bool:
        """Recover one video; return whether anything was done."""
        now = self.clock.now()
        match record.state:
            case State.QUEUED:
                self._requeue(record, now)
            case State.TRANSCODING:
                return self._check_job(record, now)
            case _ if record.recoveries >= MAX_RECOVERIES:
                self._give_up(record, now)
            case State.WAITING:
                due = now + self.queue_timeout
                queued = record.moved(State.QUEUED, now, due_at=due, recoveries=record.recoveries + 1)
                self._enqueue(self.ledger.save(queued))
            case State.VERIFYING:
                self._replay_event(self._count_recovery(record, now), "COMPLETE")
            case _:
                self._enqueue(self._count_recovery(record, now))
        return True

    def _requeue(self, record: VideoRecord, now: datetime) -> None:
        """Send the message again: it may be lost, or behind many others. The waiting time doubles."""
        waited = now - record.times.get(str(State.QUEUED), record.created_at)
        if waited >= MAX_QUEUED:
            self._give_up(record, now)
            return
        pause = min(max(waited, self.queue_timeout), MAX_PAUSE)
        self._enqueue(self.ledger.save(record.changed(now, due_at=now + pause)))

    def _check_job(self, record: VideoRecord, now: datetime) -> bool:
        if record.job is None:
            self._give_up(record, now)
            return True
        try:
            status = self.transcoder.status(record.job.job_id)
        except PermanentError:
            # The service no longer knows the job, or denies access. That lasts, and must not block other videos.
            if record.recoveries >= MAX_RECOVERIES:
                self._give_up(record, now)
                return True
            self._count_recovery(record, now)
            raise
        if status.status in ("SUBMITTED", "PROGRESSING"):
            self.ledger.save(record.changed(now, due_at=now + self.transcode_timeout))
            return False
        if record.recoveries >= MAX_RECOVERIES:
            self._give_up(record, now)
            return True
        logger.warning("an event was lost", extra={"video_id": record.video_id, "job_id": status.job_id})
        self._replay_event(self._count_recovery(record, now), status.status, status)
        return True

    def _count_recovery(self, record: VideoRecord, now: datetime) -> VideoRecord:
        """Count before acting, so that a crash afterwards cannot loop."""
        pause = min(self.queue_timeout * 2**record.recoveries, MAX_PAUSE)
        logger.warning("recovering", extra={"video_id": record.video_id, "state": record.state})
        return self.ledger.save(record.changed(now, due_at=now + pause, recoveries=record.recoveries + 1))

    def _replay_event(self, record: VideoRecord, status: str, job: JobStatus | None = None) -> None:
        """Invoke completion with the event that was lost."""
        self.completion.invoke(
            JobEvent(
                status=status,
                job_id=record.require_job().job_id,
                video_id=record.video_id,
                stack=self.stack,
                attempt=record.attempt,
                error_code=job.error_code if job else None,
                error_message=job.error_message if job else None,
            )
        )

    def _give_up(self, record: VideoRecord, now: datetime) -> None:
        error = PermanentError(
            "gave_up",
            "The pipeline tried several times and could not finish the video; an operator needs to look into it.",
            f"state {record.state} after {record.recoveries} recoveries; last problem {record.problem}",
        )
        save_outcome(self.ledger, self.metrics, outcome_of(record, error, now))

    def _enqueue(self, record: VideoRecord) -> None:
        self.queue.send(TransferMessage(video_id=record.video_id, attempt=record.attempt))
