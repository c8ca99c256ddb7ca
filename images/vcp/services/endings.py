"""What an error makes of a video: one place, so that every worker ends a video in the same way."""

from __future__ import annotations

from datetime import datetime

from vcp.domain.errors import PermanentError, Rejection, VcpError, WaitUntilError
from vcp.domain.record import Problem, VideoRecord
from vcp.domain.states import State


def problem_of(error: VcpError) -> Problem:
    return Problem(code=error.code, sentence=error.sentence, detail=error.detail)


def ended(record: VideoRecord, error: WaitUntilError | PermanentError, now: datetime) -> VideoRecord:
    """The record after an error that trying again cannot mend: Waiting, Rejected or Failed."""
    if isinstance(error, WaitUntilError):
        return record.moved(State.WAITING, now, due_at=error.until, problem=problem_of(error))
    state = State.REJECTED if isinstance(error, Rejection) else State.FAILED
    return record.moved(state, now, problem=problem_of(error))
