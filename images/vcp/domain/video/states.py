"""States of one video and their legal moves, as one table."""

from __future__ import annotations

from enum import StrEnum

from vcp.domain.errors import IllegalMoveError


class State(StrEnum):
    """Where a video stands. The value is what the ledger stores."""

    QUEUED = "queued"
    TRANSFERRING = "transferring"
    TRANSCODING = "transcoding"
    VERIFYING = "verifying"
    WAITING = "waiting"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


_OPEN_ENDS = {State.WAITING, State.REJECTED, State.FAILED, State.CANCELLED}

#: from -> to. `None` is the moment before the ledger knows the video: the door's claim.
LEGAL_MOVES: dict[State | None, frozenset[State]] = {
    None: frozenset({State.QUEUED, State.SKIPPED, State.REJECTED}),
    State.QUEUED: frozenset({State.TRANSFERRING, State.SKIPPED} | _OPEN_ENDS),
    State.TRANSFERRING: frozenset({State.TRANSCODING, State.SKIPPED} | _OPEN_ENDS),
    # A job that failed in a way that may pass is submitted once more: TRANSCODING again, with another job.
    State.TRANSCODING: frozenset({State.TRANSCODING, State.VERIFYING} | _OPEN_ENDS),
    # A failed verdict gets one corrective plan: back to TRANSCODING.
    State.VERIFYING: frozenset({State.TRANSCODING, State.COMPLETED} | _OPEN_ENDS),
    State.WAITING: frozenset({State.QUEUED, State.CANCELLED, State.REJECTED, State.FAILED}),
    # Only an operator's retry (a new attempt) leaves these; a rejection is also looked at again when announced.
    State.REJECTED: frozenset({State.QUEUED, State.SKIPPED, State.REJECTED}),
    State.FAILED: frozenset({State.QUEUED}),
    State.CANCELLED: frozenset({State.QUEUED}),
    State.SKIPPED: frozenset({State.QUEUED}),
    State.COMPLETED: frozenset(),
}

#: Somebody is, or should be, at work on these; the reconciler watches them.
ACTIVE = frozenset({State.QUEUED, State.TRANSFERRING, State.TRANSCODING, State.VERIFYING, State.WAITING})
#: Nothing further happens by itself.
FINAL = frozenset(State) - ACTIVE


def check_move(before: State | None, after: State) -> None:
    """Raise `IllegalMoveError` unless the table knows the move."""
    if after not in LEGAL_MOVES[before]:
        known = ", ".join(sorted(LEGAL_MOVES[before])) or "nothing"
        raise IllegalMoveError(
            "illegal_move",
            "The pipeline tried an impossible step; an operator has to look.",
            f"{before or 'unknown'} -> {after}; legal: {known}",
        )
