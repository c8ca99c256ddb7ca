"""States: one table of legal moves, and a record that moves by it only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from vcp.domain.errors import IllegalMoveError
from vcp.domain.model.contract import Contract
from vcp.domain.video.record import Problem, SourceFile, VideoRecord
from vcp.domain.video.states import ACTIVE, FINAL, LEGAL_MOVES, State, check_move

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)

#: The table of the architecture, written again, so that a change of either is noticed.
MOVES = {
    None: "queued rejected skipped",
    "queued": "cancelled failed rejected skipped transferring waiting",
    "transferring": "cancelled failed rejected skipped transcoding waiting",
    "transcoding": "cancelled failed rejected transcoding verifying waiting",
    "verifying": "cancelled completed failed rejected transcoding waiting",
    "waiting": "cancelled failed queued rejected",
    "rejected": "queued rejected skipped",
    "failed": "queued",
    "cancelled": "queued",
    "skipped": "queued",
    "completed": "",
}


def record(state: State = State.QUEUED) -> VideoRecord:
    return VideoRecord(
        video_id="file-0123",
        state=state,
        source=SourceFile(file_id="file", name="film.mov", web_url="", uploader="anna@example.org"),
        contract=Contract(),
        created_at=NOON,
        updated_at=NOON,
        due_at=NOON,
        problem=Problem(code="old", sentence="It was so."),
        times={"queued": NOON},
    )


def test_allowed_moves() -> None:
    assert {before: " ".join(sorted(after)) for before, after in LEGAL_MOVES.items()} == MOVES


@pytest.mark.parametrize(("before", "after"), list(product([None, *State], State)))
def test_rejects_a_move_that_is_not_in_the_table(before: State | None, after: State) -> None:
    if after in MOVES[before].split():
        check_move(before, after)
        return
    with pytest.raises(IllegalMoveError) as caught:
        check_move(before, after)
    assert caught.value.code == "illegal_move"
    assert caught.value.sentence == "The pipeline tried an impossible step; an operator needs to look into it."
    legal = MOVES[before].replace(" ", ", ") or "nothing"
    assert caught.value.detail == f"{before or 'unknown'} -> {after}; legal: {legal}"


def test_every_state_is_active_or_final() -> None:
    assert sorted(ACTIVE) == ["queued", "transcoding", "transferring", "verifying", "waiting"]
    assert sorted(FINAL) == ["cancelled", "completed", "failed", "rejected", "skipped"]


def test_a_record_rejects_a_forbidden_move() -> None:
    with pytest.raises(IllegalMoveError):
        record(State.QUEUED).moved(State.COMPLETED, LATER)


def test_a_move_sets_its_time_and_clears_problem_and_due_time() -> None:
    moved = record().moved(State.TRANSFERRING, LATER)
    assert (moved.state, moved.updated_at) == (State.TRANSFERRING, LATER)
    assert moved.times == {"queued": NOON, "transferring": LATER}
    assert (moved.problem, moved.due_at) == (None, None)
    assert moved.created_at == NOON


def test_a_move_sets_problem_due_time_and_other_fields() -> None:
    problem = Problem(code="drive_quota", sentence="No more today.")
    moved = record().moved(State.WAITING, LATER, due_at=LATER, problem=problem, recoveries=3)
    assert (moved.problem, moved.due_at, moved.recoveries) == (problem, LATER, 3)


def test_a_change_keeps_every_other_field() -> None:
    before = record()
    changed = before.changed(LATER, recoveries=1)
    assert changed == before.but(updated_at=LATER, recoveries=1)
