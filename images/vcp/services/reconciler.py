"""reconciler: take up what events, messages or workers have lost. Runs on a schedule; changes nothing that moves."""

from __future__ import annotations

from datetime import datetime, timedelta

from aws_lambda_powertools import Logger
from msgspec import Struct

from vcp.domain.errors import PermanentError, StaleRecordError, VcpError
from vcp.domain.mediaconvert.job_event import completion_event
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State
from vcp.ports.clock import Clock
from vcp.ports.ledger import Ledger
from vcp.ports.messaging import CompletionInvoker, TransferQueue
from vcp.ports.metrics import Metrics
from vcp.ports.transcoding import JobStatus, JobStatuses
from vcp.services.outcomes import ended, save_outcome
from vcp.wire import metrics as metric_names
from vcp.wire.messages import TransferMessage

logger = Logger(child=True)

#: An attempt that was taken up this often without an end is given up, so that nothing loops for ever. The pauses in
#: between double: a service may be down for two days before it costs a video.
MAX_RECOVERIES = 10
MAX_PAUSE = timedelta(hours=12)
#: A video that only waits for its turn behind many others is no fault and counts none; but not for ever either. Longer
#: than any message lives (SQS keeps one for 14 days at most).
MAX_QUEUED = timedelta(days=15)
#: Those whose worker lives stay due all the while, and must not hide the others.
MAX_BATCH = 1000


class Reconciler(Struct, frozen=True):
    """Looks at active videos whose time is due and that nobody holds a lease of."""

    ledger: Ledger
    queue: TransferQueue
    transcoder: JobStatuses
    completion: CompletionInvoker
    clock: Clock
    metrics: Metrics
    stack: str
    queue_timeout: timedelta
    transcode_timeout: timedelta

    def tick(self) -> dict[str, int]:
        """Look at everything that is due once; how many were taken up, by the state they were found in.

        What goes wrong with one video keeps no other waiting; the first such fault is raised when all were seen.
        """
        counts: dict[str, int] = {}
        faults: list[VcpError] = []
        for record in self.ledger.due(self.clock.now(), limit=MAX_BATCH):
            try:
                if self.ledger.lease_holder(record.video_id) is None and self._take_up(record):
                    counts[str(record.state)] = counts.get(str(record.state), 0) + 1
            except StaleRecordError:
                continue  # it moved by itself just now
            except VcpError as error:
                logger.warning("not taken up", extra={"video_id": record.video_id, "problem": str(error)})
                faults.append(error)
        if counts:
            self.metrics.count(metric_names.RECONCILED, sum(counts.values()))
        logger.info("reconciled", extra={"counts": counts, "faults": len(faults)})
        if faults:
            raise faults[0]
        return counts

    def _take_up(self, record: VideoRecord) -> bool:
        now = self.clock.now()
        match record.state:
            case State.QUEUED:
                self._send_again(record, now)
            case State.TRANSCODING:
                return self._ask_for_job(record, now)
            case _ if record.recoveries >= MAX_RECOVERIES:
                self._give_up(record, now)
            case State.WAITING:
                due = now + self.queue_timeout
                again = record.moved(State.QUEUED, now, due_at=due, recoveries=record.recoveries + 1)
                self._enqueue(self.ledger.save(again))
            case State.VERIFYING:
                self._complete(self._counted(record, now), "COMPLETE")
            case _:
                self._enqueue(self._counted(record, now))
        return True

    def _send_again(self, record: VideoRecord, now: datetime) -> None:
        """The message may be lost, or behind many others: each time as long again as it has waited already."""
        waited = now - record.times.get(str(State.QUEUED), record.created_at)
        if waited >= MAX_QUEUED:
            self._give_up(record, now)
            return
        pause = min(max(waited, self.queue_timeout), MAX_PAUSE)
        self._enqueue(self.ledger.save(record.changed(now, due_at=now + pause)))

    def _ask_for_job(self, record: VideoRecord, now: datetime) -> bool:
        if record.job is None:
            self._give_up(record, now)
            return True
        try:
            status = self.transcoder.status(record.job.job_id)
        except PermanentError:
            # Forgotten by the service, or we may not ask: neither passes by itself, and neither may block the others.
            if record.recoveries >= MAX_RECOVERIES:
                self._give_up(record, now)
                return True
            self._counted(record, now)
            raise
        if status.status in ("SUBMITTED", "PROGRESSING"):
            self.ledger.save(record.changed(now, due_at=now + self.transcode_timeout))
            return False
        if record.recoveries >= MAX_RECOVERIES:
            self._give_up(record, now)
            return True
        logger.warning("an event was lost", extra={"video_id": record.video_id, "job_id": status.job_id})
        self._complete(self._counted(record, now), status.status, status)
        return True

    def _counted(self, record: VideoRecord, now: datetime) -> VideoRecord:
        """Written down before anything is set going, so that a crash after it costs a count and no loop."""
        pause = min(self.queue_timeout * 2**record.recoveries, MAX_PAUSE)
        logger.warning("taken up", extra={"video_id": record.video_id, "state": record.state})
        return self.ledger.save(record.changed(now, due_at=now + pause, recoveries=record.recoveries + 1))

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
        save_outcome(self.ledger, self.metrics, ended(record, error, now))

    def _enqueue(self, record: VideoRecord) -> None:
        self.queue.send(TransferMessage(video_id=record.video_id, attempt=record.attempt))
