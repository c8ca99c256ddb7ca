"""Handlers that are called or triggered by events: what they answer and raise."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.fakes.drive import FILE_ID
from tests.fakes.interception import failing
from tests.fakes.pipeline import Pipeline
from tests.fakes.scanned_folder import FOLDER_NOT_SHARED, ScannedFolder
from tests.unit.handlers.calls import Context
from vcp.domain.errors import InvalidRequestError, PermanentError, RetryableError
from vcp.domain.mediaconvert.job_event import to_event
from vcp.domain.video.states import State

Function = Callable[[str], ModuleType]
CALL = {"fileUrl": f"https://drive.google.com/file/d/{FILE_ID}/view", "fileName": "film.mov"}


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture
def intake(pipeline: Pipeline, function: Function, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    module = function("intake")
    monkeypatch.setattr(module, "intake", lambda: pipeline.intake)
    return lambda event: module.handler(event, Context())


@pytest.fixture
def completion(pipeline: Pipeline, function: Function, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    module = function("completion")
    monkeypatch.setattr(module, "completion", lambda: pipeline.completion)
    return lambda event: module.handler(event, Context())


@pytest.fixture
def reconciler(pipeline: Pipeline, function: Function, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    module = function("reconciler")
    monkeypatch.setattr(module, "reconciler", lambda: pipeline.reconciler)
    monkeypatch.setattr(module, "folder_scanner", lambda: None)
    return lambda event: module.handler(event, Context())


def test_intake_describes_an_unexpected_error_to_its_caller(
    function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = function("intake")
    monkeypatch.setattr(module, "intake", lambda: None)
    with pytest.raises((RetryableError, AttributeError)) as caught:
        module.handler(CALL, Context())
    report = str(caught.value)
    assert report.startswith("unexpected: The pipeline failed unexpectedly")
    assert "request-1" in report
    assert "AttributeError" in report


def test_intake_answers_with_flat_json(intake: Callable[[Any], Any], pipeline: Pipeline) -> None:
    assert intake(CALL) == {
        "schema": 1,
        "videoId": pipeline.record.video_id,
        "status": "accepted",
        "state": "queued",
        "code": "queued",
        "reason": "film.mov is queued for compression.",
        "fileName": "film.mov",
        "attempt": 1,
    }


@pytest.mark.parametrize("event", [{}, {"body": "no json"}, [], "hello", {"fileUrl": "https://example.org/x"}])
def test_intake_raises_for_a_call_without_a_file(intake: Callable[[Any], Any], event: Any) -> None:
    with pytest.raises(InvalidRequestError):
        intake(event)


def test_intake_raises_a_transient_error(intake: Callable[[Any], Any], pipeline: Pipeline) -> None:
    pipeline.queue.down = True
    with pytest.raises(RetryableError, match="sqs_unreachable"):
        intake(CALL)


def test_completion_handles_a_job_event(completion: Callable[[Any], Any], pipeline: Pipeline) -> None:
    pipeline.up_to_transcoding()
    pipeline.encode()
    assert completion(to_event(pipeline.event())) is None
    assert pipeline.state() is State.COMPLETED


def test_completion_raises_a_transient_error(completion: Callable[[Any], Any], pipeline: Pipeline) -> None:
    pipeline.up_to_transcoding()
    pipeline.encode()
    unavailable = RetryableError("s3_unavailable", "A cloud service is busy.")
    with failing(pipeline.probe, "facts", unavailable), pytest.raises(RetryableError):
        completion(to_event(pipeline.event()))
    assert pipeline.ledger.leases == {}


def test_completion_raises_for_another_event(completion: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidRequestError):
        completion({"source": "aws.s3", "detail-type": "Object Created", "detail": {}})


def test_reconciler_answers_with_what_it_recovered(reconciler: Callable[[Any], Any], pipeline: Pipeline) -> None:
    pipeline.submit()
    assert reconciler({}) == {}
    pipeline.clock.forward(901)
    assert reconciler({}) == {"queued": 1}


def test_reconciler_raises_for_a_video_that_it_could_not_check(
    reconciler: Callable[[Any], Any], pipeline: Pipeline
) -> None:
    pipeline.up_to_transcoding()
    pipeline.transcoder.jobs.clear()
    pipeline.clock.forward(901)
    with pytest.raises(PermanentError):
        reconciler({})


@pytest.fixture
def folder() -> ScannedFolder:
    return ScannedFolder()


@pytest.fixture
def watched(folder: ScannedFolder, function: Function, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return the reconciler's handler on a watched folder, called with so many seconds left."""
    module = function("reconciler")
    monkeypatch.setattr(module, "reconciler", lambda: folder.pipeline.reconciler)
    monkeypatch.setattr(module, "folder_scanner", lambda: folder.scanner)
    return lambda seconds_left=900: module.handler({}, Context(seconds_left))


def test_a_stack_without_a_watched_folder_does_not_scan(function: Function) -> None:
    assert function("reconciler").folder_scanner() is None


def test_reconciler_scans_the_watched_folder(watched: Callable[..., Any], folder: ScannedFolder) -> None:
    folder.tree.add_video("film.mov")
    assert watched() == {"submitted": 1}
    assert watched() == {}


def test_a_failing_scan_blocks_no_recovery(watched: Callable[..., Any], folder: ScannedFolder) -> None:
    folder.tree.folder_problem = FOLDER_NOT_SHARED
    folder.pipeline.submit()
    folder.pipeline.queue.messages.clear()
    folder.clock.forward(901)
    with pytest.raises(PermanentError, match="watched_folder_unseen"):
        watched()
    assert len(folder.pipeline.queue.messages) == 1


def test_a_failing_recovery_blocks_no_scan(watched: Callable[..., Any], folder: ScannedFolder) -> None:
    folder.pipeline.up_to_transcoding()
    folder.pipeline.transcoder.jobs.clear()
    folder.clock.forward(901)
    folder.tree.add_video("found.mov")
    with pytest.raises(PermanentError, match="does not know this job"):
        watched()
    assert "found.mov" in folder.processed()


def test_raises_the_first_of_two_failures_and_logs_the_other(
    watched: Callable[..., Any], folder: ScannedFolder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.pipeline.up_to_transcoding()
    folder.pipeline.transcoder.jobs.clear()
    folder.clock.forward(901)
    folder.tree.folder_problem = FOLDER_NOT_SHARED
    with pytest.raises(PermanentError, match="does not know this job"):
        watched()
    assert "watched_folder_unseen" in caplog.text


def test_the_scan_ends_before_the_function_times_out(watched: Callable[..., Any], folder: ScannedFolder) -> None:
    folder.tree.add_video("film.mov")
    assert watched(100) == {}
    assert watched(300) == {"submitted": 1}
