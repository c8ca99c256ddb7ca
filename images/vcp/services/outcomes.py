"""What an error makes of a video: one place, so that every worker ends a video in the same way."""

from __future__ import annotations

from datetime import datetime

from aws_lambda_powertools import Logger

from vcp.domain.errors import PermanentError, Rejection, VcpError, WaitUntilError
from vcp.domain.video.record import Problem, VideoRecord
from vcp.domain.video.states import FINAL, State
from vcp.ports.ledger import Lease, Ledger
from vcp.ports.metrics import Metrics
from vcp.wire import metrics as metric_names

logger = Logger(child=True)


def problem_of(error: VcpError) -> Problem:
    return Problem(code=error.code, sentence=error.sentence, detail=error.detail)


def ended(record: VideoRecord, error: WaitUntilError | PermanentError, now: datetime) -> VideoRecord:
    """The record after an error that trying again cannot mend: Waiting, Rejected or Failed."""
    if isinstance(error, WaitUntilError):
        return record.moved(State.WAITING, now, due_at=error.until, problem=problem_of(error))
    state = State.REJECTED if isinstance(error, Rejection) else State.FAILED
    return record.moved(state, now, problem=problem_of(error))


def worker_outcome(
    ledger: Ledger, lease: Lease, record: VideoRecord, error: WaitUntilError | PermanentError, now: datetime
) -> VideoRecord:
    """The newest record as this error ends it, to be saved. Who lost the lease ends nothing: `LeaseHeldError`."""
    lease.check()
    logger.warning("ended by", extra={"video_id": record.video_id, "problem": str(error)})
    return ended(ledger.get(record.video_id) or record, error, now)


def save_outcome(ledger: Ledger, metrics: Metrics, record: VideoRecord) -> VideoRecord:
    """Write a record that may be at its end, and count the end once it is written. Waiting is none."""
    saved = ledger.save(record)
    count_outcome(metrics, saved)
    return saved


def count_outcome(metrics: Metrics, record: VideoRecord) -> None:
    """Every end is counted once, whoever decided it, under its state; nothing is for a video that goes on."""
    if record.state in FINAL:
        metrics.count(metric_names.VIDEO_ENDED, 1, "Count", **{metric_names.STATE_DIMENSION: str(record.state)})
