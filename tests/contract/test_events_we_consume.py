"""The handlers process events as the services document them (tests/data/events/README.md)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from localcloud.google_drive.discovery import drive_v3
from tests.contract.events import FOLDER, load
from tests.fakes.airtable import FakeTable
from tests.fakes.drive import FILE_ID
from tests.fakes.messaging import FakeMailer
from tests.fakes.pipeline import Pipeline
from tests.unit.handlers.calls import Context
from vcp.domain.mediaconvert.job_event import parse_job_event
from vcp.domain.video.states import State
from vcp.services.airtable_sync import AirtableSync
from vcp.services.notifier import Notifier

Handler = Callable[[Any], Any]
Function = Callable[[str], ModuleType]
STATUSES = (
    "PROGRESSING", "INPUT_INFORMATION", "STATUS_UPDATE", "COMPLETE", "CANCELED", "ERROR", "NEW_WARNING", "QUEUE_HOP",
)  # fmt: skip


class Handlers:
    """The real handlers on one pipeline in memory."""

    def __init__(self, function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pipeline = Pipeline()
        self.mailer, self.table = FakeMailer(), FakeTable()
        self._function, self._monkeypatch = function, monkeypatch

    def call(self, key: str, factory: str, service: Any, event: Any) -> Any:
        """Call the handler of a function with this service."""
        module = self._function(key)
        self._monkeypatch.setattr(module, factory, lambda: service)
        return module.handler(event, Context())

    def intake(self, event: Any) -> Any:
        return self.call("intake", "intake", self.pipeline.intake, event)

    def transfer(self, event: Any) -> Any:
        return self.call("transfer", "transfer", self.pipeline.transfer, event)

    def completion(self, event: Any) -> Any:
        return self.call("completion", "completion", self.pipeline.completion, event)

    def reconciler(self, event: Any) -> Any:
        return self.call("reconciler", "reconciler", self.pipeline.reconciler, event)

    def notifier(self, event: Any) -> Any:
        notifier = Notifier(
            self.pipeline.ledger, self.mailer, self.pipeline.clock, lambda _: "https://x", timedelta(minutes=5)
        )
        return self.call("notifier", "notifier", notifier, event)

    def airtable_sync(self, event: Any) -> Any:
        sync = AirtableSync(self.pipeline.ledger, self.table, lambda _: "https://x")
        return self.call("airtable_sync", "airtable_sync", sync, event)

    def job_event(self, status: str) -> Any:
        """Return the documented event, about the job of the video."""
        event = load(f"mediaconvert_{status.lower()}")
        event["detail"]["jobId"] = self.pipeline.record.require_job().job_id
        return event


@pytest.fixture
def handlers(function: Function, monkeypatch: pytest.MonkeyPatch) -> Handlers:
    return Handlers(function, monkeypatch)


@pytest.fixture
def transcoding(handlers: Handlers) -> Handlers:
    handlers.pipeline.up_to_transcoding()
    handlers.pipeline.encode()
    return handlers


@pytest.mark.parametrize("name", ["n8n_plain", "n8n_body_object", "n8n_body_text"])
def test_intake_accepts_what_n8n_sends(handlers: Handlers, name: str) -> None:
    answer = handlers.intake(load(name))
    assert (answer["status"], answer["fileName"]) == ("accepted", "film.mov")
    assert handlers.pipeline.record.source.file_id == FILE_ID


def test_intake_accepts_a_drive_file_resource(handlers: Handlers) -> None:
    answer = handlers.intake({**load("drive_file"), "id": FILE_ID})
    assert (answer["status"], answer["fileName"]) == ("accepted", "film.mov")


def test_transfer_processes_a_queue_message(handlers: Handlers) -> None:
    handlers.pipeline.submit()
    assert handlers.transfer(load("sqs_messages")) == {"batchItemFailures": []}
    assert handlers.pipeline.state() is State.TRANSCODING


@pytest.mark.parametrize("status", STATUSES)
def test_parses_every_job_event(status: str) -> None:
    event = load(f"mediaconvert_{status.lower()}")
    read = parse_job_event(event)
    assert (read.status, read.job_id) == (status, event["detail"]["jobId"])
    assert (read.video_id, read.attempt, read.stack) == (event["detail"]["userMetadata"]["VideoId"], 1, "test")


@pytest.mark.parametrize(
    ("status", "state"),
    [("COMPLETE", State.COMPLETED), ("ERROR", State.FAILED), ("CANCELED", State.CANCELLED)],
)
def test_a_final_job_event_changes_the_videos_state(transcoding: Handlers, status: str, state: State) -> None:
    assert transcoding.completion(transcoding.job_event(status)) is None
    assert transcoding.pipeline.state() is state


def test_the_record_keeps_the_error_code_of_a_failed_job(transcoding: Handlers) -> None:
    transcoding.completion(transcoding.job_event("ERROR"))
    detail = transcoding.pipeline.problem.detail
    assert "1040" in detail
    assert "Example error message" in detail


@pytest.mark.parametrize("status", ["PROGRESSING", "INPUT_INFORMATION", "STATUS_UPDATE", "NEW_WARNING", "QUEUE_HOP"])
def test_a_status_event_does_not_change_the_videos_state(transcoding: Handlers, status: str) -> None:
    transcoding.completion(transcoding.job_event(status))
    assert transcoding.pipeline.state() is State.TRANSCODING


def test_reads_progress() -> None:
    assert parse_job_event(load("mediaconvert_status_update")).percent == 7


def test_the_schedule_runs_the_reconciler(handlers: Handlers) -> None:
    handlers.pipeline.submit()
    handlers.pipeline.queue.messages.clear()  # lost
    handlers.pipeline.clock.forward(3600)
    assert handlers.reconciler(load("eventbridge_scheduled")) == {"queued": 1}
    assert len(handlers.pipeline.queue.messages) == 1


def test_the_ledger_stream_leads_to_mails_and_rows(transcoding: Handlers) -> None:
    transcoding.pipeline.handle_event()
    stream = load("ledger_stream")
    assert transcoding.notifier(stream) == {"batchItemFailures": []}
    assert [subject for subject, _ in transcoding.mailer.mails] == ["Started: film.mov", "Ready: film.mov"]
    transcoding.airtable_sync(stream)
    (row,) = transcoding.table.rows.values()
    assert (row["File Name"], row["Status"]) == ("film.mov", "Completed")


def test_the_sample_file_has_only_fields_of_the_drive_api() -> None:
    """The sample is recorded from the local Drive; Google's discovery document decides whether it is valid."""
    discovery = drive_v3()
    assert list(_unknown(discovery.schemas["File"], load("drive_file"), "")) == []


def _unknown(schema: Any, value: Any, path: str) -> Any:
    discovery = drive_v3()
    kinds: dict[str, Any] = {
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
        "array": list,
        "object": dict,
    }
    described = discovery.schemas[schema["$ref"]] if "$ref" in schema else schema
    if not isinstance(value, kinds[described["type"]]):
        yield f"{path} is no {described['type']}"
    elif isinstance(value, list):
        for item in value:
            yield from _unknown(described["items"], item, f"{path}[]")
    elif isinstance(value, dict):
        for name, item in value.items():
            child = discovery.child(described, name)
            if child is None:
                yield f"{path}.{name}"
            else:
                yield from _unknown(child, item, f"{path}.{name}")


def test_every_sample_names_its_source() -> None:
    documented = set(re.findall(r"`(\w+)\.json`", (FOLDER / "README.md").read_text("utf-8")))
    assert documented == {path.stem for path in FOLDER.glob("*.json")}
