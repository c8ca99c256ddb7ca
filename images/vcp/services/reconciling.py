"""reconciler: take up what events, messages or workers have lost. Runs on a schedule; changes nothing that moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger

from vcp.domain.errors import PermanentError, StaleRecordError
from vcp.domain.job_event import completion_event
from vcp.domain.record import VideoRecord
from vcp.domain.states import State
from vcp.interface import metrics as metric_names
from vcp.interface.messages import TransferMessage
from vcp.ports import Clock, CompletionInvoker, JobStatus, JobStatuses, Ledger, Metrics, TransferQueue
from vcp.services.endings import ended

logger = Logger(child=True)

#: An attempt that was taken up this often without an end is given up, so that nothing loops for ever.
MAX_RECOVERIES = 10


@dataclass(frozen=True)
class Reconciling:
    """Looks at active videos whose time is due and that nobody holds a lease of."""

    ledger: Ledger
    queue: TransferQueue
    transcoder: JobStatuses
    completion: CompletionInvoker
    clock: Clock
    metrics: Metrics
    stack: str
    queue_patience: timedelta
    transcode_patience: timedelta

    def tick(self) -> dict[str, int]:
        """Look at everything that is due once; how many were taken up, by the state they were found in."""
        counts: dict[str, int] = {}
        for record in self.ledger.due(self.clock.now()):
            if self.ledger.lease_holder(record.video_id) is not None:
                continue
            try:
                taken = self._take_up(record)
            except StaleRecordError:
                continue  # it moved by itself just now
            if taken:
                counts[str(record.state)] = counts.get(str(record.state), 0) + 1
        if counts:
            self.metrics.count(metric_names.RECONCILED, sum(counts.values()))
        logger.info("reconciled", extra={"counts": counts})
        return counts

    def _take_up(self, record: VideoRecord) -> bool:
        now = self.clock.now()
        if record.state is State.WAITING:
            self._enqueue(self.ledger.save(record.moved(State.QUEUED, now, due_at=now + self.queue_patience)))
            return True
        if record.state is State.TRANSCODING:
            return self._ask_for_job(record, now)
        if record.recoveries >= MAX_RECOVERIES:
            self._give_up(record, now)
            return True
        due = now + self.queue_patience
        record = self.ledger.save(record.changed(now, due_at=due, recoveries=record.recoveries + 1))
        logger.warning("taken up", extra={"video_id": record.video_id, "state": record.state})
        if record.state is State.VERIFYING:
            self._complete(record, "COMPLETE")
        else:
            self._enqueue(record)
        return True

    def _ask_for_job(self, record: VideoRecord, now: datetime) -> bool:
        if record.job is None:
            self._give_up(record, now)
            return True
        status = self.transcoder.status(record.job.job_id)
        if status.status in ("SUBMITTED", "PROGRESSING"):
            self.ledger.save(record.changed(now, due_at=now + self.transcode_patience))
            return False
        if record.recoveries >= MAX_RECOVERIES:
            self._give_up(record, now)
            return True
        logger.warning("an event was lost", extra={"video_id": record.video_id, "job_id": status.job_id})
        record = self.ledger.save(
            record.changed(now, due_at=now + self.queue_patience, recoveries=record.recoveries + 1)
        )
        self._complete(record, status.status, status)
        return True

    def _complete(self, record: VideoRecord, status: str, job: JobStatus | None = None) -> None:
        assert record.job is not None
        self.completion.invoke(
            completion_event(
                record,
                self.stack,
                status,
                error_code=job.error_code if job else None,
                error_message=job.error_message if job else None,
            )
        )

    def _give_up(self, record: VideoRecord, now: datetime) -> None:
        error = PermanentError(
            "gave_up",
            "The video could not be brought to an end although it was taken up again and again; a person has to look.",
            f"state {record.state} after {record.recoveries} recoveries; last problem {record.problem}",
        )
        self.ledger.save(ended(record, error, now))

    def _enqueue(self, record: VideoRecord) -> None:
        self.queue.send(TransferMessage(video_id=record.video_id, attempt=record.attempt))
