"""Events of the local cloud have the documented shape."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.process import RunningCloud
from tests.contract.events import EVENTS, Documented, differences, load
from tests.localcloud.eventbus.test_delivery import RuleEnvironment
from tests.localcloud.lambdahost.conftest import Function, Workshop
from tests.localcloud.lambdahost.test_streams import Table
from tests.localcloud.mediaconvert.conftest import Studio, make_studio
from tests.rendering.media import make_clip
from tests.waiting import eventually

RECORDER = """
    import json, pathlib

    def handler(event, context):
        with pathlib.Path({file!r}).open("a") as file:
            print(json.dumps(event), file=file)
"""
FAILING = """
    def handler(event, context):
        raise RuntimeError("no")
"""


@pytest.fixture
def workshop(cloud: RunningCloud, tmp_path: Path) -> Iterator[Workshop]:
    created = Workshop(cloud, tmp_path)
    yield created
    created.clean()


@pytest.fixture(scope="module")
def studio(cloud: RunningCloud) -> Iterator[Studio]:
    created = make_studio(cloud, f"contract-{uuid.uuid4().hex[:8]}")
    yield created
    created.console.clear_faults()


@pytest.fixture(scope="module")
def job_events(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return an event of each status, of a job that succeeds, one that fails and one that is cancelled."""
    film = make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2)
    settings = studio.settings(studio.put(film))
    studio.console.update_every(0.01)
    seen = studio.events(studio.submit(settings, UserMetadata={"VideoId": "v-1"}), "COMPLETE")
    studio.console.fail_next(1040, "The settings are wrong", phase="PROBING")
    seen += studio.events(studio.submit(settings), "ERROR")
    studio.console.hold()
    held = studio.submit(settings)
    studio.mediaconvert.cancel_job(Id=held)
    studio.console.release()
    seen += studio.events(held, "CANCELED")
    return {event["detail"]["status"]: event for event in seen}


def recorder(workshop: Workshop, file: Path) -> Function:
    return workshop.function(RECORDER.format(file=str(file)))


def recorded(file: Path) -> Any:
    """Return the first event of a recorder."""
    lines = eventually(lambda: file.read_text().splitlines() if file.exists() else None, what="a call of the recorder")
    return json.loads(lines[0])


@pytest.mark.parametrize("name", [name for name in EVENTS if name.startswith("mediaconvert_")])
def test_job_events_match_their_documentation(job_events: dict[str, Any], name: str) -> None:
    event = job_events[name.removeprefix("mediaconvert_").upper()]
    assert differences(EVENTS[name], event) == []


def test_every_emitted_job_status_is_compared(job_events: dict[str, Any]) -> None:
    assert {f"mediaconvert_{status.lower()}" for status in job_events} <= EVENTS.keys()


def test_queue_messages_match_their_documentation(workshop: Workshop, tmp_path: Path) -> None:
    url, arn = workshop.queue()
    function = recorder(workshop, tmp_path / "out")
    workshop.client.create_event_source_mapping(FunctionName=function.name, EventSourceArn=arn)
    workshop.cloud.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    assert differences(EVENTS["sqs_messages"], recorded(tmp_path / "out")) == []


def test_stream_records_match_their_documentation(workshop: Workshop, tmp_path: Path) -> None:
    table, function = Table(workshop), recorder(workshop, tmp_path / "out")
    table.put("a")
    table.put("a", message={"S": "changed"})
    workshop.client.create_event_source_mapping(
        FunctionName=function.name, EventSourceArn=table.stream_arn, StartingPosition="TRIM_HORIZON"
    )
    assert differences(EVENTS["dynamodb_stream"], recorded(tmp_path / "out")) == []


def test_recorded_ledger_stream_matches_its_documentation() -> None:
    assert differences(EVENTS["dynamodb_stream"], load("ledger_stream")) == []


def test_scheduled_events_match_their_documentation(cloud: RunningCloud) -> None:
    rules = RuleEnvironment(cloud)
    url, arn = rules.queue()
    rules.put_rule(ScheduleExpression="rate(1 day)")
    rules.target(Arn=arn)
    cloud.console_client.events.fire(rules.rule)
    assert differences(EVENTS["eventbridge_scheduled"], json.loads(rules.receive(url)["Body"])) == []


def test_undelivered_events_match_their_documentation(cloud: RunningCloud) -> None:
    rules = RuleEnvironment(cloud)
    url, arn = rules.queue()
    _, closed = rules.queue(permitted=False)
    rules.put_rule()
    rules.target(Arn=closed, DeadLetterConfig={"Arn": arn})
    rules.send(number=1)
    letter = rules.receive(url)
    attributes = {"MessageAttributes": letter["MessageAttributes"]}
    assert differences(EVENTS["eventbridge_undelivered"], attributes) == []
    assert json.loads(letter["Body"])["detail"] == {"number": 1}


def letter_of(workshop: Workshop, url: str) -> Any:
    """Return the body of the message about a failure."""
    (message,) = eventually(lambda: workshop.received(url))
    return json.loads(message["Body"])


def test_failed_asynchronous_invocations_match_their_documentation(workshop: Workshop) -> None:
    url, arn = workshop.queue()
    function = workshop.function(FAILING)
    workshop.client.put_function_event_invoke_config(
        FunctionName=function.name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    function.invoke({"film": 1}, InvocationType="Event")
    letter = letter_of(workshop, url)
    assert differences(EVENTS["lambda_async_failure"], letter) == []
    assert letter["requestPayload"] == {"film": 1}


def test_failed_stream_batches_match_their_documentation(workshop: Workshop) -> None:
    url, arn = workshop.queue()
    table, function = Table(workshop), workshop.function(FAILING)
    table.put("a")
    workshop.client.create_event_source_mapping(
        FunctionName=function.name,
        EventSourceArn=table.stream_arn,
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    assert differences(EVENTS["lambda_stream_failure"], letter_of(workshop, url)) == []


def _without(event: Any) -> Any:
    del event["detail"]["jobId"]
    return event


def _renamed(event: Any) -> Any:
    event["detail"]["error_code"] = event["detail"].pop("errorCode")
    return event


def _as_text(event: Any) -> Any:
    event["detail"]["errorCode"] = "1040"
    return event


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_without, ["detail.jobId is documented, and missing"]),
        (_renamed, ["detail.errorCode is documented, and missing", "detail.error_code is not documented"]),
        (_as_text, ["detail.errorCode is text, documented as number"]),
    ],
)
def test_detects_a_difference(change: Callable[[Any], Any], expected: list[str]) -> None:
    assert differences(EVENTS["mediaconvert_error"], change(load("mediaconvert_error"))) == expected


def test_detects_an_obsolete_exception() -> None:
    stale = Documented("mediaconvert_error", absent={"detail.errorCode": "x"}, beyond={"detail.more": "x"})
    assert differences(stale, load("mediaconvert_error")) == [
        "detail.errorCode is there by now: take it from `absent`",
        "detail.more is not there: take it from `beyond`",
    ]
