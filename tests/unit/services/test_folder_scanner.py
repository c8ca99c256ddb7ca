"""The scan of the watched folder submits every video once, with any interruption."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from tests.fakes.interception import after
from tests.fakes.scanned_folder import FOLDER_NOT_SHARED, RELIST, RETRY_DELAY, ROOT, ScannedFolder
from vcp.domain.errors import RetryableError
from vcp.domain.intake.scan_state import MAX_FAILED_FILES, MAX_FAILURES, Cursor
from vcp.domain.video.states import State
from vcp.ports.scan import Children
from vcp.services.file_submitter import MAX_CONSECUTIVE_FAILURES

#: Between two scans.
TICK_SECONDS = 300


@pytest.fixture
def folder() -> ScannedFolder:
    """Return an empty folder that was listed."""
    folder = ScannedFolder()
    folder.scan()
    return folder


def test_first_scan_submits_every_video_in_the_tree() -> None:
    folder = ScannedFolder()
    for number in range(7):
        folder.tree.add_video(f"{number}.mov")
    folder.tree.add_video("deep.mxf", folder.tree.add_folder("b", folder.tree.add_folder("a")), mime="application/mxf")
    folder.tree.add_video("notes.txt", mime="text/plain")

    assert folder.scan() == 8

    assert folder.processed() == [*(f"{number}.mov" for number in range(7)), "deep.mxf"]
    assert folder.messages() == 8


def test_submits_a_new_file_exactly_once(folder: ScannedFolder) -> None:
    folder.tree.add_video("new.mov")
    assert folder.scan() == 1
    for _ in range(3):
        assert folder.scan() == 0
    assert folder.intake.calls == ["file-new-mov-0123456789"]


def test_an_idle_scan_makes_two_drive_calls_and_no_write(folder: ScannedFolder) -> None:
    folder.tree.calls.clear()
    writes = folder.store.writes
    folder.scan()
    assert (dict(folder.tree.calls), folder.store.writes) == ({"folder": 1, "changes": 1}, writes)


def test_submits_a_file_moved_into_the_folder(folder: ScannedFolder) -> None:
    outside = folder.tree.add_folder("Outside", None)
    film = folder.tree.add_video("moved.mov", outside)
    assert folder.scan() == 0
    folder.tree.move(film, ROOT)
    assert folder.scan() == 1
    assert folder.processed() == ["moved.mov"]


def test_submits_a_deeply_nested_file_without_listing(folder: ScannedFolder) -> None:
    below = folder.tree.add_folder("b", folder.tree.add_folder("a"))
    folder.scan()
    folder.tree.calls.clear()
    folder.tree.add_video("deep.mov", below)
    assert folder.scan() == 1
    assert folder.tree.calls["children"] == 0


def test_lists_a_folder_that_is_moved_in(folder: ScannedFolder) -> None:
    outside = folder.tree.add_folder("Outside", None)
    season = folder.tree.add_folder("Season", outside)
    for number in range(5):
        folder.tree.add_video(f"{number}.mov", folder.tree.add_folder(f"Episode {number}", season))
    folder.scan()
    assert folder.processed() == []

    folder.tree.move(season, ROOT)

    assert folder.scan() == 5
    assert folder.scan() == 0


def test_ignores_files_in_a_folder_that_was_moved_out(folder: ScannedFolder) -> None:
    season, outside = folder.tree.add_folder("Season"), folder.tree.add_folder("Outside", None)
    folder.scan()
    folder.tree.move(season, outside)
    folder.tree.add_video("late.mov", season)
    assert folder.scan() == 0


def test_submits_a_new_revision_as_a_new_video(folder: ScannedFolder) -> None:
    film = folder.tree.add_video("film.mov")
    folder.scan()
    assert folder.tree.add_video("film.mov", content=b"another cut of the same film") == film
    assert folder.scan() == 1
    versions = folder.pipeline.ledger.records.values()
    assert sorted(bool(version.superseded_by) for version in versions) == [False, True]


def test_skips_a_file_that_n8n_submitted(folder: ScannedFolder) -> None:
    film = folder.tree.add_video("film.mov")
    folder.intake.submit(folder.tree.files[film])
    folder.intake.calls.clear()
    assert folder.scan() == 0
    assert folder.intake.calls == []
    assert folder.messages() == 1


def test_renaming_or_moving_a_file_resubmits_nothing(folder: ScannedFolder) -> None:
    film = folder.tree.add_video("film.mov")
    folder.scan()
    folder.tree.change(film, name="renamed.mov")
    folder.tree.move(film, folder.tree.add_folder("Done"))
    assert folder.scan() == 0


def test_listing_known_files_reads_the_ledger_and_does_not_call_intake(folder: ScannedFolder) -> None:
    videos = [folder.tree.add_video(f"{number}.mov") for number in range(10)]
    assert folder.scan() == len(videos)
    folder.intake.calls.clear()
    folder.store.queried.clear()
    folder.clock.forward(RELIST.total_seconds())
    assert folder.scan() == 0
    assert folder.intake.calls == []
    assert len(folder.store.queried) == len(videos)


def test_lists_the_whole_tree_daily_even_without_changes(folder: ScannedFolder) -> None:
    folder.tree.add_video("silent.mov")
    folder.tree.log.clear()  # Drive missed the change
    folder.store.states[ROOT] = folder.state.changed(cursor=Cursor(token="0"))
    assert folder.scan() == 0
    folder.clock.forward(RELIST.total_seconds())
    assert folder.scan() == 1


def test_resubmits_a_rejected_file_when_it_changes(folder: ScannedFolder) -> None:
    film = folder.tree.add_video("film.mov")
    files = folder.pipeline.drive.files
    kept = files.pop(film)
    folder.scan()
    (rejected,) = folder.pipeline.ledger.records.values()
    assert rejected.state is State.REJECTED
    files[film] = kept
    folder.tree.change(film)
    folder.scan()
    assert State.QUEUED in [record.state for record in folder.pipeline.ledger.records.values()]


def test_submits_the_target_of_a_shortcut_once(folder: ScannedFolder) -> None:
    target = folder.tree.add_video("elsewhere.mov", folder.tree.add_folder("Outside", None))
    link = folder.tree.add_shortcut(target, "link")
    assert folder.scan() == 1
    assert folder.processed() == ["elsewhere.mov"]
    folder.tree.change(link, name="renamed link")
    assert folder.scan() == 0


def test_submits_a_broken_shortcut_for_intake_to_reject(folder: ScannedFolder) -> None:
    target = folder.tree.add_video("elsewhere.mov", folder.tree.add_folder("Outside", None))
    link = folder.tree.add_shortcut(target, "link")
    del folder.pipeline.drive.files[link]
    assert folder.scan() == 1
    assert folder.pipeline.state() is State.REJECTED


def test_listing_ends_with_cyclic_folders() -> None:
    folder = ScannedFolder()
    a, b = folder.tree.add_folder("a"), folder.tree.add_folder("b")
    folder.tree.change(a, parents=(ROOT, b))
    folder.tree.change(b, parents=(a,))
    folder.tree.add_video("inside.mov", b)
    assert folder.scan() == 1
    assert folder.state.pending == ()


def test_membership_lookup_ends_with_cyclic_folders(folder: ScannedFolder) -> None:
    a, b = folder.tree.add_folder("a", None), folder.tree.add_folder("b", None)
    folder.tree.change(a, parents=(b,))
    folder.tree.change(b, parents=(a,))
    folder.tree.add_video("nowhere.mov", a)
    assert folder.scan() == 0


def test_an_expired_change_cursor_triggers_a_listing(folder: ScannedFolder) -> None:
    folder.tree.add_video("film.mov")
    folder.store.states[ROOT] = folder.state.changed(cursor=Cursor(token="a token of last year"))
    assert folder.scan() == 1
    folder.tree.add_video("next.mov")
    assert folder.scan() == 1


def test_a_cursor_that_is_never_valid_raises_instead_of_looping(
    folder: ScannedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder.tree, "cursor", lambda _: Cursor(token="never good"))
    folder.store.states[ROOT] = folder.state.changed(cursor=Cursor(token="never good"))
    assert folder.failing_scan().code == "drive_cursor_expired"
    assert folder.tree.calls["changes"] < 5


def test_an_expired_listing_page_restarts_the_listing(folder: ScannedFolder) -> None:
    folder = ScannedFolder()
    for number in range(7):
        folder.tree.add_video(f"{number}.mov")
    folder.tree.expires_pages = True
    assert folder.failing_scan().code == "drive_cursor_expired"
    folder.tree.expires_pages = False
    folder.scan()
    assert len(folder.processed()) == 7


def test_a_folder_deleted_during_the_listing_blocks_no_other() -> None:
    folder = ScannedFolder(page_size=10)
    gone = folder.tree.add_folder("gone")
    folder.tree.add_video("kept.mov", folder.tree.add_folder("kept"))

    def delete(listed: Children) -> Children:
        folder.tree.files.pop(gone, None)
        return listed

    after(folder.tree, "children", delete)
    assert folder.scan() == 1


def test_submits_a_file_added_to_an_already_listed_folder() -> None:
    folder = ScannedFolder(page_size=10)
    folder.tree.add_video("early.mov", folder.tree.add_folder("early"))
    folder.tree.add_folder("late")

    def add(listed: Children) -> Children:
        if "early.mov" in [file.name for file in listed.files]:
            folder.tree.add_video("between.mov")
        return listed

    after(folder.tree, "children", add)
    assert folder.scan() + folder.scan() == 2
    assert folder.processed() == ["between.mov", "early.mov"]


def test_a_folder_moved_to_a_shared_drive_uses_that_drives_log(folder: ScannedFolder) -> None:
    folder.tree.add_video("film.mov")
    folder.tree.drive_id = "0AShared-drive"
    assert folder.scan() == 1
    assert folder.state.cursor is not None
    assert folder.state.cursor.drive_id == "0AShared-drive"


def test_an_unshared_folder_raises_on_every_scan_until_it_is_shared(folder: ScannedFolder) -> None:
    folder.tree.add_video("meanwhile.mov")
    folder.tree.log.clear()
    folder.tree.folder_problem = FOLDER_NOT_SHARED
    for _ in range(2):
        assert folder.failing_scan() is FOLDER_NOT_SHARED
    assert folder.intake.calls == []
    folder.tree.folder_problem = None
    assert folder.scan() == 1


def test_an_outage_of_drive_loses_no_file(folder: ScannedFolder) -> None:
    folder.tree.add_video("film.mov")
    folder.tree.down = True
    assert folder.failing_scan().code == "drive_unavailable"
    folder.tree.down = False
    assert folder.scan() == 1


def test_an_outage_of_intake_loses_and_duplicates_no_file(folder: ScannedFolder) -> None:
    for number in range(5):
        folder.tree.add_video(f"{number}.mov")
    folder.intake.down = True
    for _ in range(4):
        assert folder.failing_scan().code == "intake_failed"
        folder.clock.forward(TICK_SECONDS)
    folder.intake.down = False
    for _ in range(20):
        folder.clock.forward(TICK_SECONDS)
        folder.scan()
    assert folder.processed() == [f"{number}.mov" for number in range(5)]
    assert folder.messages() == 5
    assert folder.state.failed_files == ()


def test_a_file_that_intake_fails_on_blocks_no_other_file(folder: ScannedFolder) -> None:
    failing = folder.tree.add_video("failing.mov")
    folder.intake.fails_for.add(failing)
    for number in range(5):
        folder.tree.add_video(f"{number}.mov")
    assert folder.failing_scan().code == "intake_failed"
    assert folder.processed() == [f"{number}.mov" for number in range(5)]
    folder.tree.add_video("next.mov")
    assert folder.scan() == 1, "the failed file waits, and raises only when it is retried"
    folder.intake.fails_for.clear()
    folder.clock.forward(RETRY_DELAY.total_seconds())
    assert folder.scan() == 1
    assert "failing.mov" in folder.processed()


def test_a_file_that_drive_fails_on_blocks_no_other_file(folder: ScannedFolder) -> None:
    failing = folder.tree.add_video("failing.mov")
    folder.intake.fails_for.add(failing)
    folder.failing_scan()
    folder.tree.broken.add(failing)
    folder.tree.add_video("next.mov")
    folder.clock.forward(RETRY_DELAY.total_seconds())
    assert folder.failing_scan().code == "drive_unavailable"
    assert folder.processed() == ["next.mov"]
    folder.tree.broken.clear()
    folder.intake.fails_for.clear()
    folder.clock.forward(TICK_SECONDS)
    assert folder.scan() == 1


def test_a_folder_without_a_known_parent_blocks_no_other(folder: ScannedFolder) -> None:
    """Neither its files nor its folders are lost."""
    broken = folder.tree.add_folder("broken")
    folder.tree.add_video("sibling.mov", broken)
    folder.tree.log.clear()
    inner = folder.tree.add_folder("inner", broken)
    folder.tree.add_video("inside.mov", inner)
    folder.tree.add_video("next.mov")
    folder.store.states[ROOT] = folder.state.changed(cursor=Cursor(token="0"))
    folder.tree.broken.add(broken)
    assert folder.failing_scan().code == "drive_unavailable"
    assert folder.processed() == ["next.mov"]
    folder.tree.broken.clear()
    folder.clock.forward(TICK_SECONDS)
    folder.scan()
    assert folder.processed() == ["inside.mov", "next.mov"]
    assert folder.state.failed_files == ()


def test_a_folder_that_cannot_be_listed_blocks_no_other() -> None:
    folder = ScannedFolder(page_size=10)
    for name in ("first", "broken", "last"):
        folder.tree.add_video(f"{name}.mov", folder.tree.add_folder(name))
    folder.tree.broken.add("folder-broken-0123456789")
    for _ in range(3):
        assert folder.failing_scan().code == "drive_unavailable"
    assert folder.processed() == ["first.mov", "last.mov"]
    folder.tree.broken.clear()
    assert folder.scan() == 1
    assert folder.state.pending == ()


def test_a_permanently_unlistable_folder_does_not_block_the_daily_listing(folder: ScannedFolder) -> None:
    folder.tree.broken.add(folder.tree.add_folder("broken"))
    folder.failing_scan()
    folder.tree.add_video("silent.mov")
    folder.store.states[ROOT] = folder.state.changed(cursor=Cursor(token=str(len(folder.tree.log))))
    for _ in range(2):
        folder.clock.forward(RELIST.total_seconds())
        folder.failing_scan()
    assert folder.processed() == ["silent.mov"]


def test_a_long_listing_finishes_before_the_next_one_starts() -> None:
    folder = ScannedFolder(page_size=10)
    for number in range(40):
        folder.tree.add_video(f"{number:02}.mov", folder.tree.add_folder(f"{number}"))
    folder.intake.call_seconds, folder.minutes_per_run = 30, 6
    folder.scan()
    begun = folder.state.listed_at
    folder.clock.forward(RELIST.total_seconds())
    folder.scan()
    assert folder.state.listed_at == begun


def test_submits_a_file_with_several_parents_if_one_is_watched(folder: ScannedFolder) -> None:
    film = folder.tree.add_video("film.mov", folder.tree.add_folder("Outside", None))
    folder.tree.change(film, parents=(*folder.tree.files[film].parents, ROOT))
    assert folder.scan() == 1


def test_retries_of_a_failing_file_back_off_and_end(
    folder: ScannedFolder,
) -> None:
    failing = folder.tree.add_video("failing.mov")
    folder.intake.fails_for.add(failing)
    tries = []
    for _ in range(int(timedelta(days=10).total_seconds() / TICK_SECONDS)):
        with suppress(RetryableError):
            folder.scan()
        tries.append(len(folder.intake.calls))
        folder.clock.forward(TICK_SECONDS)
    ticks_a_day = int(timedelta(days=1).total_seconds() / TICK_SECONDS)
    assert tries[11] <= 8, "of twelve scans in the first hour"
    assert tries[2 * ticks_a_day - 1] == MAX_FAILURES
    assert tries[-1] <= MAX_FAILURES + 8, "one for each listing of the following eight days"
    (remembered,) = folder.state.failed_files
    assert remembered.given_up

    folder.intake.fails_for.clear()
    folder.clock.forward(RELIST.total_seconds())
    assert folder.scan() == 1
    assert folder.state.failed_files == ()


def test_retries_a_given_up_file_when_its_content_changes(folder: ScannedFolder) -> None:
    failing = folder.tree.add_video("film.mov")
    folder.intake.fails_for.add(failing)
    for _ in range(int(timedelta(days=2.5).total_seconds() / TICK_SECONDS)):
        with suppress(RetryableError):
            folder.scan()
        folder.clock.forward(TICK_SECONDS)
    assert folder.state.failed_files[0].given_up
    folder.intake.fails_for.clear()
    folder.tree.add_video("film.mov", content=b"repaired")
    assert folder.scan() == 1


def test_forgets_a_failed_file_that_is_removed(folder: ScannedFolder) -> None:
    outside = folder.tree.add_folder("Outside", None)
    videos = [folder.tree.add_video(name) for name in ("deleted.mov", "trashed.mov", "moved.mov")]
    folder.intake.fails_for.update(videos)
    folder.failing_scan()
    folder.tree.remove(videos[0])
    folder.tree.change(videos[1], trashed=True)
    folder.tree.move(videos[2], outside)
    folder.clock.forward(RETRY_DELAY.total_seconds())
    folder.intake.calls.clear()
    assert folder.scan() == 0
    assert (folder.intake.calls, folder.state.failed_files) == ([], ())


def test_a_failing_intake_is_not_called_for_every_file() -> None:
    folder = ScannedFolder(page_size=500)
    for number in range(400):
        folder.tree.add_video(f"{number}.mov")
    folder.intake.down = True
    folder.failing_scan()
    assert len(folder.intake.calls) < MAX_CONSECUTIVE_FAILURES + 4
    for _ in range(30):
        folder.failing_scan()
    assert len(folder.state.failed_files) <= MAX_FAILED_FILES
    folder.intake.down = False
    for _ in range(400):
        folder.clock.forward(TICK_SECONDS)
        folder.scan()
    assert len(folder.processed()) == 400
    assert folder.messages() == 400


def test_more_failures_than_can_be_remembered_keep_the_cursor() -> None:
    """Given more failures on one page than can be remembered, with successes between them."""
    folder = ScannedFolder(page_size=500)
    videos = [folder.tree.add_video(f"{number:03}.mov") for number in range(330)]
    folder.intake.fails_for.update(film for number, film in enumerate(videos) if number % 3)
    folder.failing_scan()
    assert len(folder.state.failed_files) == MAX_FAILED_FILES < len(folder.intake.fails_for)
    folder.intake.fails_for.clear()
    for _ in range(3):
        folder.clock.forward(TICK_SECONDS)
        folder.scan()
    assert len(folder.processed()) == len(videos)


def ticks_until(folder: ScannedFolder, *, processed: int, at_most: int) -> int:
    """Return the number of scans until so many files are processed."""
    ticks = 0
    while len(folder.processed()) < processed and ticks < at_most:
        folder.scan()
        ticks += 1
    return ticks


def test_a_scan_that_runs_out_of_time_resumes() -> None:
    folder = ScannedFolder(page_size=10)
    for number in range(60):
        folder.tree.add_video(f"{number:02}.mov", folder.tree.add_folder(f"{number}"))
    folder.intake.call_seconds = 30
    folder.minutes_per_run = 6
    assert 3 < ticks_until(folder, processed=60, at_most=20) < 20
    assert sorted(folder.intake.calls) == sorted(set(folder.intake.calls)), "nothing is submitted twice"


def test_a_page_that_takes_longer_than_a_scan_is_resumed() -> None:
    folder = ScannedFolder(page_size=100)
    for number in range(40):
        folder.tree.add_video(f"{number:02}.mov")
    folder.intake.call_seconds, folder.minutes_per_run = 30, 6
    assert 3 < ticks_until(folder, processed=40, at_most=10) < 10
    assert sorted(folder.intake.calls) == sorted(set(folder.intake.calls)), "nothing is submitted twice"


def test_new_files_are_submitted_before_a_long_listing_continues() -> None:
    folder = ScannedFolder(page_size=10)
    for number in range(40):
        folder.tree.add_video(f"{number:02}.mov", folder.tree.add_folder(f"{number}"))
    folder.intake.call_seconds, folder.minutes_per_run = 30, 6
    folder.scan()
    assert folder.state.pending
    folder.tree.add_video("urgent.mov")
    folder.intake.calls.clear()
    folder.scan()
    assert folder.intake.calls[0] == "file-urgent-mov-0123456789"


def test_starts_nothing_without_time_for_a_page(folder: ScannedFolder) -> None:
    folder.tree.add_video("film.mov")
    folder.tree.calls.clear()
    folder.minutes_per_run = 1
    assert folder.scan() == 0
    assert dict(folder.tree.calls) == {}


def test_two_concurrent_scans_submit_everything_once(folder: ScannedFolder) -> None:
    for number in range(7):
        folder.tree.add_video(f"{number}.mov")
    folder.store.meanwhile = lambda: assert_scans(folder)
    folder.scan()
    assert folder.scan() == 0
    assert folder.processed() == [f"{number}.mov" for number in range(7)]
    assert folder.messages() == 7


def assert_scans(folder: ScannedFolder) -> None:
    assert folder.scan() > 0


def test_counts_submissions_and_faults(folder: ScannedFolder) -> None:
    folder.tree.add_video("good.mov")
    folder.intake.fails_for.add(folder.tree.add_video("bad.mov"))
    folder.failing_scan()
    counted = {name: value for name, value, _ in folder.pipeline.metrics.counts if name.startswith("Scan")}
    assert counted == {"ScanSubmitted": 1, "ScanFaults": 1}
