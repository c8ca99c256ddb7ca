"""video-transfer: probe the source, plan, copy Drive -> temp bucket, probe the copy, submit the job."""

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
from vcp.services.copying import Copied, PartCopier, part_size, whole_md5
from vcp.services.job_submission import Submission
from vcp.services.outcomes import save_outcome, worker_outcome
from vcp.wire import metrics as metric_names
from vcp.wire.messages import TransferMessage
from vcp.wire.object_keys import incoming_key

logger = Logger(child=True)

_BROKEN_COPY = "The copy of the video arrived damaged; it will be fetched again."
#: Durations of one file read twice differ by rounding at most.
_SAME_DURATION_SECONDS = 0.05
#: Drive gives the newest version only, so an older one can no longer be fetched.
_SUPERSEDED = Problem(
    code="superseded",
    sentence="A newer version of this file took its place; what became of that one stands in its own row.",
)


class TransferLimits(Struct, frozen=True):
    """How the copy is cut and how the worker is bounded; see `TransferSettings`."""

    part_bytes: int
    parallel_parts: int
    lease: timedelta
    handover_margin: timedelta


class Transfer(Struct, frozen=True):
    """Takes one message of the transfers queue from the ledger's QUEUED to TRANSCODING."""

    ledger: Ledger
    drive: SourceDrive
    temp: ObjectStore
    probe: Probe
    submission: Submission
    tables: EncoderTables
    clock: Clock
    metrics: Metrics
    limits: TransferLimits

    def work(self, message: TransferMessage, owner: str, time_left: Callable[[], timedelta]) -> None:
        """Do the message's work, or find that it is done.

        `owner` names this worker in the lease. Raises `HandOver` when `time_left` runs out (everything so far is
        safe), `RetryableError` for the queue to try again, a lease that was lost on the way included. What cannot
        be mended ends in the ledger, not in an error.
        """
        if self._workable(message) is None:
            return
        with ExitStack() as stack:
            try:
                lease = stack.enter_context(
                    self.ledger.lease(message.video_id, message.attempt, owner, self.limits.lease.total_seconds())
                )
            except LeaseHeldError:
                logger.info("another worker has it; the reconciler sees if it dies", extra={"owner": owner})
                return
            record = self._workable(message)
            if record is not None:
                self._transfer(record, _Turn(lease, time_left, self.limits.handover_margin))

    def _workable(self, message: TransferMessage) -> VideoRecord | None:
        record = self.ledger.get(message.video_id)
        if record is None:
            raise RetryableError("unknown_video", "The ledger does not know this video.", message.video_id)
        if record.attempt == message.attempt and record.state in (State.QUEUED, State.TRANSFERRING):
            return record
        logger.info("nothing to do", extra={"video_id": record.video_id, "state": record.state})
        return None

    def _transfer(self, record: VideoRecord, turn: _Turn) -> None:
        now = self.clock.now()
        if record.superseded_by is not None:
            self._give_up_upload(record, turn)
            save_outcome(self.ledger, self.metrics, record.moved(State.CANCELLED, now, problem=_SUPERSEDED))
            return
        if record.state is State.QUEUED:
            record = self.ledger.save(record.moved(State.TRANSFERRING, now, due_at=self._due()))
        else:
            # Also shuts out the worker before, should it only have been asleep: its next write is stale.
            record = self.ledger.save(record.changed(now, due_at=self._due()))
        try:
            record = self._planned(record)
            record = self._copied(record, turn)
            assert record.plan is not None
            self.submission.submit(record, record.plan, turn.lease)
        except (PermanentError, WaitUntilError) as error:
            end = worker_outcome(self.ledger, turn.lease, record, error, self.clock.now())
            save_outcome(self.ledger, self.metrics, end)

    def _due(self) -> datetime:
        return self.clock.now() + self.limits.lease

    def _planned(self, record: VideoRecord) -> VideoRecord:
        """Probe the source where it lies, before a byte is moved, and plan."""
        self.drive.check_version(record.source)
        if record.plan is not None and record.source_facts is not None:
            return record
        self._progress(record, "probing", 0)
        facts = record.source_facts or self.probe.facts(self.drive.ranges(record.source), record.source.name)
        made = plan(facts, _size(record.source), record.contract, self.tables)
        cost = price.estimate(made, facts, self.tables, _size(record.source))
        return self.ledger.save(
            record.changed(
                self.clock.now(),
                due_at=self._due(),
                source_facts=facts,
                plan=made,
                cost_estimate_usd=cost.usd,
                times={**record.times, "planned": self.clock.now()},
            )
        )

    def _copied(self, record: VideoRecord, turn: _Turn) -> VideoRecord:
        if record.stored is not None and self.temp.head(record.stored.key) is not None:
            return record
        started = self.clock.now()
        record, safe = self._upload(record)
        try:
            copied = Copied((), None) if safe is None else self._copy_parts(record, safe, turn)
            self.drive.check_version(record.source)
        except PermanentError:
            self._give_up_upload(record, turn)
            raise
        stored = self._completed(record, copied, turn)
        self._prove_copy(record, stored, turn)
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

    def _copy_parts(self, record: VideoRecord, safe: list[Part], turn: _Turn) -> Copied:
        assert record.upload is not None
        return PartCopier(
            source=self.drive.ranges(record.source),
            store=self.temp,
            key=record.upload.key,
            upload_id=record.upload.upload_id,
            part_bytes=record.upload.part_bytes,
            parallel=self.limits.parallel_parts,
            on_progress=self._reporter(record),
            should_stop=turn.is_over,
        ).copy(safe)

    def _upload(self, record: VideoRecord) -> tuple[VideoRecord, list[Part] | None]:
        """The upload to go on with and its safe parts; a new one where there is none any more.

        None for the parts when the upload is complete already: a worker died before it could write that down.
        """
        if record.upload is not None:
            try:
                return record, self.temp.list_parts(record.upload.key, record.upload.upload_id)
            except LookupError:
                if self.temp.head(record.upload.key) is not None:
                    return record, None
                logger.info("the upload is gone; starting anew", extra={"video_id": record.video_id})
        key = incoming_key(record.video_id, record.attempt, self._extension(record))
        upload_id = self.temp.start_upload(
            key, record.source.mime_type or "application/octet-stream", {"video-id": record.video_id}
        )
        upload = Upload(
            key=key, upload_id=upload_id, part_bytes=part_size(_size(record.source), self.limits.part_bytes)
        )
        return self.ledger.save(record.changed(self.clock.now(), due_at=self._due(), upload=upload)), []

    def _extension(self, record: VideoRecord) -> str:
        """Of what the file is, whatever its name says."""
        assert record.source_facts is not None
        return check_input(record.source_facts, self.tables.inputs).extension

    def _completed(self, record: VideoRecord, copied: Copied, turn: _Turn) -> StoredSource:
        """The object, whole and the same as in Drive. Without parts it is there already."""
        assert record.upload is not None
        key = record.upload.key
        size = _size(record.source)
        if copied.parts:
            stored = self.temp.complete_upload(key, record.upload.upload_id, copied.parts, size)
        else:
            found = self.temp.head(key)
            if found is None:
                raise RetryableError("copy_vanished", _BROKEN_COPY, key)
            stored = found
        md5 = copied.md5 or whole_md5(self.temp.ranges(key), turn.is_over)
        matches = None if record.source.md5 is None else md5 == record.source.md5
        if stored.size_bytes != size or matches is False:
            self._discard(record, key, turn)
            raise RetryableError("checksum_mismatch", _BROKEN_COPY, f"md5 {md5}, Drive says {record.source.md5}")
        return StoredSource(
            key=key, size_bytes=size, crc64nvme=stored.crc64nvme or "", md5=md5, md5_matches_drive=matches
        )

    def _prove_copy(self, record: VideoRecord, stored: StoredSource, turn: _Turn) -> None:
        """The stored object must read as the same media as the source did."""
        facts = self.probe.facts(self.temp.ranges(stored.key), record.source.name)
        if record.source_facts is not None and _same_media(record.source_facts, facts):
            return
        detail = f"{record.source_facts} != {facts}"
        if stored.md5_matches_drive:
            # The bytes are right: fetching them again would bring the same.
            raise PermanentError(
                "copy_reads_differently", "The video reads differently each time; an operator has to look.", detail
            )
        self._discard(record, stored.key, turn)
        raise RetryableError("copy_differs", _BROKEN_COPY, detail)

    def _discard(self, record: VideoRecord, key: str, turn: _Turn) -> None:
        """Throw a damaged copy away; the next try begins anew. Not another worker's copy."""
        turn.lease.check()
        self.ledger.save(record.changed(self.clock.now(), due_at=self._due(), upload=None))
        self.temp.delete_prefix(key)

    def _give_up_upload(self, record: VideoRecord, turn: _Turn) -> None:
        """Parts of a video that ends here are of no use, and are paid for until somebody removes them."""
        if record.upload is not None:
            turn.lease.check()
            self.temp.abort_upload(record.upload.key, record.upload.upload_id)

    def _progress(self, record: VideoRecord, stage: str, percent: float, detail: str = "") -> None:
        self.ledger.put_progress(record.video_id, Progress(stage, percent, self.clock.now(), detail))

    def _reporter(self, record: VideoRecord) -> Callable[[int], None]:
        total = _size(record.source)

        def report(copied_bytes: int) -> None:
            self._progress(
                record, "transferring", 100 * copied_bytes / total, f"{copied_bytes / 1e6:.0f} of {total / 1e6:.0f} MB"
            )

        return report


class _Turn(Struct, frozen=True):
    """One worker's turn: the lease that it holds, and its time."""

    lease: Lease
    time_left: Callable[[], timedelta]
    margin: timedelta

    def is_over(self) -> bool:
        """Whether to hand over now. Raises `LeaseHeldError` when another worker took over already."""
        self.lease.check()
        return self.time_left() < self.margin


def _size(source: SourceFile) -> int:
    if not source.size_bytes:
        raise Rejection("size_unknown", f'Drive does not tell the size of "{source.name}"; upload it again.')
    return source.size_bytes


def _same_media(one: MediaFacts, other: MediaFacts) -> bool:
    return (
        abs(one.duration_seconds - other.duration_seconds) <= _SAME_DURATION_SECONDS
        and [(t.codec, t.width, t.height) for t in one.video] == [(t.codec, t.width, t.height) for t in other.video]
        and [(t.codec, t.channels, t.language) for t in one.audio]
        == [(t.codec, t.channels, t.language) for t in other.audio]
    )
