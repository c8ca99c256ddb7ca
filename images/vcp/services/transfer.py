"""Probe and plan a video, copy it from Drive to the temp bucket, verify the copy and submit the job."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger
from msgspec import Struct

from vcp.domain.errors import LeaseHeldError, PermanentError, Rejection, RetryableError, WaitUntilError
from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning import price
from vcp.domain.planning.planner import plan
from vcp.domain.source.supported_inputs import check_input
from vcp.domain.video.record import Problem, SourceFile, StoredSource, Upload, VideoRecord
from vcp.domain.video.states import State
from vcp.ports.clock import Clock
from vcp.ports.drive import SourceDrive
from vcp.ports.ledger import Lease, Ledger, Progress
from vcp.ports.media import Probe
from vcp.ports.metrics import Metrics
from vcp.ports.storage import ObjectStore, Part
from vcp.services.copying import CopyResult, PartCopier, part_size, whole_md5
from vcp.services.job_submission import JobSubmission
from vcp.services.outcomes import save_outcome, worker_outcome
from vcp.wire import metrics as metric_names
from vcp.wire.messages import TransferMessage
from vcp.wire.object_keys import incoming_key

logger = Logger(child=True)

_BROKEN_COPY = "The copy of the video is damaged; it will be copied again."
#: Two readings of one file differ by rounding only.
_SAME_DURATION_SECONDS = 0.05
#: Drive serves the newest version only: an older one cannot be copied any more.
_SUPERSEDED = Problem(
    code="superseded",
    sentence="A newer version of this file replaced it; see the row of the new version.",
)


class TransferLimits(Struct, frozen=True):
    """Part sizes of the copy and time limits of the worker; see `TransferSettings`."""

    part_bytes: int
    parallel_parts: int
    lease: timedelta
    handover_margin: timedelta


class Transfer(Struct, frozen=True):
    """Move a video from QUEUED to TRANSCODING."""

    ledger: Ledger
    drive: SourceDrive
    temp: ObjectStore
    probe: Probe
    submission: JobSubmission
    tables: EncoderTables
    clock: Clock
    metrics: Metrics
    limits: TransferLimits

    def process(self, message: TransferMessage, owner: str, time_left: Callable[[], timedelta]) -> None:
        """Process one message of the transfer queue; do nothing if it is done or another worker is processing it.

        `owner` identifies this worker in the lease. What a retry cannot fix ends the video in the ledger and raises
        nothing. Raises `HandOver` when the time runs out (the work so far is stored) and `RetryableError`, a lost
        lease included, for the queue to deliver the message again.
        """
        # Read before the lease: a message that needs nothing must not keep another worker from the video.
        if self._record_of(message) is None:
            return
        with ExitStack() as stack:
            try:
                lease = stack.enter_context(
                    self.ledger.lease(message.video_id, message.attempt, owner, self.limits.lease.total_seconds())
                )
            except LeaseHeldError:
                logger.info("another worker holds the lease; the reconciler recovers it", extra={"owner": owner})
                return
            # Read again: another worker may have changed it before the lease.
            record = self._record_of(message)
            if record is not None:
                self._transfer(record, _Worker(lease, time_left, self.limits.handover_margin))

    def _record_of(self, message: TransferMessage) -> VideoRecord | None:
        """Return the record if the message's work is not done."""
        record = self.ledger.get(message.video_id)
        if record is None:
            raise RetryableError("unknown_video", "The ledger does not know this video.", message.video_id)
        if record.attempt == message.attempt and record.state in (State.QUEUED, State.TRANSFERRING):
            return record
        logger.info("nothing to do", extra={"video_id": record.video_id, "state": record.state})
        return None

    def _transfer(self, record: VideoRecord, worker: _Worker) -> None:
        now = self.clock.now()
        if record.superseded_by is not None:
            self._abort_upload(record, worker)
            save_outcome(self.ledger, self.metrics, record.moved(State.CANCELLED, now, problem=_SUPERSEDED))
            return
        if record.state is State.QUEUED:
            record = self.ledger.save(record.moved(State.TRANSFERRING, now, due_at=self._due()))
        else:
            # This write also fences off the previous worker, if it was only suspended: its next write is stale.
            record = self.ledger.save(record.changed(now, due_at=self._due()))
        try:
            record = self._plan(record)
            record = self._copy(record, worker)
            self.submission.submit(record, record.require_plan(), worker.lease)
        except (PermanentError, WaitUntilError) as error:
            outcome = worker_outcome(self.ledger, worker.lease, record, error, self.clock.now())
            save_outcome(self.ledger, self.metrics, outcome)

    def _due(self) -> datetime:
        return self.clock.now() + self.limits.lease

    def _plan(self, record: VideoRecord) -> VideoRecord:
        """Probe the source in Drive, before any byte is copied, and plan."""
        self.drive.check_version(record.source)
        if record.plan is not None and record.source_facts is not None:
            return record
        self._report(record, "probing", 0)
        size_bytes = _size(record.source)
        facts = record.source_facts or self.probe.facts(self.drive.ranges(record.source), record.source.name)
        planned = plan(facts, size_bytes, record.contract, self.tables)
        cost = price.estimate(planned, facts, self.tables, size_bytes)
        return self.ledger.save(
            record.changed(
                self.clock.now(),
                due_at=self._due(),
                source_facts=facts,
                plan=planned,
                cost_estimate_usd=cost.usd,
                times={**record.times, "planned": self.clock.now()},
            )
        )

    def _copy(self, record: VideoRecord, worker: _Worker) -> VideoRecord:
        if record.stored is not None and self.temp.head(record.stored.key) is not None:
            return record
        started = self.clock.now()
        record, parts = self._open_upload(record)
        try:
            copied = CopyResult((), None) if parts is None else self._copy_parts(record, parts, worker)
            self.drive.check_version(record.source)
        except PermanentError:
            self._abort_upload(record, worker)
            raise
        stored = self._complete_upload(record, copied, worker)
        self._verify_copy(record, stored, worker)
        self.metrics.count(metric_names.BYTES_TRANSFERRED, stored.size_bytes, "Bytes")
        self.metrics.count(metric_names.SECONDS_TRANSFERRED, (self.clock.now() - started).total_seconds(), "Seconds")
        return self.ledger.save(
            record.changed(
                self.clock.now(),
                due_at=self._due(),
                stored=stored,
                upload=None,
                times={**record.times, "stored": self.clock.now()},
            )
        )

    def _copy_parts(self, record: VideoRecord, stored: list[Part], worker: _Worker) -> CopyResult:
        upload = record.require_upload()
        return PartCopier(
            source=self.drive.ranges(record.source),
            store=self.temp,
            key=upload.key,
            upload_id=upload.upload_id,
            part_bytes=upload.part_bytes,
            parallel=self.limits.parallel_parts,
            on_progress=self._progress_reporter(record),
            should_stop=worker.must_stop,
        ).copy(stored)

    def _open_upload(self, record: VideoRecord) -> tuple[VideoRecord, list[Part] | None]:
        """Return the record with its upload, and the parts that are stored.

        The parts are None if the upload was completed by a worker that died before it recorded that.
        """
        if record.upload is not None:
            try:
                return record, self.temp.list_parts(record.upload.key, record.upload.upload_id)
            except LookupError:
                if self.temp.head(record.upload.key) is not None:
                    return record, None
                logger.info("the upload is gone; starting again", extra={"video_id": record.video_id})
        key = incoming_key(record.video_id, record.attempt, self._extension(record))
        upload_id = self.temp.start_upload(
            key, record.source.mime_type or "application/octet-stream", {"video-id": record.video_id}
        )
        upload = Upload(
            key=key, upload_id=upload_id, part_bytes=part_size(_size(record.source), self.limits.part_bytes)
        )
        return self.ledger.save(record.changed(self.clock.now(), due_at=self._due(), upload=upload)), []

    def _extension(self, record: VideoRecord) -> str:
        """Return the extension of the container, whatever the file's name says."""
        return check_input(record.require_facts(), self.tables.inputs).extension

    def _complete_upload(self, record: VideoRecord, copied: CopyResult, worker: _Worker) -> StoredSource:
        """Complete the upload and compare size and MD5 with Drive's. Without parts the object exists already."""
        upload = record.require_upload()
        key = upload.key
        size = _size(record.source)
        if copied.parts:
            stored = self.temp.complete_upload(key, upload.upload_id, copied.parts, size)
        else:
            found = self.temp.head(key)
            if found is None:
                raise RetryableError("copy_vanished", _BROKEN_COPY, key)
            stored = found
        md5 = copied.md5 or whole_md5(self.temp.ranges(key), worker.must_stop)
        matches = None if record.source.md5 is None else md5 == record.source.md5
        if stored.size_bytes != size or matches is False:
            self._discard_copy(record, key, worker)
            raise RetryableError("checksum_mismatch", _BROKEN_COPY, f"md5 {md5}, Drive says {record.source.md5}")
        return StoredSource(
            key=key, size_bytes=size, crc64nvme=stored.crc64nvme or "", md5=md5, md5_matches_drive=matches
        )

    def _verify_copy(self, record: VideoRecord, stored: StoredSource, worker: _Worker) -> None:
        """Check that the copy probes like the source."""
        facts = self.probe.facts(self.temp.ranges(stored.key), record.source.name)
        if record.source_facts is not None and _same_media(record.source_facts, facts):
            return
        detail = f"{record.source_facts} != {facts}"
        if stored.md5_matches_drive:
            # The bytes are right: another copy would be the same.
            raise PermanentError(
                "copy_reads_differently",
                "The copy does not match the source although its checksum does; an operator needs to look into it.",
                detail,
            )
        self._discard_copy(record, stored.key, worker)
        raise RetryableError("copy_differs", _BROKEN_COPY, detail)

    def _discard_copy(self, record: VideoRecord, key: str, worker: _Worker) -> None:
        """Delete a damaged copy so that the next try starts again; never another worker's copy."""
        worker.lease.check()
        self.ledger.save(record.changed(self.clock.now(), due_at=self._due(), upload=None))
        self.temp.delete_prefix(key)

    def _abort_upload(self, record: VideoRecord, worker: _Worker) -> None:
        """Delete the parts of a video that ends here: they would be charged until the lifecycle rule removes them."""
        if record.upload is not None:
            worker.lease.check()
            self.temp.abort_upload(record.upload.key, record.upload.upload_id)

    def _report(self, record: VideoRecord, stage: str, percent: float, detail: str = "") -> None:
        self.ledger.put_progress(record.video_id, Progress(stage, percent, self.clock.now(), detail))

    def _progress_reporter(self, record: VideoRecord) -> Callable[[int], None]:
        total = _size(record.source)

        def report(copied_bytes: int) -> None:
            self._report(
                record, "transferring", 100 * copied_bytes / total, f"{copied_bytes / 1e6:.0f} of {total / 1e6:.0f} MB"
            )

        return report


class _Worker(Struct, frozen=True):
    """What limits one worker: its lease and its time."""

    lease: Lease
    time_left: Callable[[], timedelta]
    margin: timedelta

    def must_stop(self) -> bool:
        """Whether to hand over now. Raises `LeaseHeldError` when the lease was lost."""
        self.lease.check()
        return self.time_left() < self.margin


def _size(source: SourceFile) -> int:
    if not source.size_bytes:
        raise Rejection("size_unknown", f'Google Drive does not report the size of "{source.name}"; upload it again.')
    return source.size_bytes


def _same_media(one: MediaFacts, other: MediaFacts) -> bool:
    return (
        abs(one.duration_seconds - other.duration_seconds) <= _SAME_DURATION_SECONDS
        and [(t.codec, t.width, t.height) for t in one.video] == [(t.codec, t.width, t.height) for t in other.video]
        and [(t.codec, t.channels, t.language) for t in one.audio]
        == [(t.codec, t.channels, t.language) for t in other.audio]
    )
