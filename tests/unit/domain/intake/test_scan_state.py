"""What the scan remembers of folders to list and of files that the door failed for."""

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


def state(*troubled: FailedFile) -> ScanState:
    return ScanState(folder_id="root", troubled=troubled)


def trouble(file_id: str = "film", failures: int = 1, at: datetime = NOW) -> FailedFile:
    return FailedFile(file_id=file_id, failures=failures, next_at=at)


def test_a_listing_begins_with_the_watched_folder_and_forgets_what_was_left_of_the_one_before() -> None:
    before = state(trouble()).with_pending([PendingFolder(folder_id="old")])
    begun = before.begun(Cursor(token="7"), "drive", NOW)
    assert begun.pending == (PendingFolder(folder_id="root"),)
    assert (begun.cursor, begun.drive_id, begun.listed_at) == (Cursor(token="7"), "drive", NOW)
    assert begun.troubled == before.troubled


def test_a_folder_waits_once_however_often_it_changes() -> None:
    begun = state().with_pending([PendingFolder(folder_id="a", page_token="2")])
    again = begun.with_pending([PendingFolder(folder_id=each) for each in ("a", "b", "b")])
    assert [(each.folder_id, each.page_token) for each in again.pending] == [("a", "2"), ("b", None)]


def test_the_pauses_double_up_to_the_longest() -> None:
    pauses, remembered = [], state()
    for _ in range(MAX_FAILURES + 2):
        remembered, _ = remembered.after_tries((), ["film"], NOW, SECOND * 15)
        pauses.append(remembered.troubled[0].next_at - NOW)
    assert pauses[:4] == [SECOND * 15, SECOND * 30, SECOND * 60, SECOND * 120]
    assert pauses[-3:] == [MAX_PAUSE] * 3


def test_a_file_that_has_failed_for_years_still_has_a_next_time() -> None:
    remembered, _ = state(trouble(failures=100_000)).after_tries((), ["film"], NOW, SECOND)
    assert remembered.troubled[0].next_at <= NOW + MAX_PAUSE


def test_a_file_that_is_done_is_forgotten() -> None:
    remembered, room = state(trouble("a"), trouble("b")).after_tries(["a"], [], NOW, SECOND)
    assert [each.file_id for each in remembered.troubled] == ["b"]
    assert room


def test_who_is_due_who_waits_and_who_is_given_up() -> None:
    later = NOW + SECOND
    kept = state(
        trouble("due"),
        trouble("waits", at=later),
        trouble("given up", failures=MAX_FAILURES),
        trouble("given up and waits", failures=MAX_FAILURES, at=later),
        trouble("nearly", failures=MAX_FAILURES - 1),
    )
    assert kept.due_for_another_try(NOW) == ["due", "nearly"]
    assert kept.waiting(NOW, given_up_too=True) == {"waits", "given up and waits"}
    assert kept.waiting(NOW, given_up_too=False) == {"waits"}


def test_given_up_files_make_room_and_the_others_stay() -> None:
    others = [trouble(f"{number}") for number in range(MAX_FAILED_FILES - 1)]
    full = state(trouble("old", failures=MAX_FAILURES), *others)
    remembered, room = full.after_tries((), ["new"], NOW, SECOND)
    assert room
    assert {each.file_id for each in remembered.troubled} == {"new", *(each.file_id for each in others)}


def test_no_more_is_given_up_than_has_to_be() -> None:
    given_up = [trouble(f"{number}", failures=MAX_FAILURES) for number in range(3)]
    remembered, room = state(*given_up).after_tries((), ["new"], NOW, SECOND)
    assert room
    assert len(remembered.troubled) == 4


def test_more_failures_than_can_be_remembered_are_told() -> None:
    failed = [f"{number}" for number in range(MAX_FAILED_FILES + 1)]
    remembered, room = state().after_tries((), failed, NOW, SECOND)
    assert not room
    assert [each.file_id for each in remembered.troubled] == failed[:-1]
    _, room = state().after_tries((), failed[:-1], NOW, SECOND)
    assert room


def test_it_reads_back_as_it_was_written() -> None:
    whole = (
        state(trouble()).begun(Cursor(token="7", drive_id="d"), "d", NOW).with_pending([PendingFolder(folder_id="a")])
    )
    assert msgspec.json.decode(msgspec.json.encode(whole), type=ScanState) == whole
