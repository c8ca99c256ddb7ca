"""The scan state: folders to list, and files that failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from vcp.domain.intake.scan_state import (
    MAX_FAILED_FILES,
    MAX_FAILURES,
    MAX_PAUSE,
    Cursor,
    FailedFile,
    PendingFolder,
    ScanState,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def state(*failed: FailedFile) -> ScanState:
    return ScanState(folder_id="root", failed_files=failed)


def failure(file_id: str = "film", failures: int = 1, at: datetime = NOW) -> FailedFile:
    return FailedFile(file_id=file_id, failures=failures, next_at=at)


def test_a_new_listing_replaces_the_pending_folders() -> None:
    before = state(failure()).with_pending([PendingFolder(folder_id="old")])
    begun = before.begun(Cursor(token="7"), "drive", NOW)
    assert begun.pending == (PendingFolder(folder_id="root"),)
    assert (begun.cursor, begun.drive_id, begun.listed_at) == (Cursor(token="7"), "drive", NOW)
    assert begun.failed_files == before.failed_files


def test_a_pending_folder_is_not_added_twice() -> None:
    begun = state().with_pending([PendingFolder(folder_id="a", page_token="2")])
    again = begun.with_pending([PendingFolder(folder_id=each) for each in ("a", "b", "b")])
    assert [(each.folder_id, each.page_token) for each in again.pending] == [("a", "2"), ("b", None)]


def test_pauses_double_up_to_the_maximum() -> None:
    pauses, remembered = [], state()
    for _ in range(MAX_FAILURES + 2):
        remembered, _ = remembered.after_tries((), ["film"], NOW, SECOND * 15)
        pauses.append(remembered.failed_files[0].next_at - NOW)
    assert pauses[:4] == [SECOND * 15, SECOND * 30, SECOND * 60, SECOND * 120]
    assert pauses[-3:] == [MAX_PAUSE] * 3


def test_many_failures_do_not_overflow_the_pause() -> None:
    remembered, _ = state(failure(failures=100_000)).after_tries((), ["film"], NOW, SECOND)
    assert remembered.failed_files[0].next_at <= NOW + MAX_PAUSE


def test_a_completed_file_is_removed() -> None:
    remembered, room = state(failure("a"), failure("b")).after_tries(["a"], [], NOW, SECOND)
    assert [each.file_id for each in remembered.failed_files] == ["b"]
    assert room


def test_due_waiting_and_given_up_files() -> None:
    later = NOW + SECOND
    kept = state(
        failure("due"),
        failure("waits", at=later),
        failure("given up", failures=MAX_FAILURES),
        failure("given up and waits", failures=MAX_FAILURES, at=later),
        failure("nearly", failures=MAX_FAILURES - 1),
    )
    assert kept.due_for_retry(NOW) == ["due", "nearly"]
    assert kept.waiting(NOW, include_given_up=True) == {"waits", "given up and waits"}
    assert kept.waiting(NOW, include_given_up=False) == {"waits"}


def test_given_up_files_are_dropped_first() -> None:
    others = [failure(f"{number}") for number in range(MAX_FAILED_FILES - 1)]
    full = state(failure("old", failures=MAX_FAILURES), *others)
    remembered, room = full.after_tries((), ["new"], NOW, SECOND)
    assert room
    assert {each.file_id for each in remembered.failed_files} == {"new", *(each.file_id for each in others)}


def test_no_file_is_dropped_without_need() -> None:
    given_up = [failure(f"{number}", failures=MAX_FAILURES) for number in range(3)]
    remembered, room = state(*given_up).after_tries((), ["new"], NOW, SECOND)
    assert room
    assert len(remembered.failed_files) == 4


def test_reports_more_failures_than_fit() -> None:
    failed = [f"{number}" for number in range(MAX_FAILED_FILES + 1)]
    remembered, room = state().after_tries((), failed, NOW, SECOND)
    assert not room
    assert [each.file_id for each in remembered.failed_files] == failed[:-1]
    _, room = state().after_tries((), failed[:-1], NOW, SECOND)
    assert room


def test_the_state_round_trips() -> None:
    whole = (
        state(failure()).begun(Cursor(token="7", drive_id="d"), "d", NOW).with_pending([PendingFolder(folder_id="a")])
    )
    assert msgspec.json.decode(msgspec.json.encode(whole), type=ScanState) == whole
