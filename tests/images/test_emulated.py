"""Each function of the images under Lambda's runtime interface emulator, against the local cloud."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.emulation import Function, emulated
from vcp.wire.environment import SETTINGS_BY_FUNCTION
from vcpctl.demo.environment import DemoEnvironment
from vcpctl.images.built import Built

EVENTS = Path(__file__).parents[1] / "data/events"
#: Function -> its image and a real event, whose video does not exist on the local cloud.
CASES: dict[str, tuple[str, str]] = {
    "intake": ("media", "n8n_plain.json"),
    "transfer": ("media", "sqs_messages.json"),
    "completion": ("media", "mediaconvert_complete.json"),
    "airtable_sync": ("core", "ledger_stream.json"),
    "notifier": ("core", "ledger_stream.json"),
    "reconciler": ("core", "eventbridge_scheduled.json"),
}


def variables_of(environment: DemoEnvironment, function: str) -> dict[str, str]:
    """Return the deployed environment and what Lambda adds to it."""
    name = environment.outputs["functionNames"][function]
    config = environment.cloud.client("lambda").get_function_configuration(FunctionName=name)
    return {
        **config["Environment"]["Variables"],
        "AWS_ENDPOINT_URL": environment.cloud.aws,
        "AWS_REGION": environment.cloud.region,
        "AWS_DEFAULT_REGION": environment.cloud.region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "60",
    }


def handler_of(function: str, images: Mapping[str, Built]) -> Function:
    return Function(images[CASES[function][0]].container, f"vcp.handlers.{function}.handler")


def test_every_function_has_a_case() -> None:
    assert CASES.keys() == SETTINGS_BY_FUNCTION.keys()


@pytest.mark.parametrize("function", CASES)
def test_answers_a_real_event(environment: DemoEnvironment, images: dict[str, Built], rie: Path, function: str) -> None:
    event = json.loads((EVENTS / CASES[function][1]).read_text("utf-8"))
    with emulated(rie, handler_of(function, images), variables_of(environment, function)) as running:
        answer = running.invoke(event)

    if function == "intake":
        assert (answer["state"], answer["code"]) == ("rejected", "drive_not_found")
    elif function == "transfer":
        # The video is unknown: the message is reported as failed.
        assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
    elif function == "notifier":
        assert answer == {"batchItemFailures": []}
    else:
        assert answer == ({} if function == "reconciler" else None)


def test_an_exception_is_a_function_error(images: dict[str, Built], rie: Path) -> None:
    source = "def handler(event, context):\n    raise ValueError('broken on purpose')\n"
    with emulated(rie, Function(images["core"].container, "raising.handler", source), {}) as running:
        answer = running.invoke({})

    assert answer["errorType"] == "ValueError"
    assert answer["errorMessage"] == "broken on purpose"


def test_intake_rejects_an_invalid_event_with_a_sentence(
    environment: DemoEnvironment, images: dict[str, Built], rie: Path
) -> None:
    variables = variables_of(environment, "intake")
    with emulated(rie, handler_of("intake", images), variables) as running:
        answer = running.invoke({"fileName": "film.mov"})

    assert answer["errorType"] == "InvalidRequestError"
    assert answer["errorMessage"].startswith("no_file: ")
    assert "status" not in answer, "n8n would read it as an answer"


@pytest.mark.parametrize("function", CASES)
def test_reports_a_missing_environment_variable(
    environment: DemoEnvironment, images: dict[str, Built], rie: Path, function: str
) -> None:
    variables = variables_of(environment, function)
    del variables["VCP_LEDGER_TABLE"]
    with emulated(rie, handler_of(function, images), variables) as running:
        answer = running.invoke({})

    assert answer["errorType"] == "WrongEnvironmentError"
    assert answer["errorMessage"] == f"the environment of {function} is wrong: VCP_LEDGER_TABLE is missing"
