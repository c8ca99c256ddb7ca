"""The intake client: answers and failures of the invoked function."""

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
from vcp.domain.intake.drive_resource import DriveResource

ANSWER = {
    "schema": 1, "videoId": "film-md5", "status": "accepted", "state": "queued", "code": "queued",
    "reason": "Größe.mov is queued for compression.", "fileName": "Größe.mov", "attempt": 1,
}  # fmt: skip
#: A function that returns the file's link, parsed, or fails if the file's name says so.
APP = """
import json
import sys


class RetryableError(Exception):
    pass


def handler(event, context):
    if event["name"] == "fails":
        raise RetryableError("drive_unavailable: Google Drive is busy; the step will be retried. [HTTP 503]")
    if event["name"] == "dies":
        sys.exit(1)
    return json.loads(event["webViewLink"])
"""


@pytest.fixture(scope="module")
def function(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    sources = tmp_path_factory.mktemp("intake")
    (sources / "app.py").write_text(APP)
    name, uri = f"intake-{uuid4().hex[:12]}", f"registry.test/intake@sha256:{uuid4().hex * 2}"
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


def file(name: str = "Größe.mov", answer: object = None) -> DriveResource:
    answer = answer if answer is not None else ANSWER
    return DriveResource(id="1AnyFile000000000", name=name, web_view_link=json.dumps(answer))


def test_returns_the_status_of_the_answer(cloud: RunningCloud, function: str) -> None:
    intake = IntakeFunction(cloud.client("lambda"), function)
    assert intake.submit(file()) == "accepted"
    assert intake.submit(file(answer={**ANSWER, "status": "rejected"})) == "rejected"


@pytest.mark.parametrize(
    ("submitted", "detail"),
    [
        (file("fails"), "drive_unavailable: Google Drive is busy; the step will be retried"),
        (file("dies"), "Runtime exited"),
        (file(answer={"statusCode": 500}), "answered b'{\"statusCode\": 500}'"),
        (file(answer="accepted"), "answered"),
    ],
    ids=["fails", "dies", "another shape", "no object"],
)
def test_anything_but_an_intake_answer_is_retryable(
    cloud: RunningCloud, function: str, submitted: DriveResource, detail: str
) -> None:
    with pytest.raises(RetryableError, match="intake_failed") as caught:
        IntakeFunction(cloud.client("lambda"), function).submit(submitted)
    assert detail in caught.value.detail


class Latin1:
    """A Lambda client whose answer is not UTF-8."""

    def invoke(self, **_: Any) -> dict[str, Any]:
        return {"Payload": BytesIO(json.dumps(ANSWER, ensure_ascii=False).encode("latin-1"))}


def test_an_answer_that_is_not_utf8_is_retryable() -> None:
    with pytest.raises(RetryableError, match="intake_failed"):
        IntakeFunction(cast(Any, Latin1()), "intake").submit(file())


def test_missing_function_is_a_permanent_error(cloud: RunningCloud) -> None:
    with pytest.raises(VcpError) as caught:
        IntakeFunction(cloud.client("lambda"), "no-such-function").submit(file())
    assert isinstance(caught.value, PermanentError)
    assert caught.value.code == "lambda_refused"
