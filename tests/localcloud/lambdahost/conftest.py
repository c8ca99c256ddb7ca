"""Functions for tests: write a handler, register its directory as an image, create the function, invoke it."""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from botocore.config import Config

from localcloud.context import LocalImage
from localcloud.lambdahost.journal import InvocationRecord
from localcloud.process import RunningCloud
from tests import waiting

T = TypeVar("T")
Eventually = Callable[[Callable[[], Any]], Any]

_names = itertools.count(1)
_LAMBDA_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def eventually() -> Eventually:
    return waiting.eventually


def _process_state(pid: int) -> str:
    """Return the process's state letter as ps shows it, "" when it has ended or is a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # the latter when it ends between opening and reading
        return ""
    return "" if state == "Z" else state


@pytest.fixture
def process_state() -> Callable[[int], str]:
    return _process_state


@dataclass(frozen=True)
class Answer:
    """An answer of Invoke. `body` is the decoded payload; `error` is X-Amz-Function-Error."""

    status: int
    body: Any
    error: str | None
    headers: dict[str, str]


@dataclass(frozen=True)
class Function:
    """A deployed function."""

    name: str
    arn: str
    role_arn: str
    image_uri: str
    cloud: RunningCloud
    client: Any

    def invoke(self, event: Any = None, **options: Any) -> Answer:
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event or {}), **options)
        raw = answer["Payload"].read()
        return Answer(
            answer["StatusCode"],
            json.loads(raw) if raw else None,
            answer.get("FunctionError"),
            answer["ResponseMetadata"]["HTTPHeaders"],
        )

    def runs(self) -> list[InvocationRecord]:
        return self.cloud.console_client.functions.invocations(self.name)


class Workshop:
    """Creates functions in the running cloud and removes them at the end of the test."""

    def __init__(self, cloud: RunningCloud, directory: Path) -> None:
        self.cloud = cloud
        self.directory = directory
        retries = Config(retries={"total_max_attempts": 1, "mode": "standard"}, max_pool_connections=20)
        self.client = cloud.client("lambda", config=retries)
        self._created: list[str] = []

    def name(self, kind: str) -> str:
        """Return a unique name."""
        return f"{kind}-{next(_names)}-{self.directory.name.replace('_', '-').strip('-')}"[:60]

    def role(self, trust: dict[str, Any] | None = None) -> str:
        answer = self.cloud.client("iam").create_role(
            RoleName=self.name("role"), AssumeRolePolicyDocument=json.dumps(trust or _LAMBDA_TRUST)
        )
        return str(answer["Role"]["Arn"])

    def image(self, source: str) -> str:
        """Register an image whose module `app` is this source; return its URI."""
        root = self.directory / self.name("image")
        root.mkdir()
        (root / "app.py").write_text(textwrap.dedent(source), "utf-8")
        uri = f"registry.test/{root.name}@sha256:{hashlib.sha256(str(root).encode()).hexdigest()}"
        image = LocalImage(sys.executable, str(root), {"PATH": "/usr/bin:/bin"})
        self.cloud.console_client.functions.register_image(uri, image)
        return uri

    def function(self, source: str, **settings: Any) -> Function:
        """Create a function whose handler is `handler` of this source."""
        name, role, uri = self.name("fn"), self.role(), self.image(source)
        created = self.client.create_function(
            **{
                "FunctionName": name,
                "Role": role,
                "PackageType": "Image",
                "Code": {"ImageUri": uri},
                "ImageConfig": {"Command": ["app.handler"]},
                "Timeout": 20,
                **settings,
            }
        )
        self._created.append(name)
        return Function(name, created["FunctionArn"], role, uri, self.cloud, self.client)

    def queue(self, **attributes: str) -> tuple[str, str]:
        """Return URL and ARN of a new queue."""
        sqs = self.cloud.client("sqs")
        url = sqs.create_queue(QueueName=self.name("queue"), Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return url, arn

    def received(self, queue_url: str) -> list[dict[str, Any]]:
        """Return and delete the messages that can be received now."""
        sqs = self.cloud.client("sqs")
        found = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for message in found.get("Messages", []):
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return list(found.get("Messages", []))

    def clean(self) -> None:
        for mapping in self.client.list_event_source_mappings()["EventSourceMappings"]:
            if mapping["FunctionArn"].split(":")[6] in self._created:
                self.client.delete_event_source_mapping(UUID=mapping["UUID"])
        for name in self._created:
            if name in {fn["FunctionName"] for fn in self.client.list_functions()["Functions"]}:
                self.client.delete_function(FunctionName=name)


@pytest.fixture
def workshop(cloud: RunningCloud, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(cloud, tmp_path)
    yield workshop
    workshop.clean()
