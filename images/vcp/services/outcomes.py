"""How an error or a result ends a video: the same way for every worker."""

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
    from vcp.domain.reporting import plan_text  # not needed for most videos: start-up time

    return Problem(code=error.code, sentence=plan_text.sentence(error), detail=error.detail)


def outcome_of(record: VideoRecord, error: WaitUntilError | PermanentError, now: datetime) -> VideoRecord:
    """Return the record after an error that a retry cannot fix: Waiting, Rejected or Failed."""
    if isinstance(error, WaitUntilError):
        return record.moved(State.WAITING, now, due_at=error.until, problem=problem_of(error))
    state = State.REJECTED if isinstance(error, Rejection) else State.FAILED
    return record.moved(state, now, problem=problem_of(error))


def worker_outcome(
    ledger: Ledger, lease: Lease, record: VideoRecord, error: WaitUntilError | PermanentError, now: datetime
) -> VideoRecord:
    """Return the record to save when this error ends a worker's step.

    The record is read again, since the step may have saved newer versions before it failed. Raises `LeaseHeldError`
    when the lease was lost: then the video is another worker's.
    """
    lease.check()
    logger.warning("the step failed", extra={"video_id": record.video_id, "problem": str(error)})
    return outcome_of(ledger.get(record.video_id) or record, error, now)


def save_outcome(ledger: Ledger, metrics: Metrics, record: VideoRecord) -> VideoRecord:
    """Save a record and count it if its state is final."""
    saved = ledger.save(record)
    count_outcome(metrics, saved)
    return saved


def count_outcome(metrics: Metrics, record: VideoRecord) -> None:
    """Count a video under its final state; do nothing in other states."""
    if record.state in FINAL:
        metrics.count(metric_names.VIDEO_ENDED, 1, "Count", **{metric_names.STATE_DIMENSION: str(record.state)})
