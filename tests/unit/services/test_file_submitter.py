"""What is announced and what is left out: the scan's idea of what is settled is the door's own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.drive import FILE_ID
from tests.fakes.pipeline import Pipeline
from tests.fakes.scanned_folder import ScannedFolder
from vcp.domain.video.record import Problem
from vcp.domain.video.states import State
from vcp.ports.scan import VideoStatus
from vcp.services.file_submitter import FileSubmitter, is_settled
from vcp.services.intake import RECHECKABLE_CODES

CODES = [None, "gave_up", *sorted(RECHECKABLE_CODES)]
AN_HOUR = timedelta(hours=1)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("code", CODES)
def test_a_video_is_settled_when_the_door_would_change_nothing_about_it(state: State, code: str | None) -> None:
    """Given a video in any state for any reason, whose file is fine by now, when it is announced again, the door
    moves it if and only if the scan would announce it."""
    world = Pipeline()
    world.submit()
    problem = Problem(code=code, sentence="Why it ended.") if code else None
    world.ledger._keep(world.record.but(state=state, problem=problem))
    version = world.record.version

    world.intake.submit({"fileUrl": f"https://drive.google.com/file/d/{FILE_ID}/view"})

    assert is_settled(VideoStatus(state, code)) == (world.record.version == version)


def test_files_on_one_page_are_told_apart_by_their_version() -> None:
    world = ScannedFolder()
    first, second = (
        world.tree.add_video("first.mov", content=b"same"),
        world.tree.add_video("second.mov", content=b"same"),
    )
    files = [world.tree.files[each] for each in (first, second)]
    world.intake.submit(files[0])

    report = FileSubmitter(world.tree, world.store, world.intake).submit(files, lambda: AN_HOUR)

    assert (report.known, report.submitted, report.failed, report.remaining) == ([first], [second], {}, [])


def test_what_there_is_no_time_for_is_told() -> None:
    world = ScannedFolder()
    film = world.tree.add_video("film.mov")
    submitter = FileSubmitter(world.tree, world.store, world.intake)
    report = submitter.submit([world.tree.files[film]], lambda: timedelta(seconds=89))
    assert (report.remaining, world.intake.calls) == ([film], [])


def test_a_shortcut_that_drive_cannot_follow_just_now_is_tried_again_and_keeps_no_other_waiting() -> None:
    world = ScannedFolder()
    target = world.tree.add_video("film.mov")
    link = world.tree.add_shortcut(target, "link")
    files = [world.tree.files[each] for each in (link, target)]
    world.tree.down = True
    report = FileSubmitter(world.tree, world.store, world.intake).submit(files, lambda: AN_HOUR)
    assert ([*report.failed], report.submitted) == ([link], [target])
