"""The functions that somebody waits for or that events set going: answers, and failures that are raised."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.fakes.drive import FILE_ID
from tests.fakes.pipeline import Pipeline
from tests.fakes.scanned_folder import FOLDER_NOT_SHARED, ScannedFolder
from tests.unit.handlers.calls import Context
from vcp.domain.errors import InvalidRequestError, PermanentError, RetryableError
from vcp.domain.mediaconvert.job_event import to_event
from vcp.domain.video.states import State

Function = Callable[[str], ModuleType]
ANNOUNCEMENT = {"fileUrl": f"https://drive.google.com/file/d/{FILE_ID}/view", "fileName": "film.mov"}


@pytest.fixture
def world() -> Pipeline:
    return Pipeline()


@pytest.fixture
def door(world: Pipeline, function: Function, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    module = function("intake")
    monkeypatch.setattr(module, "intake", lambda: world.intake)
    return lambda event: module.handler(event, Context())


@pytest.fixture
def completion(world: Pipeline, function: Function, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    module = function("completion")
    monkeypatch.setattr(module, "completion", lambda: world.completion)
    return lambda event: module.handler(event, Context())


@pytest.fixture
def reconciler(world: Pipeline, function: Function, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    module = function("reconciler")
    monkeypatch.setattr(module, "reconciler", lambda: world.reconciler)
    monkeypatch.setattr(module, "folder_scanner", lambda: None)
    return lambda event: module.handler(event, Context())


def test_a_fault_of_the_door_itself_is_told_to_its_caller_in_a_sentence(
    function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = function("intake")
    monkeypatch.setattr(module, "intake", lambda: None)
    with pytest.raises((RetryableError, AttributeError)) as caught:
        module.handler(ANNOUNCEMENT, Context())
    report = str(caught.value)
    assert report.startswith("unexpected: The pipeline failed unexpectedly")
    assert "request-1" in report
    assert "AttributeError" in report


def test_the_door_answers_flat_json(door: Callable[[Any], Any], world: Pipeline) -> None:
    assert door(ANNOUNCEMENT) == {
        "schema": 1,
        "videoId": world.record.video_id,
        "status": "accepted",
        "state": "queued",
        "code": "queued",
        "reason": "film.mov is queued for compression.",
        "fileName": "film.mov",
        "attempt": 1,
    }


@pytest.mark.parametrize("event", [{}, {"body": "no json"}, [], "hello", {"fileUrl": "https://example.org/x"}])
def test_the_door_raises_what_belongs_to_no_file(door: Callable[[Any], Any], event: Any) -> None:
    with pytest.raises(InvalidRequestError):
        door(event)


def test_the_door_raises_what_may_pass_and_returns_no_failure(door: Callable[[Any], Any], world: Pipeline) -> None:
    world.queue.down = True
    with pytest.raises(RetryableError, match="sqs_unreachable"):
        door(ANNOUNCEMENT)


def test_an_event_of_a_job_is_handled(completion: Callable[[Any], Any], world: Pipeline) -> None:
    world.up_to_transcoding()
    world.encode()
    assert completion(to_event(world.event())) is None
    assert world.state() is State.COMPLETED


def test_a_failure_to_prove_is_raised_and_not_returned(completion: Callable[[Any], Any], world: Pipeline) -> None:
    world.up_to_transcoding()
    world.encode()

    def down(*_: object) -> Any:
        raise RetryableError("s3_unavailable", "A cloud service is busy.")

    world.probe.facts = down  # type: ignore[method-assign, assignment]
    with pytest.raises(RetryableError):
        completion(to_event(world.event()))
    assert world.ledger.leases == {}


def test_what_is_no_job_event_is_raised(completion: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidRequestError):
        completion({"source": "aws.s3", "detail-type": "Object Created", "detail": {}})


def test_the_reconciler_answers_what_it_took_up(reconciler: Callable[[Any], Any], world: Pipeline) -> None:
    world.submit()
    assert reconciler({}) == {}
    world.clock.forward(901)
    assert reconciler({}) == {"queued": 1}


def test_the_reconciler_raises_what_it_could_not_look_at(reconciler: Callable[[Any], Any], world: Pipeline) -> None:
    world.up_to_transcoding()
    world.transcoder.jobs.clear()
    world.clock.forward(901)
    with pytest.raises(PermanentError):
        reconciler({})


@pytest.fixture
def folder() -> ScannedFolder:
    return ScannedFolder()


@pytest.fixture
def watched(folder: ScannedFolder, function: Function, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The reconciler of a stack that watches the folder, called with so many seconds left."""
    module = function("reconciler")
    monkeypatch.setattr(module, "reconciler", lambda: folder.pipeline.reconciler)
    monkeypatch.setattr(module, "folder_scanner", lambda: folder.scanner)
    return lambda seconds_left=900: module.handler({}, Context(seconds_left))


def test_a_stack_that_watches_nothing_scans_nothing(function: Function) -> None:
    assert function("reconciler").folder_scanner() is None


def test_the_reconciler_looks_through_the_watched_folder(watched: Callable[..., Any], folder: ScannedFolder) -> None:
    folder.tree.add_video("film.mov")
    assert watched() == {"submitted": 1}
    assert watched() == {}


def test_a_scan_that_fails_keeps_no_video_waiting(watched: Callable[..., Any], folder: ScannedFolder) -> None:
    folder.tree.folder_problem = FOLDER_NOT_SHARED
    folder.pipeline.submit()
    folder.pipeline.queue.messages.clear()
    folder.clock.forward(901)
    with pytest.raises(PermanentError, match="watched_folder_unseen"):
        watched()
    assert len(folder.pipeline.queue.messages) == 1


def test_a_video_that_cannot_be_looked_at_keeps_no_scan_waiting(
    watched: Callable[..., Any], folder: ScannedFolder
) -> None:
    folder.pipeline.up_to_transcoding()
    folder.pipeline.transcoder.jobs.clear()
    folder.clock.forward(901)
    folder.tree.add_video("found.mov")
    with pytest.raises(PermanentError, match="does not know this job"):
        watched()
    assert "found.mov" in folder.processed()


def test_when_both_fail_the_first_is_raised_and_the_other_logged(
    watched: Callable[..., Any], folder: ScannedFolder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.pipeline.up_to_transcoding()
    folder.pipeline.transcoder.jobs.clear()
    folder.clock.forward(901)
    folder.tree.folder_problem = FOLDER_NOT_SHARED
    with pytest.raises(PermanentError, match="does not know this job"):
        watched()
    assert "watched_folder_unseen" in caplog.text


def test_the_scan_ends_before_lambda_does(watched: Callable[..., Any], folder: ScannedFolder) -> None:
    folder.tree.add_video("film.mov")
    assert watched(100) == {}
    assert watched(300) == {"submitted": 1}
