"""Calling the door as n8n does, and what its answers and failures become."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any, cast
from uuid import uuid4

import pytest

from localcloud.context import LocalImage
from localcloud.process import RunningCloud
from vcp.adapters.aws.intake_function import IntakeFunction
from vcp.domain.errors import PermanentError, RetryableError, VcpError

ANSWER = {
    "schema": 1, "videoId": "film-md5", "status": "accepted", "state": "queued", "code": "queued",
    "reason": "Größe.mov is queued for compression.", "fileName": "Größe.mov", "attempt": 1,
}  # fmt: skip
#: A function that answers with the file that it was called with, or fails as its name says.
APP = """
import json
import sys


class RetryableError(Exception):
    pass


def handler(event, context):
    if event["name"] == "fails":
        raise RetryableError("drive_unavailable: Google Drive is busy; the work is tried again. [HTTP 503]")
    if event["name"] == "dies":
        sys.exit(1)
    return json.loads(event["description"])
"""


@pytest.fixture(scope="module")
def function(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    sources = tmp_path_factory.mktemp("door")
    (sources / "app.py").write_text(APP)
    name, uri = f"door-{uuid4().hex[:12]}", f"registry.test/door@sha256:{uuid4().hex * 2}"
    cloud.console_client.functions.register_image(uri, LocalImage(sys.executable, str(sources), {"PATH": "/usr/bin"}))
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    cloud.client("lambda").create_function(
        FunctionName=name, Role=role, PackageType="Image", Code={"ImageUri": uri},
        ImageConfig={"Command": ["app.handler"]}, Timeout=20,
    )  # fmt: skip
    yield name
    cloud.client("lambda").delete_function(FunctionName=name)


def file(name: str = "Größe.mov", answer: object = None) -> dict[str, Any]:
    return {
        "id": "1AnyFile000000000",
        "name": name,
        "description": json.dumps(answer if answer is not None else ANSWER),
    }


def test_the_answer_is_waited_for_and_its_status_told(cloud: RunningCloud, function: str) -> None:
    door = IntakeFunction(cloud.client("lambda"), function)
    assert door.submit(file()) == "accepted"
    assert door.submit(file(answer={**ANSWER, "status": "rejected"})) == "rejected"


@pytest.mark.parametrize(
    ("called_with", "told"),
    [
        (file("fails"), "drive_unavailable: Google Drive is busy; the work is tried again"),
        (file("dies"), "Runtime exited"),
        (file(answer={"statusCode": 500}), "answered b'{\"statusCode\": 500}'"),
        (file(answer="accepted"), "answered"),
    ],
    ids=["fails", "dies", "another shape", "no object"],
)
def test_a_door_that_did_not_take_the_file_in_is_knocked_at_again(
    cloud: RunningCloud, function: str, called_with: dict[str, Any], told: str
) -> None:
    """Nothing but an answer of the door's own shape says that the file is taken in."""
    with pytest.raises(RetryableError, match="door_failed") as caught:
        IntakeFunction(cloud.client("lambda"), function).submit(called_with)
    assert told in caught.value.detail


class Garbling:
    """Lambda's client when the answer's bytes are no text."""

    def invoke(self, **_: Any) -> dict[str, Any]:
        return {"Payload": BytesIO(json.dumps(ANSWER, ensure_ascii=False).encode("latin-1"))}


def test_a_door_whose_answer_is_no_text_is_knocked_at_again() -> None:
    with pytest.raises(RetryableError, match="door_failed"):
        IntakeFunction(cast(Any, Garbling()), "door").submit(file())


def test_a_door_that_is_not_there_or_not_ours_to_knock_at_needs_a_person(cloud: RunningCloud) -> None:
    with pytest.raises(VcpError) as caught:
        IntakeFunction(cloud.client("lambda"), "no-such-function").submit(file())
    assert isinstance(caught.value, PermanentError)
    assert caught.value.code == "lambda_refused"
