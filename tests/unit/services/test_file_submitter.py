"""What the scan submits and what it skips: it agrees with the intake about settled videos."""

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
def test_a_video_is_settled_if_resubmitting_it_changes_nothing(state: State, code: str | None) -> None:
    """Given a video in any state, whose file is usable now, the intake changes it exactly if the scan submits it."""
    pipeline = Pipeline()
    pipeline.submit()
    problem = Problem(code=code, sentence="Why it ended.") if code else None
    pipeline.ledger._keep(pipeline.record.but(state=state, problem=problem))
    version = pipeline.record.version

    pipeline.intake.submit({"fileUrl": f"https://drive.google.com/file/d/{FILE_ID}/view"})

    assert is_settled(VideoStatus(state, code)) == (pipeline.record.version == version)


def test_files_with_equal_content_are_distinct_videos() -> None:
    folder = ScannedFolder()
    first, second = (
        folder.tree.add_video("first.mov", content=b"same"),
        folder.tree.add_video("second.mov", content=b"same"),
    )
    files = [folder.tree.files[each] for each in (first, second)]
    folder.intake.submit(files[0])

    report = FileSubmitter(folder.tree, folder.store, folder.intake).submit(files, lambda: AN_HOUR)

    assert (report.known, report.submitted, report.failed, report.remaining) == ([first], [second], {}, [])


def test_reports_files_for_which_no_time_remains() -> None:
    folder = ScannedFolder()
    film = folder.tree.add_video("film.mov")
    submitter = FileSubmitter(folder.tree, folder.store, folder.intake)
    report = submitter.submit([folder.tree.files[film]], lambda: timedelta(seconds=89))
    assert (report.remaining, folder.intake.calls) == ([film], [])


def test_an_unresolvable_shortcut_is_retried_and_blocks_no_other_file() -> None:
    folder = ScannedFolder()
    target = folder.tree.add_video("film.mov")
    link = folder.tree.add_shortcut(target, "link")
    files = [folder.tree.files[each] for each in (link, target)]
    folder.tree.down = True
    report = FileSubmitter(folder.tree, folder.store, folder.intake).submit(files, lambda: AN_HOUR)
    assert ([*report.failed], report.submitted) == ([link], [target])
