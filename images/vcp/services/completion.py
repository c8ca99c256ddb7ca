"""Handle MediaConvert job events: verify the output, then publish it, correct the plan once, or reject the video."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

from aws_lambda_powertools import Logger
from msgspec import Struct

from vcp.domain.errors import LeaseHeldError, PermanentError, RetryableError, WaitUntilError
from vcp.domain.mediaconvert.job_event import JobEvent
from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.planning import price
from vcp.domain.planning.planner import plan
from vcp.domain.reporting.receipt import receipt
from vcp.domain.reporting.rejections import failed_job, failed_verdict
from vcp.domain.text.file_names import download_name
from vcp.domain.verification.measurements import Measurements
from vcp.domain.verification.per_frame_metrics import summary_of
from vcp.domain.verification.verdict import Verdict
from vcp.domain.verification.verify import correction_for, verify
from vcp.domain.video.record import Problem, Result, VideoRecord
from vcp.domain.video.states import FINAL, State
from vcp.ports.clock import Clock
from vcp.ports.ledger import Lease, Ledger, Progress
from vcp.ports.media import Probe
from vcp.ports.metrics import Metrics
from vcp.ports.storage import ByteRanges, ObjectStore
from vcp.services.job_submission import JobSubmission
from vcp.services.outcomes import save_outcome, worker_outcome
from vcp.wire.object_keys import incoming_start, receipt_key, result_key, staging_base, staging_start

logger = Logger(child=True)

#: Transient MediaConvert error codes (user guide, "Error codes"): the same plan is submitted once more.
TRANSIENT_CODES = frozenset({1550, 1999})


class Completion(Struct, frozen=True):
    """Handle job events in any order and any number."""

    ledger: Ledger
    temp: ObjectStore
    compressed: ObjectStore
    probe: Probe
    fast_start: Callable[[ByteRanges], bool | None]
    submission: JobSubmission
    tables: EncoderTables
    clock: Clock
    metrics: Metrics
    stack: str
    lease: timedelta

    def handle(self, event: JobEvent, owner: str) -> None:
        """Handle one event. Events of other stacks, of older jobs and of finished videos change nothing.

        `owner` identifies this worker in the lease. Raises `RetryableError` for a transient fault and for an event
        that arrives before its job is recorded: Lambda and the reconciler retry it.
        """
        if event.stack != self.stack or event.video_id is None:
            logger.warning("not a job of this stack", extra={"job_id": event.job_id, "stack": event.stack})
        elif event.status in ("PROGRESSING", "STATUS_UPDATE"):
            self._record_progress(event.video_id, event)
        elif event.status in ("COMPLETE", "ERROR", "CANCELED"):
            self._process(event.video_id, event, owner)
        else:
            logger.info("no action", extra={"video_id": event.video_id, "status": event.status})

    def _record_progress(self, video_id: str, event: JobEvent) -> None:
        """Record the job's progress, unless the video has moved on."""
        record = self.ledger.get(video_id)
        if record is None or record.state is not State.TRANSCODING:
            return
        if record.job is not None and record.job.job_id == event.job_id:
            self.ledger.put_progress(
                video_id, Progress("transcoding", event.percent or 0, self.clock.now(), f"job {event.job_id}")
            )

    def _process(self, video_id: str, event: JobEvent, owner: str) -> None:
        # Read before the lease: an event that needs nothing must not keep another worker from the video.
        seen = self._awaiting(video_id, event)
        if seen is None:
            return
        with ExitStack() as stack:
            try:
                lease = stack.enter_context(
                    self.ledger.lease(video_id, event.attempt, owner, self.lease.total_seconds())
                )
            except LeaseHeldError:
                if seen.state is not State.VERIFYING:
                    raise  # perhaps the worker that submitted the job: it is about to release the lease
                logger.info("another worker verifies it; the reconciler recovers it", extra={"video_id": video_id})
                return
            # Read again: another worker may have changed it before the lease.
            record = self._awaiting(video_id, event)
            if record is None:
                return
            try:
                self._act(record, event, lease)
            except (PermanentError, WaitUntilError) as error:
                self._finish(worker_outcome(self.ledger, lease, record, error, self.clock.now()))

    def _awaiting(self, video_id: str, event: JobEvent) -> VideoRecord | None:
        """Return the record if it waits for this event's job."""
        record = self.ledger.get(video_id)
        if record is None:
            raise RetryableError("unknown_video", "The ledger does not know this video.", video_id)
        job_id = record.job.job_id if record.job else None
        if record.attempt != event.attempt or record.state in FINAL:
            logger.info("nothing to do", extra={"video_id": record.video_id, "state": record.state})
            return None
        if job_id != event.job_id and record.pending_job is not None:
            raise RetryableError("not_yet_transcoding", "The job is not recorded in the ledger yet.", event.job_id)
        if job_id != event.job_id or record.state not in (State.TRANSCODING, State.VERIFYING):
            logger.info("event of an older job", extra={"video_id": record.video_id, "job_id": event.job_id})
            return None
        return record

    def _act(self, record: VideoRecord, event: JobEvent, lease: Lease) -> None:
        if event.status == "COMPLETE":
            self._verify(record, lease)
        elif event.status == "CANCELED":
            problem = Problem(code="job_cancelled", sentence="The compression was cancelled.")
            self._finish(record.moved(State.CANCELLED, self.clock.now(), problem=problem))
        elif event.error_code in TRANSIENT_CODES and record.require_job().submission == 1:
            logger.warning("the service failed; submitting again", extra={"video_id": record.video_id})
            self.submission.submit(record, record.require_plan(), lease, submission=2)
        else:
            raise failed_job(event.error_code, f"job {event.job_id}: {event.error_code} {event.error_message}")

    def _verify(self, record: VideoRecord, lease: Lease) -> None:
        planned = record.require_plan()
        if planned.revision > record.require_job().revision:
            # A worker died between storing the corrective plan and recording its job.
            self.submission.submit(record, planned, lease)
            return
        now = self.clock.now()
        if record.state is State.TRANSCODING:
            record = self.ledger.save(record.moved(State.VERIFYING, now, due_at=now + self.lease))
        self.ledger.put_progress(record.video_id, Progress("verifying", 0, now))
        measured = self._measure(record)
        verdict = verify(planned, record.require_facts(), measured, record.contract)
        lease.check()
        if verdict.passed:
            self._publish(record, verdict, measured)
        elif planned.revision == 1:
            self._correct(record, verdict, measured, lease)
        else:
            self._reject(record, verdict, measured)

    def _measure(self, record: VideoRecord) -> Measurements:
        key = _staged_key(record)
        staged = self.temp.head(key)
        if staged is None:
            raise PermanentError("output_missing", "The encoder did not write the compressed file.", key)
        ranges = self.temp.ranges(key)
        facts = self.probe.facts(ranges, record.source.name)
        csv = self.temp.get_text(f"{key.removesuffix('.mp4')}_VMAF.csv")
        vmaf = summary_of(csv) if csv else None
        return Measurements(
            facts=facts,
            size_bytes=staged.size_bytes,
            fast_start=self.fast_start(ranges),
            vmaf_mean=vmaf.mean if vmaf else None,
            vmaf_min=vmaf.minimum if vmaf else None,
        )

    def _publish(self, record: VideoRecord, verdict: Verdict, measured: Measurements) -> None:
        key = result_key(record.video_id, record.attempt)
        stored = self.compressed.copy_from(
            self.temp.bucket,
            _staged_key(record),
            key,
            download_name=download_name(record.source.name),
            content_type="video/mp4",
        )
        if stored.size_bytes != measured.size_bytes:
            raise RetryableError("copy_differs", "The published copy is damaged; it is copied again.", key)
        result = Result(
            key=key,
            size_bytes=stored.size_bytes,
            crc64nvme=stored.crc64nvme,
            receipt_key=receipt_key(record.video_id, record.attempt),
            facts=measured.facts,
            vmaf_mean=measured.vmaf_mean,
            vmaf_min=measured.vmaf_min,
        )
        cost = price.estimate(record.require_plan(), measured.facts, self.tables, record.source.size_bytes)
        done = record.moved(State.COMPLETED, self.clock.now(), verdict=verdict, result=result, cost_usd=cost.usd)
        self.compressed.put_json(result.receipt_key, receipt(done, cost))
        self._finish(done)

    def _correct(self, record: VideoRecord, verdict: Verdict, measured: Measurements, lease: Lease) -> None:
        """Submit the one corrective plan, or reject what a tighter budget cannot fix."""
        correction = correction_for(verdict, measured.size_bytes)
        if correction is None:
            self._reject(record, verdict, measured)
            return
        second = plan(
            record.require_facts(),
            record.source.size_bytes or 0,
            record.contract,
            self.tables,
            correction,
        )
        failed = [check.name for check in verdict.failures]
        logger.warning("submitting a corrective plan", extra={"video_id": record.video_id, "failed": failed})
        self.submission.submit(record.changed(self.clock.now(), verdict=verdict), second, lease)

    def _reject(self, record: VideoRecord, verdict: Verdict, measured: Measurements) -> None:
        self.ledger.save(record.changed(self.clock.now(), verdict=verdict))
        raise failed_verdict(verdict, measured, record.require_plan().expected_duration_seconds)

    def _finish(self, record: VideoRecord) -> None:
        """Save the outcome, then delete temporary objects: what a crash leaves expires with the temp bucket."""
        saved = save_outcome(self.ledger, self.metrics, record)
        if saved.state is State.COMPLETED:
            self.temp.delete_prefix(staging_start(saved.video_id, saved.attempt))
            self.temp.delete_prefix(incoming_start(saved.video_id, saved.attempt))


def _staged_key(record: VideoRecord) -> str:
    revision = record.job.revision if record.job else 1
    return f"{staging_base(record.video_id, record.attempt, revision)}.mp4"
