"""completion-handler: prove what MediaConvert made, deliver it or correct it once, or refuse it."""

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
from vcp.domain.planning.planner import Correction, plan
from vcp.domain.reporting.receipt import receipt
from vcp.domain.reporting.rejections import encoder_gave_up, not_delivered
from vcp.domain.text.names import download_name
from vcp.domain.verification.measurements import Measurements
from vcp.domain.verification.per_frame_metrics import summary_of
from vcp.domain.verification.verdict import Verdict
from vcp.domain.verification.verify import verify
from vcp.domain.video.record import Problem, Result, VideoRecord
from vcp.domain.video.states import FINAL, State
from vcp.ports.clock import Clock
from vcp.ports.ledger import Lease, Ledger, Progress
from vcp.ports.media import Probe
from vcp.ports.metrics import Metrics
from vcp.ports.storage import ByteRanges, ObjectStore
from vcp.services.job_submission import Submission, under_way
from vcp.services.outcomes import save_outcome, worker_outcome
from vcp.wire.object_keys import incoming_start, receipt_key, result_key, staging_base, staging_start

logger = Logger(child=True)

#: MediaConvert error codes that may pass (user guide, "Error codes": 1550, 1999); the same job is tried once more.
PASSING_CODES = frozenset({1550, 1999})


class Completion(Struct, frozen=True):
    """Handles MediaConvert's job events, in whatever order and however often they come."""

    ledger: Ledger
    temp: ObjectStore
    compressed: ObjectStore
    probe: Probe
    fast_start: Callable[[ByteRanges], bool | None]
    submission: Submission
    tables: EncoderTables
    clock: Clock
    metrics: Metrics
    stack: str
    lease: timedelta

    def handle(self, event: JobEvent, owner: str) -> None:
        """Bring the video one step further.

        Raises `RetryableError` (a passing fault, or an event that is faster than the ledger): the caller's retries
        and the reconciler come again. Events of other stacks, older jobs and finished videos change nothing.
        """
        if event.stack != self.stack or event.video_id is None:
            logger.warning("not a job of this stack", extra={"job_id": event.job_id, "stack": event.stack})
            return
        if event.status in ("PROGRESSING", "STATUS_UPDATE"):
            self._watch(event.video_id, event)
            return
        if event.status not in ("COMPLETE", "ERROR", "CANCELED"):
            logger.info("noted", extra={"video_id": event.video_id, "status": event.status})
            return
        seen = self._current(event)
        if seen is None:
            return
        with ExitStack() as stack:
            try:
                lease = stack.enter_context(
                    self.ledger.lease(event.video_id, event.attempt, owner, self.lease.total_seconds())
                )
            except LeaseHeldError:
                if seen.state is not State.VERIFYING:
                    raise  # perhaps the worker that submitted the job: it is about to let go
                logger.info("another worker proves it; the reconciler sees if it dies")
                return
            record = self._current(event)
            if record is not None:
                self._settle(record, event, lease)

    def _watch(self, video_id: str, event: JobEvent) -> None:
        """Progress for people, unless the video has moved on: events come in any order."""
        record = self.ledger.get(video_id)
        if record is None or record.state is not State.TRANSCODING:
            return
        if record.job is not None and record.job.job_id == event.job_id:
            self.ledger.put_progress(
                video_id, Progress("transcoding", event.percent or 0, self.clock.now(), f"job {event.job_id}")
            )

    def _current(self, event: JobEvent) -> VideoRecord | None:
        """The record, if this event is about the job it is waiting for."""
        assert event.video_id is not None
        record = self.ledger.get(event.video_id)
        if record is None:
            raise RetryableError("unknown_video", "The ledger does not know this video.", event.video_id)
        job_id = record.job.job_id if record.job else None
        if record.attempt != event.attempt or record.state in FINAL:
            logger.info("nothing to do", extra={"video_id": record.video_id, "state": record.state})
            return None
        if job_id != event.job_id and under_way(record):
            # The event was faster than the worker that writes the job down.
            raise RetryableError("not_yet_transcoding", "The job is not in the ledger yet.", event.job_id)
        if job_id != event.job_id or record.state not in (State.TRANSCODING, State.VERIFYING):
            logger.info("an older job", extra={"video_id": record.video_id, "job_id": event.job_id})
            return None
        return record

    def _settle(self, record: VideoRecord, event: JobEvent, lease: Lease) -> None:
        try:
            if event.status == "COMPLETE":
                self._verify(record, lease)
            elif event.status == "CANCELED":
                self._cancelled(record)
            else:
                self._failed(record, event, lease)
        except (PermanentError, WaitUntilError) as error:
            self._end(worker_outcome(self.ledger, lease, record, error, self.clock.now()))

    def _cancelled(self, record: VideoRecord) -> None:
        problem = Problem(code="job_cancelled", sentence="The compression was cancelled.")
        self._end(record.moved(State.CANCELLED, self.clock.now(), problem=problem))

    def _failed(self, record: VideoRecord, event: JobEvent, lease: Lease) -> None:
        assert record.job is not None
        if event.error_code in PASSING_CODES and record.job.submission == 1 and record.plan is not None:
            logger.warning("the service failed; once more", extra={"video_id": record.video_id})
            self.submission.submit(record, record.plan, lease, submission=2)
            return
        raise encoder_gave_up(event.error_code, f"job {event.job_id}: {event.error_code} {event.error_message}")

    def _verify(self, record: VideoRecord, lease: Lease) -> None:
        assert record.plan is not None
        assert record.job is not None
        if record.plan.revision > record.job.revision:
            # A worker died between deciding for the corrective plan and writing its job down.
            self.submission.submit(record, record.plan, lease)
            return
        now = self.clock.now()
        if record.state is State.TRANSCODING:
            record = self.ledger.save(record.moved(State.VERIFYING, now, due_at=now + self.lease))
        self.ledger.put_progress(record.video_id, Progress("verifying", 0, now))
        measured = self._measure(record)
        assert record.plan is not None
        assert record.source_facts is not None
        verdict = verify(record.plan, record.source_facts, measured, record.contract)
        lease.check()
        if verdict.passed:
            self._deliver(record, verdict, measured)
        elif record.plan.revision == 1:
            self._correct(record, verdict, measured, lease)
        else:
            self._refuse(record, verdict, measured)

    def _measure(self, record: VideoRecord) -> Measurements:
        key = _staged_key(record)
        staged = self.temp.head(key)
        if staged is None:
            raise PermanentError(
                "output_missing", "The compressed file is not where the encoder should have put it.", key
            )
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

    def _deliver(self, record: VideoRecord, verdict: Verdict, measured: Measurements) -> None:
        staged = _staged_key(record)
        key = result_key(record.video_id, record.attempt)
        stored = self.compressed.copy_from(
            self.temp.bucket, staged, key, download_name=download_name(record.source.name), content_type="video/mp4"
        )
        if stored.size_bytes != measured.size_bytes:
            raise RetryableError("copy_differs", "The result arrived damaged; it is moved again.", key)
        result = Result(
            key=key,
            size_bytes=stored.size_bytes,
            crc64nvme=stored.crc64nvme,
            receipt_key=receipt_key(record.video_id, record.attempt),
            facts=measured.facts,
            vmaf_mean=measured.vmaf_mean,
            vmaf_min=measured.vmaf_min,
        )
        assert record.plan is not None
        cost = price.estimate(record.plan, measured.facts, self.tables, record.source.size_bytes)
        done = record.moved(
            State.COMPLETED,
            self.clock.now(),
            verdict=verdict,
            result=result,
            cost_usd=cost.usd,
        )
        self.compressed.put_json(result.receipt_key, receipt(done, cost))
        self._end(done)

    def _correct(self, record: VideoRecord, verdict: Verdict, measured: Measurements, lease: Lease) -> None:
        """The one corrective plan. What a tighter budget cannot mend is refused at once."""
        assert record.source_facts is not None
        correction = Correction(
            measured_bytes=measured.size_bytes, failed_checks=tuple(check.name for check in verdict.failures)
        )
        if not correction.may_help:
            self._refuse(record, verdict, measured)
            return
        second = plan(
            record.source_facts,
            record.source.size_bytes or 0,
            record.contract,
            self.tables,
            revision=2,
            correction=correction,
        )
        logger.warning(
            "correcting", extra={"video_id": record.video_id, "failed": [check.name for check in verdict.failures]}
        )
        self.submission.submit(record.changed(self.clock.now(), verdict=verdict), second, lease)

    def _refuse(self, record: VideoRecord, verdict: Verdict, measured: Measurements) -> None:
        self.ledger.save(record.changed(self.clock.now(), verdict=verdict))
        assert record.plan is not None
        raise not_delivered(verdict, measured, record.plan.expected_duration_seconds)

    def _end(self, record: VideoRecord) -> None:
        """Write the end down first, then tidy: what is left behind by a crash here expires with the temp bucket."""
        saved = save_outcome(self.ledger, self.metrics, record)
        if saved.state is State.COMPLETED:
            self.temp.delete_prefix(staging_start(saved.video_id, saved.attempt))
            self.temp.delete_prefix(incoming_start(saved.video_id, saved.attempt))


def _staged_key(record: VideoRecord) -> str:
    revision = record.job.revision if record.job else 1
    return f"{staging_base(record.video_id, record.attempt, revision)}.mp4"
