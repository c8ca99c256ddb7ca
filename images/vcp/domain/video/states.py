"""The states of a video and the legal moves between them."""

from __future__ import annotations

from enum import StrEnum

from vcp.domain.errors import IllegalMoveError


class State(StrEnum):
    """The value is what the ledger stores."""

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


_STOPPED = {State.WAITING, State.REJECTED, State.FAILED, State.CANCELLED}

#: from -> to. None: the ledger does not know the video yet (intake claims it).
LEGAL_MOVES: dict[State | None, frozenset[State]] = {
    None: frozenset({State.QUEUED, State.SKIPPED, State.REJECTED}),
    State.QUEUED: frozenset({State.TRANSFERRING, State.SKIPPED} | _STOPPED),
    State.TRANSFERRING: frozenset({State.TRANSCODING, State.SKIPPED} | _STOPPED),
    # After a transient failure of the service, the same plan is submitted once more.
    State.TRANSCODING: frozenset({State.TRANSCODING, State.VERIFYING} | _STOPPED),
    # A failed verdict gets one corrective plan: back to TRANSCODING.
    State.VERIFYING: frozenset({State.TRANSCODING, State.COMPLETED} | _STOPPED),
    State.WAITING: frozenset({State.QUEUED, State.CANCELLED, State.REJECTED, State.FAILED}),
    # Only an operator's retry (a new attempt) leaves these; some rejections are also checked again when resubmitted.
    State.REJECTED: frozenset({State.QUEUED, State.SKIPPED, State.REJECTED}),
    State.FAILED: frozenset({State.QUEUED}),
    State.CANCELLED: frozenset({State.QUEUED}),
    State.SKIPPED: frozenset({State.QUEUED}),
    State.COMPLETED: frozenset(),
}

#: A worker or a service is busy with these, or should be: the reconciler watches them.
ACTIVE = frozenset({State.QUEUED, State.TRANSFERRING, State.TRANSCODING, State.VERIFYING, State.WAITING})
#: Nothing further happens by itself.
FINAL = frozenset(State) - ACTIVE


def check_move(before: State | None, after: State) -> None:
    """Raise `IllegalMoveError` unless the move is legal."""
    if after not in LEGAL_MOVES[before]:
        known = ", ".join(sorted(LEGAL_MOVES[before])) or "nothing"
        raise IllegalMoveError(
            "illegal_move",
            "The pipeline tried an impossible step; an operator needs to look into it.",
            f"{before or 'unknown'} -> {after}; legal: {known}",
        )
