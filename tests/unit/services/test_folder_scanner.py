"""The scan of the watched folder: what lies in it is announced, once, whoever saw it come."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from tests.fakes.scanned_folder import FOLDER_NOT_SHARED, RELIST, RETRY_DELAY, ROOT, ScannedFolder
from vcp.domain.errors import RetryableError
from vcp.domain.intake.scan_state import MAX_FAILED_FILES, MAX_FAILURES, Cursor
from vcp.domain.video.states import State
from vcp.services.file_submitter import MAX_CONSECUTIVE_FAILURES

A_TICK = 300


@pytest.fixture
def world() -> ScannedFolder:
    """A folder that was listed already, with nothing in it."""
    world = ScannedFolder()
    world.scan()
    return world


def test_the_first_look_finds_what_lies_in_the_tree_already() -> None:
    world = ScannedFolder()
    for number in range(7):
        world.tree.add_video(f"{number}.mov")
    world.tree.add_video("deep.mxf", world.tree.add_folder("b", world.tree.add_folder("a")), mime="application/mxf")
    world.tree.add_video("notes.txt", mime="text/plain")

    assert world.scan() == 8

    assert world.processed() == [*(f"{number}.mov" for number in range(7)), "deep.mxf"]
    assert world.messages() == 8


def test_a_new_file_is_announced_at_the_next_look_and_never_again(world: ScannedFolder) -> None:
    world.tree.add_video("new.mov")
    assert world.scan() == 1
    for _ in range(3):
        assert world.scan() == 0
    assert world.intake.calls == ["file-new-mov-0123456789"]


def test_a_look_at_nothing_new_costs_two_questions_and_no_write(world: ScannedFolder) -> None:
    world.tree.calls.clear()
    writes = world.store.writes
    world.scan()
    assert (dict(world.tree.calls), world.store.writes) == ({"folder": 1, "changes": 1}, writes)


def test_a_file_that_is_moved_in_is_found(world: ScannedFolder) -> None:
    outside = world.tree.add_folder("Outside", None)
    film = world.tree.add_video("moved.mov", outside)
    assert world.scan() == 0
    world.tree.move(film, ROOT)
    assert world.scan() == 1
    assert world.processed() == ["moved.mov"]


def test_a_file_two_folders_deep_is_found_by_its_change(world: ScannedFolder) -> None:
    below = world.tree.add_folder("b", world.tree.add_folder("a"))
    world.scan()
    world.tree.calls.clear()
    world.tree.add_video("deep.mov", below)
    assert world.scan() == 1
    assert world.tree.calls["children"] == 0, "nothing is listed for it"


def test_a_folder_that_is_moved_in_is_looked_through_with_all_below_it(world: ScannedFolder) -> None:
    outside = world.tree.add_folder("Outside", None)
    season = world.tree.add_folder("Season", outside)
    for number in range(5):
        world.tree.add_video(f"{number}.mov", world.tree.add_folder(f"Episode {number}", season))
    world.scan()
    assert world.processed() == []

    world.tree.move(season, ROOT)

    assert world.scan() == 5
    assert world.scan() == 0


def test_a_folder_that_is_moved_out_is_none_of_ours(world: ScannedFolder) -> None:
    season, outside = world.tree.add_folder("Season"), world.tree.add_folder("Outside", None)
    world.scan()
    world.tree.move(season, outside)
    world.tree.add_video("late.mov", season)
    assert world.scan() == 0


def test_a_new_revision_is_a_new_video(world: ScannedFolder) -> None:
    film = world.tree.add_video("film.mov")
    world.scan()
    assert world.tree.add_video("film.mov", content=b"another cut of the same film") == film
    assert world.scan() == 1
    versions = world.pipeline.ledger.records.values()
    assert sorted(bool(version.superseded_by) for version in versions) == [False, True]


def test_what_n8n_has_announced_is_left_alone(world: ScannedFolder) -> None:
    film = world.tree.add_video("film.mov")
    world.intake.submit(world.tree.files[film])
    world.intake.calls.clear()
    assert world.scan() == 0
    assert world.intake.calls == []
    assert world.messages() == 1


def test_a_change_of_name_or_place_announces_nothing_again(world: ScannedFolder) -> None:
    film = world.tree.add_video("film.mov")
    world.scan()
    world.tree.change(film, name="renamed.mov")
    world.tree.move(film, world.tree.add_folder("Done"))
    assert world.scan() == 0


def test_a_listing_of_old_files_reads_the_ledger_and_calls_nobody(world: ScannedFolder) -> None:
    films = [world.tree.add_video(f"{number}.mov") for number in range(10)]
    assert world.scan() == len(films)
    world.intake.calls.clear()
    world.store.queried.clear()
    world.clock.forward(RELIST.total_seconds())
    assert world.scan() == 0
    assert world.intake.calls == []
    assert len(world.store.queried) == len(films)


def test_the_whole_tree_is_listed_once_in_a_while_whatever_the_log_says(world: ScannedFolder) -> None:
    world.tree.add_video("silent.mov")
    world.tree.log.clear()  # Drive said nothing of it
    world.store.states[ROOT] = world.state.changed(cursor=Cursor(token="0"))
    assert world.scan() == 0
    world.clock.forward(RELIST.total_seconds())
    assert world.scan() == 1


def test_a_rejection_that_a_person_lifts_is_found_when_the_file_changes(world: ScannedFolder) -> None:
    film = world.tree.add_video("film.mov")
    files = world.pipeline.drive.files
    kept = files.pop(film)
    world.scan()
    (rejected,) = world.pipeline.ledger.records.values()
    assert rejected.state is State.REJECTED
    files[film] = kept
    world.tree.change(film)
    world.scan()
    assert State.QUEUED in [record.state for record in world.pipeline.ledger.records.values()]


def test_a_shortcut_is_announced_for_what_it_leads_to_and_only_once(world: ScannedFolder) -> None:
    target = world.tree.add_video("elsewhere.mov", world.tree.add_folder("Outside", None))
    link = world.tree.add_shortcut(target, "link")
    assert world.scan() == 1
    assert world.processed() == ["elsewhere.mov"]
    world.tree.change(link, name="renamed link")
    assert world.scan() == 0


def test_a_dead_shortcut_is_for_the_door_to_judge(world: ScannedFolder) -> None:
    target = world.tree.add_video("elsewhere.mov", world.tree.add_folder("Outside", None))
    link = world.tree.add_shortcut(target, "link")
    del world.pipeline.drive.files[link]
    assert world.scan() == 1
    assert world.pipeline.state() is State.REJECTED


def test_folders_that_lie_in_each_other_end_the_listing_all_the_same() -> None:
    world = ScannedFolder()
    a, b = world.tree.add_folder("a"), world.tree.add_folder("b")
    world.tree.change(a, parents=(ROOT, b))
    world.tree.change(b, parents=(a,))
    world.tree.add_video("inside.mov", b)
    assert world.scan() == 1
    assert world.state.pending == ()


def test_the_way_up_from_a_file_ends_where_folders_lie_in_each_other(world: ScannedFolder) -> None:
    a, b = world.tree.add_folder("a", None), world.tree.add_folder("b", None)
    world.tree.change(a, parents=(b,))
    world.tree.change(b, parents=(a,))
    world.tree.add_video("nowhere.mov", a)
    assert world.scan() == 0


def test_a_place_that_drive_lost_is_found_again_by_a_listing(world: ScannedFolder) -> None:
    world.tree.add_video("film.mov")
    world.store.states[ROOT] = world.state.changed(cursor=Cursor(token="a token of last year"))
    assert world.scan() == 1
    world.tree.add_video("next.mov")
    assert world.scan() == 1


def test_a_place_that_drive_never_takes_is_a_fault_and_no_loop(
    world: ScannedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.tree, "cursor", lambda _: Cursor(token="never good"))
    world.store.states[ROOT] = world.state.changed(cursor=Cursor(token="never good"))
    assert world.failing_scan().code == "drive_cursor_expired"
    assert world.tree.calls["changes"] < 5


def test_a_folder_page_that_drive_forgot_is_begun_anew(world: ScannedFolder) -> None:
    world = ScannedFolder()
    for number in range(7):
        world.tree.add_video(f"{number}.mov")
    world.tree.expires_pages = True
    assert world.failing_scan().code == "drive_cursor_expired"
    world.tree.expires_pages = False
    world.scan()
    assert len(world.processed()) == 7


def test_a_folder_that_vanishes_during_the_listing_keeps_no_other_waiting() -> None:
    world = ScannedFolder(page_size=10)
    gone = world.tree.add_folder("gone")
    world.tree.add_video("kept.mov", world.tree.add_folder("kept"))
    children = world.tree.children

    def vanishing(folder_id: str, drive_id: str | None, page: str | None) -> object:
        found = children(folder_id, drive_id, page)
        world.tree.files.pop(gone, None)
        return found

    world.tree.children = vanishing  # type: ignore[method-assign, assignment]
    assert world.scan() == 1


def test_what_comes_into_a_folder_that_was_listed_already_is_found_while_the_rest_is_listed() -> None:
    world = ScannedFolder(page_size=10)
    world.tree.add_video("early.mov", world.tree.add_folder("early"))
    world.tree.add_folder("late")
    children = world.tree.children

    def coming_in(folder_id: str, drive_id: str | None, page: str | None) -> object:
        found = children(folder_id, drive_id, page)
        if "early" in folder_id:
            world.tree.add_video("between.mov")
        return found

    world.tree.children = coming_in  # type: ignore[method-assign, assignment]
    assert world.scan() + world.scan() == 2
    assert world.processed() == ["between.mov", "early.mov"]


def test_a_folder_that_moves_into_a_shared_drive_is_listed_and_its_log_is_read(world: ScannedFolder) -> None:
    world.tree.add_video("film.mov")
    world.tree.drive_id = "0AShared-drive"
    assert world.scan() == 1
    assert world.state.cursor is not None
    assert world.state.cursor.drive_id == "0AShared-drive"


def test_a_folder_that_nobody_shared_is_told_each_time_and_listed_when_it_is_shared(world: ScannedFolder) -> None:
    world.tree.add_video("meanwhile.mov")
    world.tree.log.clear()
    world.tree.folder_problem = FOLDER_NOT_SHARED
    for _ in range(2):
        assert world.failing_scan() is FOLDER_NOT_SHARED
    assert world.intake.calls == []
    world.tree.folder_problem = None
    assert world.scan() == 1


def test_a_drive_that_is_down_loses_nothing(world: ScannedFolder) -> None:
    world.tree.add_video("film.mov")
    world.tree.down = True
    assert world.failing_scan().code == "drive_unavailable"
    world.tree.down = False
    assert world.scan() == 1


def test_a_door_that_is_down_for_a_while_loses_and_doubles_nothing(world: ScannedFolder) -> None:
    for number in range(5):
        world.tree.add_video(f"{number}.mov")
    world.intake.down = True
    for _ in range(4):
        assert world.failing_scan().code == "intake_failed"
        world.clock.forward(A_TICK)
    world.intake.down = False
    for _ in range(20):
        world.clock.forward(A_TICK)
        world.scan()
    assert world.processed() == [f"{number}.mov" for number in range(5)]
    assert world.messages() == 5
    assert world.state.failed_files == ()


def test_one_file_that_the_door_fails_for_keeps_no_other_waiting(world: ScannedFolder) -> None:
    poisoned = world.tree.add_video("poisoned.mov")
    world.intake.fails_for.add(poisoned)
    for number in range(5):
        world.tree.add_video(f"{number}.mov")
    assert world.failing_scan().code == "intake_failed"
    assert world.processed() == [f"{number}.mov" for number in range(5)]
    world.tree.add_video("next.mov")
    assert world.scan() == 1, "it waits for its turn, and its fault is report once for each try"
    world.intake.fails_for.clear()
    world.clock.forward(RETRY_DELAY.total_seconds())
    assert world.scan() == 1
    assert "poisoned.mov" in world.processed()


def test_one_file_that_drive_fails_for_keeps_no_other_waiting(world: ScannedFolder) -> None:
    poisoned = world.tree.add_video("poisoned.mov")
    world.intake.fails_for.add(poisoned)
    world.failing_scan()
    world.tree.broken.add(poisoned)
    world.tree.add_video("next.mov")
    world.clock.forward(RETRY_DELAY.total_seconds())
    assert world.failing_scan().code == "drive_unavailable"
    assert world.processed() == ["next.mov"]
    world.tree.broken.clear()
    world.intake.fails_for.clear()
    world.clock.forward(A_TICK)
    assert world.scan() == 1


def test_a_folder_whose_place_drive_does_not_tell_keeps_no_other_waiting(world: ScannedFolder) -> None:
    """Neither a file in it, nor a folder in it with files of its own, is lost."""
    broken = world.tree.add_folder("broken")
    world.tree.add_video("beside.mov", broken)
    world.tree.log.clear()
    inner = world.tree.add_folder("inner", broken)
    world.tree.add_video("inside.mov", inner)
    world.tree.add_video("next.mov")
    world.store.states[ROOT] = world.state.changed(cursor=Cursor(token="0"))
    world.tree.broken.add(broken)
    assert world.failing_scan().code == "drive_unavailable"
    assert world.processed() == ["next.mov"]
    world.tree.broken.clear()
    world.clock.forward(A_TICK)
    world.scan()
    assert world.processed() == ["inside.mov", "next.mov"]
    assert world.state.failed_files == ()


def test_a_folder_that_drive_cannot_list_keeps_no_other_waiting() -> None:
    world = ScannedFolder(page_size=10)
    for name in ("first", "broken", "last"):
        world.tree.add_video(f"{name}.mov", world.tree.add_folder(name))
    world.tree.broken.add("folder-broken-0123456789")
    for _ in range(3):
        assert world.failing_scan().code == "drive_unavailable"
    assert world.processed() == ["first.mov", "last.mov"]
    world.tree.broken.clear()
    assert world.scan() == 1
    assert world.state.pending == ()


def test_a_folder_that_can_never_be_listed_does_not_keep_the_tree_from_being_listed_again(world: ScannedFolder) -> None:
    world.tree.broken.add(world.tree.add_folder("broken"))
    world.failing_scan()
    world.tree.add_video("silent.mov")
    world.store.states[ROOT] = world.state.changed(cursor=Cursor(token=str(len(world.tree.log))))
    for _ in range(2):
        world.clock.forward(RELIST.total_seconds())
        world.failing_scan()
    assert world.processed() == ["silent.mov"]


def test_a_long_listing_is_brought_to_its_end_before_the_next_one_begins() -> None:
    world = ScannedFolder(page_size=10)
    for number in range(40):
        world.tree.add_video(f"{number:02}.mov", world.tree.add_folder(f"{number}"))
    world.intake.call_seconds, world.minutes_per_run = 30, 6
    world.scan()
    begun = world.state.listed_at
    world.clock.forward(RELIST.total_seconds())
    world.scan()
    assert world.state.listed_at == begun


def test_a_file_of_old_times_that_lies_in_several_folders_is_ours_if_one_of_them_is(world: ScannedFolder) -> None:
    film = world.tree.add_video("film.mov", world.tree.add_folder("Outside", None))
    world.tree.change(film, parents=(*world.tree.files[film].parents, ROOT))
    assert world.scan() == 1


def test_a_file_that_the_door_always_fails_for_is_tried_ever_less_and_in_the_end_only_when_listed(
    world: ScannedFolder,
) -> None:
    poisoned = world.tree.add_video("poisoned.mov")
    world.intake.fails_for.add(poisoned)
    tries = []
    for _ in range(int(timedelta(days=10).total_seconds() / A_TICK)):
        with suppress(RetryableError):
            world.scan()
        tries.append(len(world.intake.calls))
        world.clock.forward(A_TICK)
    ticks_a_day = int(timedelta(days=1).total_seconds() / A_TICK)
    assert tries[11] <= 8, "of twelve looks in the first hour"
    assert tries[2 * ticks_a_day - 1] == MAX_FAILURES
    assert tries[-1] <= MAX_FAILURES + 8, "one for each listing of the eight days after"
    (remembered,) = world.state.failed_files
    assert remembered.given_up

    world.intake.fails_for.clear()
    world.clock.forward(RELIST.total_seconds())
    assert world.scan() == 1, "a listing finds it again"
    assert world.state.failed_files == ()


def test_a_file_that_was_given_up_is_tried_when_it_becomes_another(world: ScannedFolder) -> None:
    poisoned = world.tree.add_video("film.mov")
    world.intake.fails_for.add(poisoned)
    for _ in range(int(timedelta(days=2.5).total_seconds() / A_TICK)):
        with suppress(RetryableError):
            world.scan()
        world.clock.forward(A_TICK)
    assert world.state.failed_files[0].given_up
    world.intake.fails_for.clear()
    world.tree.add_video("film.mov", content=b"mended")
    assert world.scan() == 1


def test_a_troubled_file_that_is_taken_away_is_forgotten(world: ScannedFolder) -> None:
    outside = world.tree.add_folder("Outside", None)
    films = [world.tree.add_video(name) for name in ("deleted.mov", "trashed.mov", "moved.mov")]
    world.intake.fails_for.update(films)
    world.failing_scan()
    world.tree.remove(films[0])
    world.tree.change(films[1], trashed=True)
    world.tree.move(films[2], outside)
    world.clock.forward(RETRY_DELAY.total_seconds())
    world.intake.calls.clear()
    assert world.scan() == 0
    assert (world.intake.calls, world.state.failed_files) == ([], ())


def test_a_door_that_fails_for_everybody_is_not_asked_for_thousands() -> None:
    world = ScannedFolder(page_size=500)
    for number in range(400):
        world.tree.add_video(f"{number}.mov")
    world.intake.down = True
    world.failing_scan()
    assert len(world.intake.calls) < MAX_CONSECUTIVE_FAILURES + 4
    for _ in range(30):
        world.failing_scan()
    assert len(world.state.failed_files) <= MAX_FAILED_FILES
    world.intake.down = False
    for _ in range(400):
        world.clock.forward(A_TICK)
        world.scan()
    assert len(world.processed()) == 400
    assert world.messages() == 400


def test_a_door_that_fails_for_many_in_turns_keeps_the_place() -> None:
    """More files than can be remembered fail on one page, each now and then between others that go well."""
    world = ScannedFolder(page_size=500)
    films = [world.tree.add_video(f"{number:03}.mov") for number in range(330)]
    world.intake.fails_for.update(film for number, film in enumerate(films) if number % 3)
    world.failing_scan()
    assert len(world.state.failed_files) == MAX_FAILED_FILES < len(world.intake.fails_for)
    world.intake.fails_for.clear()
    for _ in range(3):
        world.clock.forward(A_TICK)
        world.scan()
    assert len(world.processed()) == len(films)


def ticks_until(world: ScannedFolder, *, processed: int, at_most: int) -> int:
    """How many ticks it takes until so many files are processed."""
    ticks = 0
    while len(world.processed()) < processed and ticks < at_most:
        world.scan()
        ticks += 1
    return ticks


def test_a_scan_whose_time_is_up_goes_on_where_it_stood() -> None:
    world = ScannedFolder(page_size=10)
    for number in range(60):
        world.tree.add_video(f"{number:02}.mov", world.tree.add_folder(f"{number}"))
    world.intake.call_seconds = 30
    world.minutes_per_run = 6
    assert 3 < ticks_until(world, processed=60, at_most=20) < 20
    assert sorted(world.intake.calls) == sorted(set(world.intake.calls)), "nothing was announced twice"


def test_a_page_that_is_longer_than_the_time_is_gone_on_with() -> None:
    world = ScannedFolder(page_size=100)
    for number in range(40):
        world.tree.add_video(f"{number:02}.mov")
    world.intake.call_seconds, world.minutes_per_run = 30, 6
    assert 3 < ticks_until(world, processed=40, at_most=10) < 10
    assert sorted(world.intake.calls) == sorted(set(world.intake.calls)), "nothing was announced twice"


def test_new_files_come_first_while_a_long_listing_is_under_way() -> None:
    world = ScannedFolder(page_size=10)
    for number in range(40):
        world.tree.add_video(f"{number:02}.mov", world.tree.add_folder(f"{number}"))
    world.intake.call_seconds, world.minutes_per_run = 30, 6
    world.scan()
    assert world.state.pending
    world.tree.add_video("urgent.mov")
    world.intake.calls.clear()
    world.scan()
    assert world.intake.calls[0] == "file-urgent-mov-0123456789"


def test_without_time_for_a_page_nothing_is_begun(world: ScannedFolder) -> None:
    world.tree.add_video("film.mov")
    world.tree.calls.clear()
    world.minutes_per_run = 1
    assert world.scan() == 0
    assert dict(world.tree.calls) == {}


def test_two_scans_at_once_announce_everything_and_one_of_them_ends_quietly(world: ScannedFolder) -> None:
    for number in range(7):
        world.tree.add_video(f"{number}.mov")
    world.store.meanwhile = lambda: assert_scans(world)
    world.scan()
    assert world.scan() == 0
    assert world.processed() == [f"{number}.mov" for number in range(7)]
    assert world.messages() == 7


def assert_scans(world: ScannedFolder) -> None:
    assert world.scan() > 0


def test_what_was_found_and_what_went_wrong_is_counted(world: ScannedFolder) -> None:
    world.tree.add_video("good.mov")
    world.intake.fails_for.add(world.tree.add_video("bad.mov"))
    world.failing_scan()
    counted = {name: value for name, value, _ in world.pipeline.metrics.counts if name.startswith("Scan")}
    assert counted == {"ScanSubmitted": 1, "ScanFaults": 1}
